import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalUsername, countedUsername } from '../../src/identity/canonicalUsername.ts';
import { isMailAddress } from '../../src/identity/mailAddress.ts';
import { createOneTimePassword } from '../../src/identity/oneTimePassword.ts';
import {
  createOneTimePasswordChecker,
  type OneTimePasswordVerdict,
} from '../../src/identity/oneTimePasswordChecker.ts';
import { createFileStore, NEVER, type FileStore } from '../identityStores/fileStore.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const folder = temporaryFolder();

describe('a one-time password', () => {
  test('has eight digits, or as many as wanted, and leading zeros', () => {
    expect(createOneTimePassword()).toMatch(/^\d{8}$/);
    expect(createOneTimePassword(6)).toMatch(/^\d{6}$/);
    const many = Array.from({ length: 500 }, () => createOneTimePassword(6));
    expect(many.some((password) => password.startsWith('0'))).toBe(true);
    expect(new Set(many).size).toBeGreaterThan(490);
    for (const length of [5, 21, 6.5, Number.NaN])
      expect(() => createOneTimePassword(length)).toThrow(RangeError);
  });

  describe('that was sent', () => {
    let file: FileStore;
    let check: (answer: string, password?: string) => Promise<OneTimePasswordVerdict>;
    beforeEach(() => {
      file = createFileStore(folder);
      const sentAt = file.time;
      const checker = createOneTimePasswordChecker({
        store: file.store,
        lockout: file.lockout,
        now: () => file.time,
      });
      check = (answer, password = '01234567') =>
        checker('otp anna', { password, sentAt, validMs: 300_000 }, answer, NEVER);
    });

    test('is accepted once, also if it comes many times at once', async () => {
      const verdicts = await Promise.all(Array.from({ length: 4 }, () => check('01234567')));
      expect(verdicts.filter(({ is }) => is === 'accepted')).toHaveLength(1);
      expect(verdicts.filter(({ is }) => is === 'rejected')).toHaveLength(3);
    });

    test.each(['01234568', '1234567', '012345678', '', ' 01234567'])('is not %j', async (answer) => {
      expect(await check(answer)).toEqual({ is: 'rejected' });
    });

    test('is never nothing', async () => {
      expect(await check('', '')).toEqual({ is: 'rejected' });
    });

    test('expires, and is not for the past', async () => {
      file.time += 300_000;
      expect(await check('01234567')).toEqual({ is: 'accepted' });
      file.time += 1;
      expect(await check('01234567', '76543210')).toEqual({ is: 'rejected' });
      expect(await check('76543210', '76543210')).toEqual({ is: 'expired' });
      file.time -= 400_000;
      expect(await check('76543210', '76543210')).toEqual({ is: 'expired' });
    });

    test('is locked after five wrong answers, and a new one with it', async () => {
      for (let failure = 0; failure < 5; failure += 1) await check('wrong');
      expect(await check('01234567')).toMatchObject({ is: 'lockedOut' });
      expect(await check('55555555', '55555555')).toMatchObject({ is: 'lockedOut' });
    });
  });
});

describe('names', () => {
  test.each([
    'anna',
    'Anna',
    'anna@contoso.example',
    'CONTOSO\\anna',
    'Jürgen Groß',
    '²',
    '田中',
    'a'.repeat(256),
  ])('%j is one, as it is', (name) => {
    expect(canonicalUsername(name)).toBe(name);
  });

  test.each(['', ' a', 'a ', 'a\nb', 'a\0', '\u202Ea', '\uD800', 'a'.repeat(257), 'é'.repeat(129)])(
    '%j is none',
    (name) => {
      expect(canonicalUsername(name)).toBeUndefined();
    },
  );

  test('two ways to write an accent are one; what looks different stays so', () => {
    expect(canonicalUsername('u\u0308')).toBe('ü');
    expect(canonicalUsername('ﬁ')).toBe('ﬁ');
  });

  test('what a directory may take for one name is counted as one', () => {
    const spellings = ['Straße  7', 'STRASSE 7', ' straße 7 ', 'stra\u00ADße 7', 'ｓtrasse 7'];
    expect(new Set(spellings.map(countedUsername))).toEqual(new Set(['strasse 7']));
  });
});

test.each([
  ['anna@contoso.example', true],
  ['a+b@[x]', false],
  ['josé@contoso.example', true],
  ['a@b', true],
  ['anna', false],
  ['a@b,c@d', false],
  ['a@b c@d', false],
  ['a@b\r\nBcc: c@d', false],
  ['"a b"@c', false],
  ['A <a@b>', false],
  ['a@b@c', false],
  ['-oQ/tmp@b', false],
  [`${'a'.repeat(65)}@b`, false],
])('%j is a mail address: %s', (text, is) => {
  expect(isMailAddress(text)).toBe(is);
});
