import { readFile, rm, stat } from 'node:fs/promises';
import { parseStrictJson } from '../../strictJson.ts';
import type { Bookmark, BookmarkKeeper } from './bookmark.ts';

const LARGEST_BYTES = 65_536;
/** The form of the file; another one is not read. */
const FORM = 1;

/**
 * Keeps a bookmark in a file of its own, replaced as a whole.
 *
 * @param replace writes the file so that whoever reads sees the old or the new content; it may reject
 */
export function createBookmarkFile(
  file: string,
  replace: (file: string, content: string) => Promise<unknown>,
): BookmarkKeeper {
  return {
    async read() {
      const facts = await stat(file).catch(absent);
      if (facts === undefined) return undefined;
      if (!facts.isFile() || facts.size > LARGEST_BYTES) throw new Error('it is no file of this kind');
      return parseBookmark(await readFile(file));
    },
    async write(bookmark) {
      if (bookmark === undefined) await rm(file, { force: true });
      else await replace(file, `${JSON.stringify({ form: FORM, ...bookmark })}\n`);
    },
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

/** Pure. Undefined for anything but a bookmark: the pass is then begun anew. */
export function parseBookmark(content: Uint8Array): Bookmark | undefined {
  const parsed = parseStrictJson(content);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return undefined;
  const { form, tenant, rowsTell, position, pages, startedAt, savedAt } = parsed.value as Record<
    'form' | keyof Bookmark,
    unknown
  >;
  if (form !== FORM) return undefined;
  if (typeof tenant !== 'string' || typeof rowsTell !== 'string' || typeof position !== 'string')
    return undefined;
  if (!isCount(pages) || !isCount(startedAt) || !isCount(savedAt)) return undefined;
  return { tenant, rowsTell, position, pages, startedAt, savedAt };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
