/** The texts of the pages in one language, by key. `{name}` stands for a value. */
export type TextTable = Readonly<Record<string, string>>;

/** All languages there are, by tag. `en` is complete. */
export type TextTables = ReadonlyMap<string, TextTable>;

/** Texts for one request. */
export interface PageTexts {
  /** BCP 47 tag, for `lang`. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** The text under a key, with its places filled in. */
  readonly say: (key: string, values?: Readonly<Record<string, string | number>>) => string;
  /** The text under a key; undefined if there is none, for keys that come from outside. */
  readonly find: (key: string) => string | undefined;
  /** How long ago, or how long from now if `seconds` is negative: `5 minutes ago`. */
  readonly ago: (seconds: number) => string;
}

export const FALLBACK_LANGUAGE = 'en';
/** File names of languages: `de.json`, `pt-BR.json`. */
export const LANGUAGE_TAG = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$/;
const LONGEST_TEXT = 2_000;
const MOST_TEXTS = 1_000;

/**
 * Pure: a file of texts.
 *
 * @returns in words what is wrong with it, if it is none
 */
export function parseTextTable(text: string): TextTable | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return 'is no JSON';
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'is no JSON object';
  const entries = Object.entries(parsed);
  if (entries.length > MOST_TEXTS) return `has more than ${MOST_TEXTS} texts`;
  const wrong = entries.find(([, value]) => typeof value !== 'string' || value.length > LONGEST_TEXT);
  return wrong === undefined
    ? (parsed as TextTable)
    : `has a value that is no text of at most ${LONGEST_TEXT} characters`;
}

/** Pure: languages with some of their texts replaced, and further languages. What is missing in one comes from English. */
export function mergeTextTables(shipped: TextTables, own: TextTables): TextTables {
  const merged = new Map(shipped);
  for (const [language, table] of own) merged.set(language, { ...merged.get(language), ...table });
  return merged;
}

/** @param locales - languages that are preferred, best first */
export function choosePageTexts(tables: TextTables, locales: readonly string[]): PageTexts {
  const language = chooseLanguage([...tables.keys()], locales);
  const table = tables.get(language) ?? {};
  const fallback = tables.get(FALLBACK_LANGUAGE) ?? {};
  const find = (key: string): string | undefined => textAt(table, key) ?? textAt(fallback, key);
  return {
    language,
    direction: find('direction') === 'rtl' ? 'rtl' : 'ltr',
    find,
    say: (key, values = {}) =>
      (find(key) ?? key).replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place)),
    ago: (seconds) => formatAgo(seconds, language),
  };
}

function chooseLanguage(languages: readonly string[], locales: readonly string[]): string {
  for (const locale of locales) {
    const wanted = locale.toLowerCase();
    const found =
      languages.find((one) => one.toLowerCase() === wanted) ??
      languages.find((one) => one.toLowerCase() === wanted.split('-')[0]);
    if (found !== undefined) return found;
  }
  return FALLBACK_LANGUAGE;
}

function textAt(table: TextTable, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

function formatAgo(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  // Past is negative there; minus zero would be "0 seconds ago" in some languages.
  return format.format(-Math.trunc(seconds / size) || 0, unit);
}
