import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  LANGUAGE_TAG,
  mergeTextTables,
  parseTextTable,
  type TextTable,
  type TextTables,
} from '../pages/pageTexts.ts';
import { readShippedTexts } from '../pages/shippedPages.ts';
import type { PagesConfig } from './pagesSchema.ts';
import { describeFileError, type Resolution } from './resolution.ts';

/** The pages as they are shown. */
export interface PagesSetup extends Omit<PagesConfig, 'textsFolder'> {
  /** Those that come along, with one's own over them. */
  readonly texts: TextTables;
}

const MOST_LANGUAGES = 100;
const AT = ['pages', 'textsFolder'];

/** Reads the texts of the pages. */
export function resolvePages(
  config: PagesConfig | undefined,
  resolution: Resolution,
): PagesSetup | undefined {
  if (config === undefined) return undefined;
  const { textsFolder, ...rest } = config;
  const shipped = readShippedTexts();
  const texts =
    textsFolder === undefined
      ? shipped
      : mergeTextTables(shipped, readOwnTexts(textsFolder, shipped, resolution));
  return { ...rest, texts };
}

function readOwnTexts(folder: string, shipped: TextTables, resolution: Resolution): TextTables {
  const { locate, noteFile, problem, warning, readFile } = resolution;
  const place = locate(folder);
  noteFile(place);
  const known = new Set(Object.keys(shipped.get('en') ?? {}));
  const own = new Map<string, TextTable>();
  for (const name of namesIn(place, problem)) {
    const language = name.slice(0, -'.json'.length);
    if (!LANGUAGE_TAG.test(language)) {
      problem(AT, 'holds a file that is not named after a language, such as de.json or pt-BR.json');
      continue;
    }
    const table = parseTextTable(readFile(AT, join(place, name), 'holds')?.toString() ?? '{}');
    if (typeof table === 'string') {
      problem(AT, `holds ${language}.json, which ${table}`);
      continue;
    }
    const unknown = Object.keys(table).find((key) => !known.has(key));
    if (unknown !== undefined) warning(AT, `holds ${language}.json with a key that no page uses`);
    own.set(language, table);
  }
  if (own.size > MOST_LANGUAGES) problem(AT, `holds more than ${MOST_LANGUAGES} languages`);
  return own;
}

function namesIn(folder: string, problem: Resolution['problem']): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted();
  } catch (error) {
    problem(AT, `names a folder that cannot be read: ${describeFileError(error)}`);
    return [];
  }
}
