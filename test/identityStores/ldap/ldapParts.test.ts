import * as fc from 'fast-check';
import {
  InvalidCredentialsError,
  NoSuchObjectError,
  UnavailableError,
  UnwillingToPerformError,
} from 'ldapts';
import { describe, expect, test } from 'vitest';
import { accountStatus } from '../../../src/identityStores/ldap/accountStatus.ts';
import { bindRefusal } from '../../../src/identityStores/ldap/bindRefusal.ts';
import { parseUserFilter } from '../../../src/identityStores/ldap/userFilter.ts';
import { countedAssert } from '../../properties/countedAssert.ts';

describe('accountStatus', () => {
  test.each<[Record<string, string>, string]>([
    [{}, 'usable'],
    [{ inetUserStatus: 'ACTIVE', nsAccountLock: 'FALSE', userAccountControl: '512' }, 'usable'],
    [{ inetUserStatus: 'inactive' }, 'inactive'],
    [{ inetUserStatus: 'anything else' }, 'inactive'],
    [{ nsAccountLock: 'TRUE' }, 'inactive'],
    [{ userAccountControl: '514' }, 'inactive'],
    [{ userAccountControl: '528' }, 'inactive'],
    [{ userAccountControl: 'odd' }, 'inactive'],
    [{ userAccountControl: '8389120' }, 'expired'],
    [{ userAccountControl: '-2147483136' }, 'usable'],
    [{ pwdAccountLockedTime: '000001010000Z' }, 'inactive'],
    [{ pwdAccountLockedTime: '20261121120000Z' }, 'usable'],
    [{ pwdReset: 'TRUE' }, 'expired'],
    [{ pwdReset: 'FALSE' }, 'usable'],
    [{ pwdReset: 'TRUE', nsAccountLock: 'true' }, 'inactive'],
  ])('%j is %s', (attributes, status) => {
    expect(accountStatus((name) => attributes[name])).toBe(status);
  });
});

describe('bindRefusal', () => {
  const activeDirectory = (data: string): Error =>
    new InvalidCredentialsError(
      `80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data ${data}, v4563`,
    );

  test.each([
    [new InvalidCredentialsError(), 'rejected'],
    [new NoSuchObjectError(), 'rejected'],
    [new UnwillingToPerformError(), 'rejected'],
    [activeDirectory('52e'), 'rejected'],
    [activeDirectory('525'), 'rejected'],
    [activeDirectory('775'), 'rejected'],
    [activeDirectory('533'), 'inactive'],
    [activeDirectory('701'), 'inactive'],
    [activeDirectory('532'), 'expired'],
    [activeDirectory('773'), 'expired'],
    [new UnavailableError(), undefined],
    [new Error('Connection closed'), undefined],
  ])('%s is %s', (error, refusal) => {
    expect(bindRefusal(error)).toBe(refusal);
  });
});

describe('parseUserFilter', () => {
  test.each([
    '(uid={username})',
    'uid={username}',
    '(&(objectClass=person)(|(uid={username})(mail={username})))',
    '(&(uid={username})(!(disabled=TRUE)))',
  ])('%s is one', (text) => {
    expect(parseUserFilter(text)).toBeDefined();
  });

  test.each([
    '',
    '(uid=anna)',
    '(uid={username}',
    '(uid={username}*)',
    '(uid=x{username})',
    '(!(uid={username}))',
    '(uid>={username})',
    '({username}=x)',
    '(&)',
  ])('%j is none', (text) => {
    expect(parseUserFilter(text)).toBeUndefined();
  });

  test('a name is a value, whatever it holds', () => {
    const filter = parseUserFilter('(&(objectClass=person)(uid={username}))');
    const runs = countedAssert(
      1_000,
      fc.string({ unit: fc.constantFrom(...Array.from('a*()\\&|!={}\0é')) }),
      (name) => {
        const text = filter?.(name).toString() ?? '';
        const [, value = '!'] = /^\(&\(objectClass=person\)\(uid=([^()*\0]*)\)\)$/.exec(text) ?? [];
        const bytes = value.replaceAll(/\\([0-9a-f]{2})/gi, (_, hex: string) =>
          String.fromCodePoint(Number.parseInt(hex, 16)),
        );
        expect([name, Buffer.from(name).toString('latin1')]).toContain(bytes);
      },
    );
    expect(runs).toBe(1_000);
  });
});
