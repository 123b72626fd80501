import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { otpSubject, sentSubject } from '../../src/identity/subjects.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createFileStore, NEVER, type FileStore } from './fileStore.ts';

const folder = temporaryFolder();
const PASSWORD = 'Correct horse, café';
const ACCEPTED = { is: 'accepted' };
const REJECTED = { is: 'rejected' };

describe('verifyPassword', () => {
  let file: FileStore;
  const verify = (username: string, password: string): Promise<unknown> =>
    file.store.verifyPassword(username, password, NEVER);
  beforeEach(async () => {
    file = createFileStore(folder);
    await file.add('josé', PASSWORD, { attributes: { mail: ['jose@contoso.example'] } });
  });

  test('accepts the right password and says who it is', async () => {
    expect(await verify('josé', PASSWORD)).toEqual({
      is: 'accepted',
      identity: {
        id: expect.any(String) as string,
        username: 'josé',
        attributes: { mail: ['jose@contoso.example'] },
        active: true,
      },
    });
  });

  test('accepts name and password however they write their accents', async () => {
    expect(await verify('josé'.normalize('NFD'), PASSWORD.normalize('NFD'))).toMatchObject(ACCEPTED);
  });

  test.each([
    ['a wrong password', 'josé', `${PASSWORD}!`],
    ['another case of the name', 'José', PASSWORD],
    ['a name that only looks alike', 'jose', PASSWORD],
    ['a name with a blank', 'josé ', PASSWORD],
    ['a name with a NUL', 'josé\0', PASSWORD],
    ['an endless name', 'j'.repeat(100_000), PASSWORD],
    ['no name', '', PASSWORD],
    ['an unknown name', 'nobody', PASSWORD],
    ['a name that every object has', '__proto__', PASSWORD],
    ['an empty password', 'josé', ''],
    ['a password with a NUL', 'josé', `${PASSWORD}\0`],
    ['a password beyond 1,024 bytes', 'josé', 'é'.repeat(513)],
  ])('rejects %s with the same words', async (_, username, password) => {
    expect(await verify(username, password)).toEqual(REJECTED);
  });

  test('takes 1,024 bytes of password', async () => {
    const longest = 'é'.repeat(512);
    await file.add('long', longest);
    expect(await verify('long', longest)).toMatchObject(ACCEPTED);
  });

  test('tells that an account is inactive or its password expired only to who knows the password', async () => {
    await file.add('inactive', PASSWORD, { active: false });
    await file.add('expired', PASSWORD, { passwordExpiresAt: '2026-11-21T12:00:00Z' });
    await file.add('not yet', PASSWORD, { passwordExpiresAt: '2026-11-21T12:00:01Z' });
    expect(await verify('inactive', PASSWORD)).toMatchObject({ is: 'inactive' });
    expect(await verify('inactive', 'wrong')).toEqual(REJECTED);
    expect(await verify('expired', PASSWORD)).toMatchObject({ is: 'expired' });
    expect(await verify('expired', 'wrong')).toEqual(REJECTED);
    expect(await verify('not yet', PASSWORD)).toMatchObject(ACCEPTED);
  });

  test('rejects whatever is said to an account without a password', async () => {
    await file.add('passwordless', undefined);
    for (const password of ['', PASSWORD, 'undefined']) {
      expect(await verify('passwordless', password)).toEqual(REJECTED);
    }
  });

  test.each(['josé', 'nobody', '', '\u202Eesoj'])(
    'locks the name %j after five failures, for fifteen minutes, whether or not somebody has it',
    async (username) => {
      for (let failure = 0; failure < 5; failure += 1)
        expect(await verify(username, 'wrong')).toEqual(REJECTED);
      expect(await verify(username, PASSWORD)).toEqual({ is: 'lockedOut', retryAfterMs: 900_000 });
      file.time += 899_999;
      expect(await verify(username, PASSWORD)).toEqual({ is: 'lockedOut', retryAfterMs: 1 });
      file.time += 1;
      expect(await verify(username, PASSWORD)).toMatchObject(username === 'josé' ? ACCEPTED : REJECTED);
    },
  );

  test('counts other spellings of a name with it', async () => {
    for (const spelling of ['JOSÉ', 'José', 'josé ', 'j\u00ADosé', 'ｊosé']) await verify(spelling, 'wrong');
    expect(await verify('josé', PASSWORD)).toMatchObject({ is: 'lockedOut' });
  });

  test('forgets failures with a success, and after their time', async () => {
    for (let failure = 0; failure < 4; failure += 1) await verify('josé', 'wrong');
    expect(await verify('josé', PASSWORD)).toMatchObject(ACCEPTED);
    for (let failure = 0; failure < 4; failure += 1) await verify('josé', 'wrong');
    file.time += 900_000;
    expect(await verify('josé', 'wrong')).toEqual(REJECTED);
    expect(await verify('josé', PASSWORD)).toMatchObject(ACCEPTED);
  });

  test('guesses made in parallel win nothing: five are looked at', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) => (index === 29 ? PASSWORD : `guess ${index}`));
    const verdicts = (await Promise.all(guesses.map((guess) => verify('josé', guess)))) as { is: string }[];
    expect(verdicts.filter(({ is }) => is === 'rejected')).toHaveLength(5);
    expect(verdicts.filter(({ is }) => is === 'lockedOut')).toHaveLength(25);
  });

  test('a hundred logins at once with the right password all succeed', async () => {
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verify('josé', PASSWORD)));
    expect(verdicts.filter((verdict) => (verdict as { is: string }).is === 'accepted')).toHaveLength(100);
  });

  test('another process over the same files sees the failures, and its unlocking counts here', async () => {
    for (let failure = 0; failure < 5; failure += 1) await verify('josé', 'wrong');
    const other = createFileStore(folder, file);
    expect(await other.store.verifyPassword('josé', PASSWORD, NEVER)).toMatchObject({ is: 'lockedOut' });
    await other.store.unlock('josé', NEVER);
    expect(await verify('josé', PASSWORD)).toMatchObject(ACCEPTED);
  });

  test('unlocking forgets wrong codes of every kind, too', async () => {
    const { attempts } = file.store;
    const { id = '' } = (await file.store.find('josé', NEVER)) ?? {};
    const rule = { failures: 1, windowMs: 60_000, lockMs: 60_000 };
    const subjects = [otpSubject(id), sentSubject(id)];
    for (const subject of subjects) await attempts.fail(subject, rule);
    await file.store.unlock('josé', NEVER);
    for (const subject of subjects) expect((await attempts.status(subject)).failures).toBe(0);
  });

  test('takes the same time for an unknown name and a wrong password', async () => {
    const spent = { known: [] as number[], unknown: [] as number[] };
    const names = Array.from({ length: 24 }, (_, index) => `person${index}`);
    const { passwordHash } = await file.add('person0', PASSWORD);
    for (const name of names)
      await file.add(name, undefined, passwordHash === undefined ? {} : { passwordHash });
    for (const name of names) {
      for (const [kind, username] of [
        ['known', name],
        ['unknown', `un${name}`],
      ] as const) {
        const start = performance.now();
        expect(await verify(username, 'wrong')).toEqual(REJECTED);
        spent[kind].push(performance.now() - start);
      }
    }
    // How often a known name took longer than an unknown one, over all pairs: a half if there is no difference, 0 or 1 without the
    // decoy. Ranks do not mind a busy machine.
    const longer = spent.known.flatMap((known) => spent.unknown.map((unknown) => (known > unknown ? 1 : 0)));
    const share = longer.reduce<number>((sum, one) => sum + one, 0) / longer.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.85);
  });

  test('is unavailable, not wrong, when its file is broken, open to others or gone', async () => {
    const good = readFileSync(file.file, 'utf8');
    const detail = async (): Promise<unknown> => {
      const verdict = (await verify('josé', PASSWORD)) as { is: string; detail?: string };
      expect(verdict.is).toBe('unavailable');
      expect(verdict.detail).not.toContain('argon2id$');
      return verdict.detail;
    };
    writeFileSync(file.file, good.replace('active: true', 'active: maybe'));
    expect(await detail()).toMatch(/users\.0\.active/);
    writeFileSync(file.file, good.replace('$argon2id$', '$argon2d$'));
    expect(await detail()).toMatch(/users\.0\.passwordHash is no argon2id hash/);
    writeFileSync(file.file, good.replace('m=19456', 'm=4000000'));
    expect(await detail()).toMatch(/users\.0\.passwordHash is no argon2id hash/);
    writeFileSync(file.file, `${good}\n: [`);
    expect(await detail()).toMatch(/no valid YAML/);
    writeFileSync(file.file, good);
    chmodSync(file.file, 0o640);
    expect(await detail()).toMatch(/others may read or write it; run: chmod 600 /);
    chmodSync(file.file, 0o600);
    expect(await verify('josé', PASSWORD)).toMatchObject(ACCEPTED);
  });

  test('is unavailable when its time is up', async () => {
    expect(await file.store.verifyPassword('josé', PASSWORD, AbortSignal.abort())).toEqual({
      is: 'unavailable',
      detail: 'the time for the check was up',
    });
  });
});

describe('find and setActive', () => {
  test('finds by name, and changes are seen at once by every store over the file', async () => {
    const file = createFileStore(folder);
    const { id } = await file.add('anna', PASSWORD);
    const other = createFileStore(folder, file);
    expect(await other.store.find('anna', NEVER)).toEqual({
      id,
      username: 'anna',
      attributes: {},
      active: true,
    });
    expect(await other.store.find('Anna', NEVER)).toBeUndefined();
    await other.store.setActive(id, false, NEVER);
    expect(await file.store.find('anna', NEVER)).toMatchObject({ active: false });
    expect(await file.store.verifyPassword('anna', PASSWORD, NEVER)).toMatchObject({ is: 'inactive' });
    await file.store.setActive(id, true, NEVER);
    expect(await other.store.verifyPassword('anna', PASSWORD, NEVER)).toMatchObject(ACCEPTED);
    await expect(file.store.setActive('nobody', true, NEVER)).rejects.toMatchObject({
      code: 'identityRefused',
    });
  });
});
