import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isScriptFile, LARGEST_JOURNEY_FILE, type JourneyFile } from './readJourneys.ts';

/** Most files of a folder. A realm with a hundred trees has some thousand objects. */
const MOST_FILES = 10_000;
const DEEPEST_FOLDER = 12;

export type FoundJourneyFiles =
  | { readonly ok: true; readonly files: readonly JourneyFile[] }
  /** Why it cannot be read, without the path, which the caller knows. */
  | { readonly ok: false; readonly problem: string };

/**
 * Reads one file, or the JSON and script files of a folder with all its sub-folders, as Amster and configuration managers write them.
 * In a folder, what is no export of a journey is left out; a file that is named is always handed on.
 *
 * @param onLook - told of every file that is taken and every folder that is looked into, before that is done
 */
export function findJourneyFiles(
  path: string,
  onLook: (path: string) => void = () => undefined,
): FoundJourneyFiles {
  try {
    onLook(path);
    const facts = statSync(path);
    if (facts.isDirectory()) return findInFolder(path, onLook);
    if (!facts.isFile()) return { ok: false, problem: 'it is no regular file' };
    if (facts.size > LARGEST_JOURNEY_FILE) return { ok: false, problem: 'it is larger than 16 MiB' };
    return { ok: true, files: [{ name: path, content: readFileSync(path) }] };
  } catch (error) {
    return { ok: false, problem: describe(error) };
  }
}

function findInFolder(folder: string, onLook: (path: string) => void): FoundJourneyFiles {
  const files: JourneyFile[] = [];
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, entry);
    const isWanted = /\.json$/i.test(entry) || isScriptFile(entry);
    if (!isWanted) {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) onLook(path);
      continue;
    }
    onLook(path);
    if (!statSync(path).isFile()) continue;
    if (entry.split(sep).length > DEEPEST_FOLDER) return { ok: false, problem: 'its folders are too deep' };
    if (files.length === MOST_FILES) return { ok: false, problem: 'it has more than 10,000 files' };
    if (statSync(path).size <= LARGEST_JOURNEY_FILE)
      files.push({ name: path, content: readFileSync(path), optional: true });
  }
  return files.length === 0 ? { ok: false, problem: 'it has no JSON files' } : { ok: true, files };
}

function describe(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
