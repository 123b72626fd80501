import { z } from 'zod';

/** Texts by language tag (`en`, `en-GB`, Java's `en_GB`), as exports have them. */
export type LocalisedTexts = Readonly<Record<string, string>>;

/** AM writes an empty object where nothing was entered, and some exports write null. */
export const localisedTexts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((texts): LocalisedTexts => texts ?? {});

/** Most languages of a request that are looked at. */
const MOST_LOCALES = 20;

/** Pure: the languages of an `Accept-Language` header (RFC 9110 12.5.4), best first. What is malformed is left out. */
export function parseAcceptLanguage(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return header
    .split(',', MOST_LOCALES)
    .map((part, index) => {
      const [, tag = '', quality = '1'] =
        /^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/.exec(part) ?? [];
      return { tag, index, quality: Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== '' && tag !== '*' && quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
    .map(({ tag }) => tag);
}

/**
 * The text in the first preferred language there is, in that language at large (`en` for `en-GB`), or in English or whatever comes
 * first.
 *
 * @param fallback - where there are no texts at all
 */
export function pickText(texts: LocalisedTexts, locales: readonly string[], fallback: string): string {
  const byTag = new Map(
    Object.entries(texts)
      .filter(([, text]) => text !== '')
      .map(([tag, text]) => [fold(tag), text]),
  );
  for (const locale of locales) {
    const wanted = fold(locale);
    const found = byTag.get(wanted) ?? byTag.get(wanted.split('-')[0] ?? '');
    if (found !== undefined) return found;
  }
  return byTag.get('en') ?? byTag.values().next().value ?? fallback;
}

function fold(tag: string): string {
  return tag.toLowerCase().replaceAll('_', '-');
}
