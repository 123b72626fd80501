import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setMaxListeners } from 'node:events';
import { hashSync } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { createLockout, DEFAULT_ATTEMPT_RULE } from '../../src/identity/lockout.ts';
import { createIdentityState } from '../../src/identityStores/identityState.ts';
import { LDAP_STATUS_ATTRIBUTES } from '../../src/identityStores/ldap/accountStatus.ts';
import { createLdapDirectory } from '../../src/identityStores/ldap/ldapDirectory.ts';
import { createLdapIdentityStore } from '../../src/identityStores/ldap/ldapIdentityStore.ts';
import type { LdapSettings } from '../../src/identityStores/ldap/ldapSettings.ts';
import { createStateKey } from '../../src/identityStores/stateKey.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { findProgram } from './program.ts';
import { BASE_DN, createSlapd, SERVICE_DN, SERVICE_PASSWORD, type Slapd } from './slapd.ts';

const PASSWORD = 'Ein gutes Paßwort';
const HASH = `{ARGON2}${hashSync(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })}`;
const SIGNAL = new AbortController().signal;
setMaxListeners(0, SIGNAL);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function person(uid: string, more: readonly string[] = []): string {
  return [
    `dn:: ${base64(`uid=${uid.replaceAll(/[\\,+"<>;=#]/g, (character) => `\\${character}`)},ou=people,${BASE_DN}`)}`,
    'objectClass: inetOrgPerson',
    'objectClass: foreignAccount',
    `uid:: ${base64(uid)}`,
    `cn:: ${base64(`Person ${uid}`)}`,
    'sn: Person',
    ...(more.some((line) => line.startsWith('userPassword')) ? [] : [`userPassword: ${HASH}`]),
    ...more,
    '',
  ].join('\n');
}

const ENTRIES = [
  `dn: ${BASE_DN}\nobjectClass: dcObject\nobjectClass: organization\no: Contoso\ndc: contoso\n`,
  `dn: ou=people,${BASE_DN}\nobjectClass: organizationalUnit\nou: people\n`,
  `dn: ${SERVICE_DN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: gate\nuserPassword: ${SERVICE_PASSWORD}\n`,
  `dn: cn=policy,${BASE_DN}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 0\npwdMustChange: TRUE\n`,
  // Points to a directory that must not be asked.
  `dn: ou=elsewhere,${BASE_DN}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://127.0.0.1:1/${BASE_DN}\n`,
  person('anna', ['mail: anna@contoso.example', 'mail: a.carter@contoso.example', 'employeeNumber: 7']),
  person('jürgen, der (1*)\\Große'),
  person('twin1', ['mail: twins@contoso.example']),
  person('twin2', ['mail: twins@contoso.example']),
  person('passwordless', ['userPassword: {CLEARTEXT}']),
  person('inet-active', ['inetUserStatus: Active']),
  person('inet-inactive', ['inetUserStatus: Inactive']),
  person('inet-deleted', ['inetUserStatus: deleted']),
  person('ns-locked', ['nsAccountLock: true']),
  person('ns-unlocked', ['nsAccountLock: FALSE']),
  person('ad-normal', ['userAccountControl: 512']),
  person('ad-disabled', ['userAccountControl: 514']),
  person('ad-locked', ['userAccountControl: 528']),
  person('ad-expired', ['userAccountControl: 8389120']),
  person('policy-locked', ['pwdAccountLockedTime: 000001010000Z']),
  person('policy-reset', ['pwdReset: TRUE']),
  ...Array.from({ length: 24 }, (_, index) => person(`many${index}`)),
].join('\n');

const program = findProgram('slapd', 'slapd');

describe.skipIf(program === undefined)('people in OpenLDAP', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-slapd-'));
  let slapd: Slapd;
  const time = { ms: Date.parse('2026-11-21T12:00:00Z') };

  beforeAll(async () => {
    slapd = await createSlapd(program ?? '', parent, ENTRIES);
    await slapd.start();
  });
  afterAll(async () => {
    await slapd.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  /** A store with failures and devices of its own. */
  function createStore(changed: Partial<LdapSettings> = {}): IdentityStore {
    const settings: LdapSettings = {
      host: '127.0.0.1',
      port: slapd.tlsPort,
      security: 'tls',
      caPems: [slapd.caPem],
      bindDn: SERVICE_DN,
      bindPassword: SERVICE_PASSWORD,
      baseDn: BASE_DN,
      userFilter: '(&(objectClass=inetOrgPerson)(|(uid={username})(mail={username})))',
      usernameAttribute: 'uid',
      idAttribute: 'entryUUID',
      attributes: { mail: 'mail', commonName: 'cn' },
      statusAttributes: LDAP_STATUS_ATTRIBUTES,
      timeoutMs: 3_000,
      connections: 10,
      answerEveryMs: 100,
      ...changed,
    };
    const now = (): number => time.ms;
    const folder = mkdtempSync(join(parent, 'state-'));
    const { state, people } = createIdentityState({ folder, key: createStateKey('k'.repeat(32)), now });
    return createLdapIdentityStore({
      directory: createLdapDirectory(settings),
      state,
      people,
      lockout: createLockout({ attempts: state.attempts, rule: DEFAULT_ATTEMPT_RULE, now }),
      answerEveryMs: settings.answerEveryMs,
    });
  }

  const ways = (): Record<string, Partial<LdapSettings>> => ({
    'TLS from the start': {},
    StartTLS: { port: slapd.port, security: 'startTls' },
    'no TLS': { port: slapd.port, security: 'none' },
  });

  test.each(['TLS from the start', 'StartTLS', 'no TLS'])('accepts and rejects over %s', async (way) => {
    const store = createStore(ways()[way]);
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toEqual({
      is: 'accepted',
      identity: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        username: 'anna',
        attributes: {
          mail: ['anna@contoso.example', 'a.carter@contoso.example'],
          commonName: ['Person anna'],
        },
        active: true,
      },
    });
    expect(await store.verifyPassword('anna', `${PASSWORD}!`, SIGNAL)).toEqual({ is: 'rejected' });
  });

  test('finds one person by several names, in any case, and one with a name full of syntax', async () => {
    const store = createStore();
    const anna = await store.find('anna', SIGNAL);
    expect(anna).toBeDefined();
    for (const name of ['ANNA', 'anna@contoso.example', 'A.Carter@CONTOSO.example']) {
      expect(await store.find(name, SIGNAL)).toEqual(anna);
    }
    const name = 'jürgen, der (1*)\\Große';
    expect(await store.verifyPassword(name, PASSWORD, SIGNAL)).toMatchObject({
      is: 'accepted',
      identity: { username: name },
    });
  });

  test.each([
    ['nobody'],
    ['*'],
    ['ann*'],
    ['anna)(uid=*'],
    ['anna)(|(uid=*'],
    ['*)(objectClass=*))(|(uid=*'],
    ['\\2a'],
    ['anna\\00'],
    ['anna\0'],
    ['{username}'],
    [`uid=anna,ou=people,${BASE_DN}`],
    [''],
    ['gate'],
    ['passwordless'],
  ])('rejects the name %j', async (name) => {
    expect(await createStore().verifyPassword(name, PASSWORD, SIGNAL)).toEqual({ is: 'rejected' });
  });

  test.each([
    ['empty', ''],
    ['NUL', '\0'],
    ['the hash itself', HASH],
    ['1,025 bytes', 'x'.repeat(1_025)],
  ])('rejects as a password: %s', async (_, password) => {
    const store = createStore();
    for (const name of ['anna', 'passwordless', 'nobody']) {
      expect(await store.verifyPassword(name, password, SIGNAL)).toEqual({ is: 'rejected' });
    }
  });

  test.each([
    ['inet-active', 'accepted'],
    ['inet-inactive', 'inactive'],
    ['inet-deleted', 'inactive'],
    ['ns-locked', 'inactive'],
    ['ns-unlocked', 'accepted'],
    ['ad-normal', 'accepted'],
    ['ad-disabled', 'inactive'],
    ['ad-locked', 'inactive'],
    ['ad-expired', 'expired'],
    // The directory itself refuses, and does not say why.
    ['policy-locked', 'rejected'],
    ['policy-reset', 'expired'],
  ])('%s with the right password is %s; with a wrong one it is rejected', async (name, is) => {
    const store = createStore();
    expect(await store.verifyPassword(name, PASSWORD, SIGNAL)).toMatchObject({ is });
    expect(await store.verifyPassword(name, 'wrong', SIGNAL)).toEqual({ is: 'rejected' });
    expect(await store.find(name, SIGNAL)).toMatchObject({
      active: !['inactive', 'rejected'].includes(is),
    });
  });

  test('bars a person without touching the directory', async () => {
    const store = createStore();
    const { id = '' } = (await store.find('anna', SIGNAL)) ?? {};
    await store.setActive(id, false, SIGNAL);
    expect(await store.verifyPassword('anna@contoso.example', PASSWORD, SIGNAL)).toMatchObject({
      is: 'inactive',
      identity: { active: false },
    });
    await store.setActive(id, true, SIGNAL);
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'accepted' });
    await expect(
      store.setActive('00000000-0000-4000-8000-000000000000', false, SIGNAL),
    ).rejects.toMatchObject({ code: 'identityRefused' });
  });

  test('locks a name in the open, and a person by any name in silence', async () => {
    const store = createStore();
    for (let failure = 0; failure < 3; failure += 1) {
      expect(await store.verifyPassword('anna', 'wrong', SIGNAL)).toEqual({ is: 'rejected' });
    }
    for (let failure = 0; failure < 2; failure += 1) {
      expect(await store.verifyPassword('ANNA@contoso.example', 'wrong', SIGNAL)).toEqual({ is: 'rejected' });
    }
    expect(await store.verifyPassword('a.carter@contoso.example', PASSWORD, SIGNAL)).toEqual({
      is: 'rejected',
    });
    for (let failure = 0; failure < 2; failure += 1) await store.verifyPassword('Anna', 'wrong', SIGNAL);
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'lockedOut' });
    await store.unlock('a.carter@contoso.example', SIGNAL);
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'accepted' });
  });

  test('a hundred logins at once share ten connections', async () => {
    const store = createStore({ timeoutMs: 20_000 });
    const verdicts = await Promise.all(
      Array.from({ length: 96 }, (_, index) => store.verifyPassword(`many${index % 24}`, PASSWORD, SIGNAL)),
    );
    expect(verdicts.filter(({ is }) => is === 'accepted')).toHaveLength(96);
  });

  test('refusals take the same time for an unknown name and a wrong password', async () => {
    const store = createStore();
    const spent = { known: [] as number[], unknown: [] as number[] };
    for (let index = 20; index < 24; index += 1) await store.verifyPassword(`many${index}`, 'wrong', SIGNAL);
    for (let index = 0; index < 20; index += 1) {
      for (const [kind, name] of [
        ['known', `many${index}`],
        ['unknown', `none${index}`],
      ] as const) {
        const start = performance.now();
        expect(await store.verifyPassword(name, 'wrong', SIGNAL)).toEqual({ is: 'rejected' });
        spent[kind].push(performance.now() - start);
      }
    }
    const longer = spent.known.flatMap((known) => spent.unknown.map((unknown) => (known > unknown ? 1 : 0)));
    const share = longer.reduce<number>((sum, one) => sum + one, 0) / longer.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.85);
  });

  test.each<[string, () => Partial<LdapSettings>, RegExp]>([
    ['an entry too many', () => ({ userFilter: '(mail={username})' }), /several entries for one name/],
    ['an unknown CA', () => ({ caPems: [otherCa()] }), /certificate|SELF_SIGNED|VERIFY/i],
    [
      'a certificate for another host',
      () => ({ host: '127.0.0.2' }),
      /ERR_TLS_CERT_ALTNAME_INVALID|ECONNREFUSED/,
    ],
    [
      'plain LDAP on the TLS port',
      () => ({ security: 'none', timeoutMs: 500 }),
      /closed|in time|ECONNRESET/i,
    ],
    ['TLS on the plain port', () => ({ port: slapd.port }), /ECONNRESET|closed|SSL|TLS/],
    ['a wrong service password', () => ({ bindPassword: 'wrong' }), /does not accept the service account/],
    ['a base that does not exist', () => ({ baseDn: 'dc=nowhere' }), /NoSuchObject/],
    ['nobody there', () => ({ port: 1 }), /ECONNREFUSED/],
  ])('with %s it is unavailable, never wrong', async (_, changed, detail) => {
    const verdict = await createStore(changed()).verifyPassword('twins@contoso.example', PASSWORD, SIGNAL);
    expect(verdict).toEqual({ is: 'unavailable', detail: expect.stringMatching(detail) as string });
    expect(JSON.stringify(verdict)).not.toMatch(/twins|Paßwort|the password of/);
  });

  test('a directory that goes is unavailable, and one that comes back works again, without a restart', async () => {
    const store = createStore();
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'accepted' });
    await slapd.stop();
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'unavailable' });
    await expect(store.find('anna', SIGNAL)).rejects.toMatchObject({ code: 'identityUnavailable' });
    await slapd.start();
    expect(await store.verifyPassword('anna', PASSWORD, SIGNAL)).toMatchObject({ is: 'accepted' });
  });
});

function otherCa(): string {
  return createCertificateAuthority({ commonName: 'Another CA', now: Date.now }).certificatePem;
}
