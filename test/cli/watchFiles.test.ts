import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchFiles } from '../../src/cli/watchFiles.ts';
import { fileState } from '../../src/fileState.ts';
import { createGateFolder, type GateFolder } from './gateFolder.ts';

const INTERVAL_MS = 30;

let folder: GateFolder;
let changes: number;
let end: () => void;
beforeEach(() => {
  folder = createGateFolder();
  changes = 0;
});
afterEach(() => {
  end();
  folder.remove();
});

function watch(...names: readonly string[]): void {
  const read = (): ReadonlyMap<string, string> =>
    new Map(names.map((name) => [join(folder.path, name), fileState(join(folder.path, name))]));
  let files = read();
  end = watchFiles({
    files: () => files,
    onChange: () => {
      changes += 1;
      files = read();
    },
    intervalMs: INTERVAL_MS,
  });
}

/** Long enough for several looks, on a busy machine too. */
async function settle(): Promise<void> {
  await delay(INTERVAL_MS * 8);
}

test('a file that is written to, replaced, removed or comes', async () => {
  folder.file('a', '1');
  watch('a', 'b');
  await settle();
  expect(changes).toBe(0);
  folder.file('a', '22');
  await settle();
  expect(changes).toBe(1);
  folder.file('new', '33');
  renameSync(join(folder.path, 'new'), join(folder.path, 'a'));
  await settle();
  expect(changes).toBe(2);
  rmSync(join(folder.path, 'a'));
  await settle();
  expect(changes).toBe(3);
  folder.file('b', '1');
  await settle();
  expect(changes).toBe(4);
});

test('a link that is switched, as Kubernetes does', async () => {
  folder.file('one', '1');
  folder.file('two', '2');
  symlinkSync(join(folder.path, 'one'), join(folder.path, 'link'));
  watch('link');
  symlinkSync(join(folder.path, 'two'), join(folder.path, 'newer'));
  renameSync(join(folder.path, 'newer'), join(folder.path, 'link'));
  await settle();
  expect(changes).toBe(1);
});

test('files that go on changing count once they are still', async () => {
  folder.file('a', '');
  watch('a');
  for (let length = 1; length < 12; length += 1) {
    writeFileSync(join(folder.path, 'a'), 'x'.repeat(length));
    await delay(INTERVAL_MS / 2);
  }
  await settle();
  expect(changes).toBe(1);
});

test('a change that is taken back before it counts is none', async () => {
  folder.file('a', '1');
  watch('a', 'b');
  folder.file('b', '1');
  rmSync(join(folder.path, 'b'));
  await settle();
  expect(changes).toBe(0);
});
