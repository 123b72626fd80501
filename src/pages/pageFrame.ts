import { html, type Markup, type Part } from './markup.ts';
import type { PageTexts } from './pageTexts.ts';

/** Where the files of the pages are, below the origin. */
export const ASSETS_PATH = '/login/assets';

export interface PageFrame {
  readonly title: string;
  readonly texts: PageTexts;
  readonly content: Markup;
  /** For browsers that run no script: reload the page after so many seconds. */
  readonly reloadWithoutScript?: number | undefined;
  /** Go on at once to this address, which was checked. */
  readonly goOnTo?: string | undefined;
}

/** A whole page. There is no inline script and no inline style in it, and never will be: its policy forbids them. */
export function pageFrame({ title, texts, content, reloadWithoutScript, goOnTo }: PageFrame): string {
  return html`<!doctype html>
    <html lang="${texts.language}" dir="${texts.direction}">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${goOnTo !== undefined && html`<meta http-equiv="refresh" content="0;url=${goOnTo}" />`}
        ${
          reloadWithoutScript !== undefined &&
          html`<noscript><meta http-equiv="refresh" content="${reloadWithoutScript}" /></noscript>`
        }
        <link rel="stylesheet" href="${ASSETS_PATH}/page.css" />
        <link rel="icon" href="${ASSETS_PATH}/icon.svg" type="image/svg+xml" />
        <script type="module" src="${ASSETS_PATH}/page.js"></script>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.text;
}

export type NoticeKind = 'information' | 'warning' | 'error' | 'good';

/**
 * A box that says something. One that gets the focus is what a reader has to hear first.
 *
 * @param kind - how it looks; never said by colour alone
 */
export function notice(
  kind: NoticeKind,
  content: Part,
  { focus = false, label }: { readonly focus?: boolean; readonly label?: string | undefined } = {},
): Markup {
  const role = kind === 'error' ? 'alert' : 'status';
  return html`<div class="notice ${kind}" role="${role}" ${focus && html` tabindex="-1" autofocus`}>
    ${label !== undefined && html`<span class="label">${label}</span> `}${content}
  </div>`;
}

/** A page that says one thing, and where to go from there. */
export function messagePage(options: {
  readonly texts: PageTexts;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly link?: { readonly href: string; readonly text: string } | undefined;
  readonly kind?: NoticeKind;
  readonly goOnTo?: string | undefined;
}): string {
  const { texts, title, paragraphs, link, goOnTo } = options;
  return pageFrame({
    title,
    texts,
    goOnTo,
    content: html`<h1>${title}</h1>
      ${notice(
        options.kind ?? 'information',
        paragraphs.map((paragraph) => html`<p>${paragraph}</p>`),
      )}
      ${link !== undefined && html`<p><a class="button" href="${link.href}">${link.text}</a></p>`}`,
  });
}
