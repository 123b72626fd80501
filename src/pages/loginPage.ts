import { callbackField } from './callbackFields.ts';
import { html, type Markup } from './markup.ts';
import { notice, pageFrame } from './pageFrame.ts';
import type { PageTexts } from './pageTexts.ts';
import type { ShownStep } from './shownCallback.ts';
import { stepMark } from './stepMark.ts';

export interface LoginPage {
  readonly step: ShownStep;
  readonly texts: PageTexts;
  /** Path and query that answers are sent to. */
  readonly action: string;
  /** What became of the last answers, if it is nothing good. */
  readonly problem: string | undefined;
}

/** One step of a journey as a form. It needs no script; with one, a step that waits goes on by itself. */
export function loginPage({ step, texts, action, problem }: LoginPage): string {
  const { say } = texts;
  const { callbacks, header, description } = step;
  const first = callbacks.findIndex(({ type }) => LINES.has(type));
  const mark = stepMark(step);
  const hasSummary = problem !== undefined;
  const fields = callbacks.map((callback, index) => ({
    callback,
    ...callbackField(callback, texts, index === first && !hasSummary),
  }));
  const wrong = fields.filter(({ problems = [] }) => problems.length > 0);
  const title = header ?? say('login.title');
  const sendAfterMs = fields.find((field) => field.sendAfterMs !== undefined)?.sendAfterMs;
  return pageFrame({
    title,
    texts,
    content: html`<h1>${title}</h1>
      ${problem !== undefined && notice('error', html`<p>${problem}</p>`, { focus: true, label: say('message.error') })}
      ${
        wrong.length > 0 &&
        notice(
          'error',
          html`<p>${say('login.fix')}</p>
            <ul>
              ${wrong.map(
                ({ callback, problems = [] }) =>
                  html`<li>
                    <a href="#${callback.input ?? ''}">${callback.text('prompt')}</a>: ${problems.join(' ')}
                  </li>`,
              )}
            </ul>`,
        )
      }
      ${description !== undefined && html`<p>${description}</p>`}
      <form
        method="post"
        action="${action}"
        ${sendAfterMs !== undefined && html` data-send-after="${sendAfterMs}"`}
      >
        <input type="hidden" name="authId" value="${step.authId}" />
        ${mark !== undefined && html`<input type="hidden" name="asked" value="${mark}" />`}
        ${fields.map(
          ({ callback, markup }) =>
            html`<input type="hidden" name="callback${callback.number}" value="${callback.type}" />
              ${markup} `,
        )}
        ${sendButton(fields, sendAfterMs !== undefined, say)}
      </form>`,
  });
}

/** Callbacks that somebody types into. */
const LINES: ReadonlySet<string> = new Set([
  'NameCallback',
  'PasswordCallback',
  'TextInputCallback',
  'ValidatedCreateUsernameCallback',
  'ValidatedCreatePasswordCallback',
]);

/** Where nothing can be answered, as when a link in an e-mail is waited for, there is nothing to send. */
function sendButton(
  fields: readonly {
    readonly hasButtons?: boolean;
    readonly isAnswerable: boolean;
    readonly callback: { readonly type: string };
  }[],
  waits: boolean,
  say: PageTexts['say'],
): Markup | undefined {
  if (fields.some(({ hasButtons }) => hasButtons === true)) return undefined;
  const isSuspended = fields.some(({ callback }) => callback.type === 'SuspendedTextOutputCallback');
  if (isSuspended && !fields.some(({ isAnswerable }) => isAnswerable)) return undefined;
  return html`<div class="buttons"><button>${say(waits ? 'login.checkNow' : 'login.next')}</button></div>`;
}
