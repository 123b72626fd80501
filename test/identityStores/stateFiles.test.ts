import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_ATTEMPT_RULE } from '../../src/identity/lockout.ts';
import { createAttemptFile } from '../../src/identityStores/attemptFile.ts';
import { takeFileLock } from '../../src/fileLock.ts';
import { createOnceFile } from '../../src/identityStores/onceFile.ts';
import { createStateFile, type StateFile } from '../../src/identityStores/stateFile.ts';
import { createStateKey } from '../../src/identityStores/stateKey.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { STATE_KEY } from './fileStore.ts';

const parent = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(parent, 'state-'));

function counterFile(file: string): StateFile<{ count: number }> {
  return createStateFile({
    file,
    called: 'the file of the test',
    parse: (text) => ({ count: Number(text) }),
    format: ({ count }) => String(count),
    empty: () => ({ count: 0 }),
  });
}
const increment = (state: { count: number }): { changed: boolean; result: number } => {
  state.count += 1;
  return { changed: true, result: state.count };
};

describe('a state file', () => {
  test('loses no change of several writers, leaves nothing beside it, and is for its owner alone', async () => {
    const folder = newFolder();
    const file = join(folder, 'count');
    const [one, two, three] = [counterFile(file), counterFile(file), counterFile(file)];
    const results = await Promise.all(
      Array.from({ length: 100 }, () => [one, two, three].map((writer) => writer.update(increment))).flat(),
    );
    expect(new Set(results).size).toBe(300);
    expect(readFileSync(file, 'utf8')).toBe('300');
    expect(readdirSync(folder)).toEqual(['count']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('writes nothing where nothing changed', async () => {
    const file = join(newFolder(), 'count');
    expect(await counterFile(file).update(() => ({ changed: false, result: 'same' }))).toBe('same');
    expect(existsSync(file)).toBe(false);
  });

  test('a change that throws fails alone', async () => {
    const state = counterFile(join(newFolder(), 'count'));
    const [one, two, three] = await Promise.allSettled([
      state.update(increment),
      state.update(() => {
        throw new RangeError('no');
      }),
      state.update(increment),
    ]);
    expect([one.status, two.status, three.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await state.read()).toEqual({ count: 2 });
  });

  test.each([
    [
      'a folder that is not there',
      (folder: string) => join(folder, 'no', 'count'),
      /its folder does not exist/,
    ],
    ['a folder in its place', (folder: string) => folder, /no regular file/],
  ])('with %s it is unavailable', async (_, fileIn, message) => {
    const state = counterFile(fileIn(newFolder()));
    await expect(state.update(increment)).rejects.toMatchObject({
      code: 'identityUnavailable',
      message: expect.stringMatching(message) as string,
    });
  });

  test('a file that others may read is not used', async () => {
    const file = join(newFolder(), 'count');
    const state = counterFile(file);
    await state.update(increment);
    for (const mode of [0o644, 0o640, 0o606, 0o620]) {
      chmodSync(file, mode);
      await expect(state.read()).rejects.toMatchObject({ code: 'identityUnavailable' });
      await expect(state.update(increment)).rejects.toMatchObject({ code: 'identityUnavailable' });
    }
    chmodSync(file, 0o600);
    expect(await state.update(increment)).toBe(2);
  });
});

describe('a file lock', () => {
  test('is held by one at a time', async () => {
    const file = join(newFolder(), 'file');
    const lock = await takeFileLock(file, 100);
    await expect(takeFileLock(file, 100)).rejects.toMatchObject({ name: 'FileLocked' });
    await lock.release();
    await (await takeFileLock(file, 100)).release();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('is taken over from a process that has ended, and from one that is half a minute late', async () => {
    const file = join(newFolder(), 'file');
    const path = `${file}.lock`;
    // No process has this number: the largest of Linux is 4,194,304.
    writeFileSync(path, JSON.stringify({ host: hostname(), process: 2_147_483_646, id: 'x' }));
    await (await takeFileLock(file, 1_000)).release();
    const late = await takeFileLock(file, 100);
    const before = Date.now() / 1_000 - 31;
    utimesSync(path, before, before);
    const next = await takeFileLock(file, 1_000);
    expect([await late.isHeld(), await next.isHeld()]).toEqual([false, true]);
    await late.release();
    expect(await next.isHeld()).toBe(true);
  });

  test('is not taken over from another machine, whose processes cannot be seen', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(`${file}.lock`, JSON.stringify({ host: 'elsewhere', process: 2_147_483_646, id: 'x' }));
    await expect(takeFileLock(file, 100)).rejects.toMatchObject({ name: 'FileLocked' });
  });
});

describe('failed attempts', () => {
  const RULE = DEFAULT_ATTEMPT_RULE;

  test('hold no subject in clear', async () => {
    const file = join(newFolder(), 'attempts.json');
    const attempts = createAttemptFile({ file, key: createStateKey(STATE_KEY), now: () => 0 });
    await attempts.fail('password anna', RULE);
    expect(readFileSync(file, 'utf8')).not.toContain('anna');
    expect(await attempts.status('password anna')).toEqual({ failures: 1, lockedUntil: undefined });
    expect(await attempts.status('password bert')).toEqual({ failures: 0, lockedUntil: undefined });
  });

  test('a flood of names is bounded, and hides neither a lock nor a name close to one', async () => {
    const file = join(newFolder(), 'attempts.json');
    const attempts = createAttemptFile({ file, key: createStateKey(STATE_KEY), now: () => 0 });
    for (let failure = 0; failure < 5; failure += 1) await attempts.fail('locked', RULE);
    for (let failure = 0; failure < 4; failure += 1) await attempts.fail('close', RULE);
    await Promise.all(Array.from({ length: 25_000 }, (_, index) => attempts.fail(`name ${index}`, RULE)));
    expect(await attempts.status('locked')).toMatchObject({ lockedUntil: 900_000 });
    expect(await attempts.status('close')).toMatchObject({ failures: 4 });
    const { subjects } = JSON.parse(readFileSync(file, 'utf8')) as { subjects: object };
    expect(Object.keys(subjects).length).toBeLessThanOrEqual(10_000);
  });
});

describe('what is used once', () => {
  test('is claimed by one of many, and forgotten when it is worthless', async () => {
    const clock = { now: 1_000 };
    const file = join(newFolder(), 'used.json');
    const once = createOnceFile({ file, now: () => clock.now });
    const claims = await Promise.all(Array.from({ length: 20 }, () => once.claim('key', 2_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    // What is over is looked for at every thousandth claim.
    clock.now = 2_001;
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => once.claim(`other ${index}`, 3_000)));
    const { used } = JSON.parse(readFileSync(file, 'utf8')) as { used: Record<string, number> };
    expect(Object.keys(used)).toHaveLength(1_000);
    expect(used).not.toHaveProperty('key');
  });
});

describe('a state key', () => {
  test('opens what it or its predecessor sealed, for the same owner, and nothing else', () => {
    const old = createStateKey('the key that was used until today, retired');
    const key = createStateKey(STATE_KEY, ['the key that was used until today, retired']);
    const secret = Buffer.from('secret');
    for (const sealed of [old.seal(secret, 'anna'), key.seal(secret, 'anna')]) {
      expect(key.open(sealed, 'anna')).toEqual(secret);
      expect(key.open(sealed, 'bert')).toBeUndefined();
      expect(key.open(`${sealed}A`, 'anna')).toBeUndefined();
      expect(key.open(sealed.slice(0, -6), 'anna')).toBeUndefined();
    }
    expect(old.open(key.seal(secret, 'anna'), 'anna')).toBeUndefined();
    expect(key.seal(secret, 'anna')).not.toBe(key.seal(secret, 'anna'));
    expect(key.hashes('code', 'x')).toContain(old.hashes('code', 'x')[0]);
    expect(key.hashes('code', 'y')).not.toContain(key.hashes('code', 'x')[0]);
    for (const sealed of ['', '..', 'v1', 'v1.x.y', 'v2.a.b'])
      expect(key.open(sealed, 'anna')).toBeUndefined();
  });

  test('is not made of a short text', () => {
    expect(() => createStateKey('x'.repeat(31))).toThrow(RangeError);
    expect(() => createStateKey(STATE_KEY, ['short'])).toThrow(RangeError);
  });
});
