import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import { describe, expect, test } from 'vitest';
import { createMemorySessionRecords } from '../../src/sessions/memorySessionRecords.ts';
import { createSessionKey, parseSessionKey } from '../../src/sessions/sessionKeys.ts';
import { createSessions, type SessionFacts } from '../../src/sessions/sessions.ts';
import { createSessionTokens, type SessionTokensOptions } from '../../src/sessions/sessionTokens.ts';
import { NOW } from '../support/fakeDirectory.ts';

const KEY = createSessionKey();
const FACTS: SessionFacts = {
  username: 'alice',
  universalId: 'id=alice,ou=user',
  service: 'Login',
  authLevel: 3,
  methods: ['DataStore'],
  device: {
    id: 'd',
    outcome: 'Compliant',
    reason: 'compliant',
    decisionId: 'x',
    evaluatedAt: '2026-11-21T12:00:00.000Z',
  },
  properties: { team: 'red' },
  maxMinutes: undefined,
  idleMinutes: undefined,
};

/** What of it stands in the token. */
const { maxMinutes: _maxMinutes, idleMinutes: _idleMinutes, ...SEALED } = FACTS;

function open(options: Partial<SessionTokensOptions> = {}) {
  let now = NOW;
  const clock = () => now;
  const tokens = createSessionTokens({
    keys: [KEY],
    issuer: 'https://gate.example',
    realm: '/',
    now: clock,
    ...options,
  });
  const sessions = createSessions({
    tokens,
    records: createMemorySessionRecords(clock),
    realm: options.realm ?? '/',
    maxMinutes: 120,
    idleMinutes: 30,
    now: clock,
  });
  return {
    tokens,
    sessions,
    pass: (minutes: number) => {
      now += minutes * 60_000;
    },
  };
}

describe('a session', () => {
  test('is read as it was issued', async () => {
    const { sessions } = open();
    const { token, session } = await sessions.issue(FACTS);
    expect((await sessions.find(token))?.session).toEqual(session);
    expect(session).toMatchObject({
      ...SEALED,
      idleMinutes: 30,
      realm: '/',
      authenticatedAt: NOW,
      expiresAt: NOW + 7_200_000,
    });
  });

  test('ends when it is not used, and lives on when it is', async () => {
    const { sessions, pass } = open();
    const { token, session } = await sessions.issue(FACTS);
    pass(29);
    expect(await sessions.find(token)).toBeDefined();
    await sessions.use(session);
    pass(29);
    expect(await sessions.find(token)).toMatchObject({ lastUsedAt: NOW + 29 * 60_000 });
    pass(1);
    expect(await sessions.find(token)).toBeUndefined();
  });

  test('ends at its longest, used or not', async () => {
    const { sessions, pass } = open();
    const { token, session } = await sessions.issue({ ...FACTS, maxMinutes: 40 });
    pass(25);
    await sessions.use(session);
    pass(14);
    expect(await sessions.find(token)).toMatchObject({ idleEndsAt: NOW + 40 * 60_000 });
    pass(1);
    expect(await sessions.find(token)).toBeUndefined();
  });

  test('ends when it is revoked, and no other does', async () => {
    const { sessions } = open();
    const [first, second] = [await sessions.issue(FACTS), await sessions.issue(FACTS)];
    await sessions.revoke(first.session);
    expect(await sessions.find(first.token)).toBeUndefined();
    expect(await sessions.find(second.token)).toBeDefined();
  });

  test('without a device says so', async () => {
    const { sessions } = open();
    const { device: _device, ...facts } = FACTS;
    const { token } = await sessions.issue({ ...facts, device: undefined } as never);
    expect((await sessions.find(token))?.session).not.toHaveProperty('device');
  });
});

describe('tokens', () => {
  test('are verified by anybody with the published keys', async () => {
    const { sessions, tokens } = open();
    const { token } = await sessions.issue(FACTS);
    const keys = createLocalJWKSet(tokens.jwks() as JSONWebKeySet);
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: 'https://gate.example',
      currentDate: new Date(NOW),
    });
    expect(protectedHeader).toEqual({ typ: 'session+jwt', alg: 'ES256', kid: KEY.id });
    expect(payload).toMatchObject({
      sub: 'alice',
      auth_level: 3,
      device: { id: 'd', outcome: 'Compliant' },
      amr: ['DataStore'],
    });
    expect(JSON.stringify(tokens.jwks())).not.toContain('"d"');
  });

  test('outlive a change of keys, until the old one is taken away', async () => {
    const old = open();
    const { token } = await old.sessions.issue(FACTS);
    const newer = parseSessionKey(
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    expect(await open({ keys: [newer, KEY] }).sessions.find(token)).toBeDefined();
    expect(await open({ keys: [newer] }).sessions.find(token)).toBeUndefined();
    const fresh = open({ keys: [newer, KEY] });
    const issued = await fresh.sessions.issue(FACTS);
    expect(await fresh.sessions.find(issued.token)).toBeDefined();
    expect(fresh.tokens.jwks().keys).toHaveLength(2);
  });

  test.each<[string, Partial<SessionTokensOptions>]>([
    ['another realm', { realm: '/alpha' }],
    ['another issuer', { issuer: 'https://other.example' }],
  ])('of %s are none', async (_, options) => {
    const { token } = await open(options).sessions.issue(FACTS);
    const { token: alpha } = await open().sessions.issue(FACTS);
    expect(await open(options).sessions.find(alpha)).toBeUndefined();
    expect(await open().sessions.find(token)).toBeUndefined();
  });

  test.each<[string, (token: string) => Promise<string> | string]>([
    ['changed', (token) => `${token.slice(0, -5)}AAAAA`],
    [
      'unsigned',
      (token) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`,
    ],
    ['nothing', () => ''],
    ['anything', () => 'a.b.c'],
    ['huge', () => 'a'.repeat(20_000)],
    [
      'signed for something else',
      () =>
        new SignJWT({ sub: 'alice' })
          .setProtectedHeader({ alg: 'ES256', kid: KEY.id, typ: 'JWT' })
          .setIssuer('https://gate.example')
          .setAudience('x')
          .setJti('1')
          .setExpirationTime(NOW / 1_000 + 60)
          .sign(KEY.privateKey),
    ],
  ])('that are %s are none', async (_, forge) => {
    const { sessions } = open();
    const { token } = await sessions.issue(FACTS);
    expect(await sessions.find(await forge(token))).toBeUndefined();
  });

  test('keys of other kinds are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    expect(() => parseSessionKey(rsa)).toThrow('neither P-256 nor Ed25519');
    expect(() => parseSessionKey('x')).toThrow(/DECODER|PEM|unsupported/);
  });
});
