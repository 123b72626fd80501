import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bookmark } from '../../../src/answers/fleet/bookmark.ts';
import { createBookmarkFile } from '../../../src/answers/fleet/bookmarkFile.ts';
import { replaceFile } from '../../../src/identityStores/atomicFile.ts';
import { createGateFolder, type GateFolder } from '../../cli/gateFolder.ts';

const BOOKMARK: Bookmark = {
  tenant: 'default',
  rowsTell: '"none"',
  position: 'https://graph.microsoft.com/v1.0/deviceManagement/managedDevices?$skiptoken=a',
  pages: 3,
  startedAt: 1,
  savedAt: 2,
};
let folder: GateFolder;
let file: string;
beforeEach(() => {
  folder = createGateFolder();
  file = join(folder.path, 'position.json');
});
afterEach(() => {
  folder.remove();
});

describe('a bookmark in a file', () => {
  test('comes back, is readable by its owner only, and goes', async () => {
    const keeper = createBookmarkFile(file, replaceFile);
    expect(await keeper.read()).toBeUndefined();
    await keeper.write(BOOKMARK);
    expect(await keeper.read()).toEqual(BOOKMARK);
    // Windows has no such permissions.
    expect(process.platform === 'win32' ? 0o600 : statSync(file).mode & 0o777).toBe(0o600);
    await keeper.write(undefined);
    await keeper.write(undefined);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('with the line ends of Windows is one', async () => {
    const keeper = createBookmarkFile(file, replaceFile);
    await keeper.write(BOOKMARK);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(/,|\n/g, (end) => `${end === ',' ? end : ''}\r\n`),
    );
    expect(await keeper.read()).toEqual(BOOKMARK);
  });

  test.each([
    ['empty', ''],
    ['cut off', '{"form":1,"tenant":"default"'],
    ['a list', '[]'],
    ['null', 'null'],
    ['of another form', JSON.stringify({ ...BOOKMARK, form: 2 })],
    ['without a form', JSON.stringify(BOOKMARK)],
    ['with a text for a time', JSON.stringify({ ...BOOKMARK, form: 1, savedAt: '2' })],
    ['with a negative number', JSON.stringify({ ...BOOKMARK, form: 1, pages: -1 })],
    ['with a position that is none', JSON.stringify({ ...BOOKMARK, form: 1, position: 7 })],
  ])('that is %s is none', async (_, content) => {
    writeFileSync(file, content);
    expect(await createBookmarkFile(file, replaceFile).read()).toBeUndefined();
  });

  test('that is no file, or too large a one, is said', async () => {
    writeFileSync(file, ' '.repeat(70_000));
    await expect(createBookmarkFile(file, replaceFile).read()).rejects.toThrow('no file of this kind');
    mkdirSync(join(folder.path, 'folder'));
    await expect(createBookmarkFile(join(folder.path, 'folder'), replaceFile).read()).rejects.toThrow(
      'no file of this kind',
    );
  });
});
