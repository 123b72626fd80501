import { randomUUID } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file as a whole: whoever reads sees the old or the new content, also after a crash. Only its owner may read it.
 *
 * @param mayReplace - asked at the last moment, with the file that is to take the place
 */
export async function replaceFile(
  file: string,
  content: string,
  mayReplace: (replacement: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await mayReplace(temporary))) {
      await unlink(temporary);
      return false;
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
  return true;
}

/** Makes the new name last. Windows cannot, and needs not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // The content is safe; at worst a crash right now brings the old file back.
  } finally {
    await handle?.close();
  }
}
