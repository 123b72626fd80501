import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphEvent } from '../../src/graph/graphEvent.ts';
import type { GraphTenant, TokenResult } from '../../src/graph/graphTenant.ts';
import {
  aadsts,
  json,
  startFakeMicrosoft,
  tenantOf,
  tokenBody,
  within,
  type FakeMicrosoft,
} from './fakeMicrosoft.ts';

const START = Date.parse('2026-03-02T21:18:00Z');
let fake: FakeMicrosoft;
let tenant: GraphTenant;
let clock = START;
let events: GraphEvent[] = [];
const now = (): number => clock;

beforeAll(async () => {
  fake = await startFakeMicrosoft();
});
beforeEach(() => {
  fake.reset();
  clock = START;
  events = [];
  tenant = tenantOf(fake, {
    now,
    random: () => 0,
    sleep: () => Promise.resolve(),
    attemptTimeoutMs: 400,
    onEvent: (event) => events.push(event),
  });
});
afterEach(() => tenant.close());
afterAll(() => fake.close());

const get = (): Promise<TokenResult> => tenant.tokens.getToken(within(5_000, now));
const posts = (): number => fake.of('token').length;

async function getGood(): Promise<string> {
  const result = await get();
  if (!result.ok) throw new Error(result.detail);
  return result.token;
}

/** Until everything the tenant does in the background has had its turn. */
async function background(): Promise<void> {
  const before = events.length;
  for (let turn = 0; turn < 200 && events.length === before; turn += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

describe('one token for all (hazards 1 and 2)', () => {
  it('many cold callers make one acquisition', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, getGood));
    expect(new Set(tokens).size).toBe(1);
    expect(posts()).toBe(1);
    expect(fake.of('discovery')).toHaveLength(1);
  });

  it('a caller who leaves does not take the others along', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake.token = async () => {
      await held;
      return json(tokenBody());
    };
    const leaving = new AbortController();
    const left = tenant.tokens.getToken({ signal: leaving.signal, deadline: START + 5_000 });
    const stayed = get();
    leaving.abort();
    expect(await left).toMatchObject({ ok: false, reason: 'timeout' });
    release();
    expect(await stayed).toMatchObject({ ok: true });
    expect(posts()).toBe(1);
  });

  it('uses a token of less than five minutes until just before its real end', async () => {
    fake.token = () => json(tokenBody({ expires_in: 200 }));
    const first = await getGood();
    clock = START + 90_000;
    expect(await getGood()).toBe(first);
    clock = START + 181_000;
    expect(await getGood()).not.toBe(first);
  });

  it('counts from the request, not from the answer', async () => {
    fake.token = () => {
      clock += 60_000;
      return json(tokenBody());
    };
    expect(await get()).toMatchObject({ expiresAt: START + 3_599_000, acquiredAt: START + 60_000 });
  });
});

describe('renewal in the background (hazards 4 to 7)', () => {
  it.each([
    ['five minutes ahead', {}, 3_300_000],
    ['at refresh_in', { refresh_in: 1_000 }, 1_001_000],
  ])('%s, without making anybody wait', async (_name, more, dueAfter) => {
    fake.token = () => json(tokenBody(more));
    const first = await getGood();
    clock = START + dueAfter - 2_000;
    await getGood();
    expect(posts()).toBe(1);
    clock = START + dueAfter;
    expect(await Promise.all([getGood(), getGood(), getGood()])).toEqual([first, first, first]);
    await background();
    expect(posts()).toBe(2);
    expect(await getGood()).not.toBe(first);
  });

  it.each([
    ['503', () => aadsts(503, 'temporarily_unavailable', 90033)],
    ['503 HTML', () => ({ status: 503, body: '<html>' })],
    ['200 HTML', () => ({ status: 200, body: '<html>' })],
    ['401', () => aadsts(401, 'invalid_client', 7000215)],
    ['429', () => ({ ...aadsts(429, 'temporarily_unavailable', 90055), headers: { 'retry-after': '30' } })],
    ['a dead connection', () => ({ raw: (response: { destroy(): void }) => response.destroy() })],
  ])('keeps the old token to its end while renewal fails: %s', async (_name, reply) => {
    const first = await getGood();
    fake.token = reply;
    clock = START + 3_310_000;
    expect(await getGood()).toBe(first);
    await background();
    const asked = posts();
    expect(asked).toBeGreaterThan(1);
    expect(await Promise.all([getGood(), getGood(), getGood()])).toEqual([first, first, first]);
    expect(posts()).toBe(asked);
    clock = START + 3_560_000;
    expect(await getGood()).toBe(first);
    await background();
    clock = START + 3_580_000;
    expect(await get()).toMatchObject({ ok: false });
    fake.token = () => json(tokenBody());
    clock += 60_000;
    expect(await getGood()).not.toBe(first);
  });
});

describe('failures are remembered as long as is polite (hazards 3 and 8)', () => {
  it.each([
    ['a wrong secret', () => aadsts(401, 'invalid_client', 7000215), 'credentialRejected', 9_000, 10_001],
    ['503', () => aadsts(503, 'temporarily_unavailable', 90033), 'upstreamUnavailable', 900, 1_001],
    [
      '503 with Retry-After',
      () => ({ ...aadsts(503, 'x', 90033), headers: { 'retry-after': '7.5' } }),
      'upstreamUnavailable',
      7_400,
      7_501,
    ],
    [
      '429 with Retry-After',
      () => ({ ...aadsts(429, 'x', 90055), headers: { 'retry-after': '60' } }),
      'throttled',
      59_000,
      60_001,
    ],
    [
      '429 with a day',
      () => ({ ...aadsts(429, 'x', 90055), headers: { 'retry-after': '86400' } }),
      'throttled',
      299_000,
      300_001,
    ],
    ['429 without', () => aadsts(429, 'x', 90055), 'throttled', 900, 1_001],
    ['HTML', () => ({ status: 200, body: '<html>' }), 'malformedAnswer', 900, 1_001],
  ] as const)('%s', async (_name, reply, reason, stillAfter, overAfter) => {
    fake.token = reply;
    expect(await get()).toMatchObject({ ok: false, reason });
    const asked = posts();
    clock = START + stillAfter;
    fake.token = () => json(tokenBody());
    expect(await get()).toMatchObject({ ok: false, reason });
    expect(posts()).toBe(asked);
    clock = START + overAfter;
    expect(await get()).toMatchObject({ ok: true });
  });

  it('says how much of a named pause is left, and names none itself', async () => {
    fake.token = () => ({ ...aadsts(429, 'x', 90055), headers: { 'retry-after': '60' } });
    await get();
    clock = START + 20_000;
    expect(await get()).toMatchObject({ reason: 'throttled', retryAfterMs: 40_000 });
    clock = START + 61_000;
    fake.token = () => aadsts(401, 'invalid_client', 7000215);
    expect(await get()).not.toHaveProperty('retryAfterMs');
  });

  it('one bad answer or dead connection is made good at once', async () => {
    fake.token = (_request, count) => (count === 1 ? aadsts(503, 'x', 90033) : json(tokenBody()));
    expect(await get()).toMatchObject({ ok: true });
    fake.reset();
    await tenant.close();
    tenant = tenantOf(fake, { now, random: () => 0 });
    fake.token = (_request, count) =>
      count === 1 ? { raw: (response) => response.destroy() } : json(tokenBody());
    expect(await get()).toMatchObject({ ok: true });
  });
});

describe('what went wrong is kept (hazard 9)', () => {
  it('a token endpoint that hangs is a timeout, in bounded time', async () => {
    fake.token = () => ({ raw: () => undefined });
    const startedAt = performance.now();
    expect(await get()).toMatchObject({ ok: false, reason: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('a body that hangs after its headers as well', async () => {
    fake.token = () => ({ raw: (response) => void response.writeHead(200).write('{"access_token":"') });
    expect(await get()).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('a body without end is cut off', async () => {
    fake.token = () => ({ status: 200, body: 'x'.repeat(1_200_000) });
    expect(await get()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it('a missing tenant shows in discovery', async () => {
    fake.discovery = () => aadsts(400, 'invalid_tenant', 90002);
    expect(await get()).toMatchObject({ ok: false, reason: 'tenantNotFound' });
    expect(posts()).toBe(0);
  });

  it('a discovery of somebody else is malformed', async () => {
    fake.discovery = () => json({ issuer: 'https://evil.test/' });
    expect(await get()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it.each([
    ['a token that is no header value', { access_token: 'a b\r\nX: y' }],
    ['an empty token', { access_token: '' }],
    ['a token that is a list', { access_token: ['x'] }],
    ['a token that is a number', { access_token: 5 }],
    ['a token that is true', { access_token: true }],
    ['no lifetime', { expires_in: undefined }],
    ['no lifetime left', { expires_in: 0 }],
  ])('%s is malformed', async (_name, more) => {
    fake.token = () => json(tokenBody(more));
    expect(await get()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it('no secret, no user and no prose of Entra in failure, stack or event', async () => {
    await tenant.close();
    tenant = tenantOf(fake, {
      credential: {
        kind: 'userPassword',
        username: 'acarter@contoso.test',
        password: 'pa55phrase',
        clientSecret: 'the-secret-value',
      },
      onEvent: (event) => events.push(event),
    });
    fake.token = () => aadsts(400, 'invalid_grant', 50126);
    const failure = await tenant.tokens.getToken(within());
    expect(failure).toMatchObject({
      reason: 'userCredentialRejected',
      detail: expect.stringContaining('AADSTS50126') as string,
    });
    const told = JSON.stringify([
      failure,
      events,
      failure.ok ? '' : `${failure.cause?.stack ?? ''}${String(failure.cause?.cause)}`,
    ]);
    for (const secret of ['acarter', 'pa55phrase', 'the-secret-value', 'Prose'])
      expect(told).not.toContain(secret);
  });
});

describe('renew', () => {
  it('fetches one new token for all who were rejected, then none for a minute', async () => {
    const first = await getGood();
    const renewed = await Promise.all([1, 2, 3].map(() => tenant.tokens.renew(first, within(5_000, now))));
    expect(posts()).toBe(2);
    const second = await getGood();
    expect(second).not.toBe(first);
    expect(renewed).toEqual([1, 2, 3].map(() => expect.objectContaining({ token: second }) as unknown));
    expect(await tenant.tokens.renew(first, within(5_000, now))).toMatchObject({ token: second });
    expect(await tenant.tokens.renew(second, within(5_000, now))).toMatchObject({ token: second });
    expect(posts()).toBe(2);
    clock = START + 60_000;
    await tenant.tokens.renew(second, within(5_000, now));
    expect(posts()).toBe(3);
  });
});

it('an observer that throws changes nothing', async () => {
  await tenant.close();
  tenant = tenantOf(fake, {
    onEvent: () => {
      throw new Error('observer');
    },
  });
  expect(await tenant.tokens.getToken(within())).toMatchObject({ ok: true });
});
