import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** A file of a log that is written no more: `audit.000001.jsonl` beside `audit.jsonl`. */
export interface FormerFile {
  readonly path: string;
  /** From 1, without gaps unless old ones were removed. */
  readonly number: number;
}

const DIGITS = 6;

export function formerPathOf(logPath: string, number: number): string {
  const { stem, extension } = partsOf(logPath);
  return join(dirname(logPath), `${stem}.${String(number).padStart(DIGITS, '0')}${extension}`);
}

/** The former files of a log, oldest first. @throws the error of the file system */
export async function findFormerFiles(logPath: string): Promise<readonly FormerFile[]> {
  const { stem, extension } = partsOf(logPath);
  const folder = dirname(logPath);
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      if (!name.startsWith(`${stem}.`) || !name.endsWith(extension)) return [];
      const middle = name.slice(stem.length + 1, name.length - extension.length);
      return /^\d{6,9}$/.test(middle) ? [{ path: join(folder, name), number: Number(middle) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

function partsOf(logPath: string): { readonly stem: string; readonly extension: string } {
  const extension = extname(logPath);
  return { stem: basename(logPath, extension), extension };
}

/** The log that a file belongs to, as the log itself or as a former file of it. */
export function logPathOf(file: string): string {
  const { stem, extension } = partsOf(file);
  return join(dirname(file), `${stem.replace(/\.\d{6,9}$/, '')}${extension}`);
}
