import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphEvent } from '../../src/graph/graphEvent.ts';
import type { GraphTenant, GraphTenantOptions } from '../../src/graph/graphTenant.ts';
import type { Lookup } from '../../src/node/deviceDirectory.ts';
import { DEVICE_ID, ENTRA_ID } from '../support/fakeDirectory.ts';
import { json, startFakeMicrosoft, tenantOf, type FakeMicrosoft, type Reply } from './fakeMicrosoft.ts';

/** Everything a tenant does about trouble, over real connections and on a clock that moves when the gate waits. */
let fake: FakeMicrosoft;
let tenant: GraphTenant;
let events: GraphEvent[];
let waits: number[];
let clock: number;

const DEVICE = { id: DEVICE_ID, azureADDeviceId: ENTRA_ID, complianceState: 'compliant' };
const good = json(DEVICE);
const status = (code: number, headers: Record<string, string> = {}): Reply =>
  json({ error: { code: 'x', message: '' } }, code, headers);

function open(more: Partial<GraphTenantOptions> = {}): GraphTenant {
  return tenantOf(fake, {
    attemptTimeoutMs: 300,
    now: () => clock,
    random: () => 0.5,
    sleep: (ms) => {
      waits.push(ms);
      clock += ms;
      return Promise.resolve();
    },
    onEvent: (event) => events.push(event),
    ...more,
  });
}

beforeAll(async () => {
  fake = await startFakeMicrosoft();
});
beforeEach(() => {
  fake.reset();
  fake.graph = () => good;
  events = [];
  waits = [];
  clock = Date.now();
  tenant = open();
});
afterEach(() => tenant.close());
afterAll(() => fake.close());

const find = async (ms = 5_000): Promise<Lookup<unknown>> =>
  tenant.directory.findManagedDevice(DEVICE_ID, {
    signal: new AbortController().signal,
    deadline: clock + ms,
    properties: 'none',
  });
const findEntra = async (ms = 5_000): Promise<Lookup<unknown>> =>
  tenant.directory.findEntraDevice(ENTRA_ID, { signal: new AbortController().signal, deadline: clock + ms });
const calls = (): number => fake.of('graph').length;
const eventsOf = (type: GraphEvent['type']): GraphEvent[] => events.filter((event) => event.type === type);

describe('a wish to be left alone', () => {
  it.each([
    [429, 'throttled'],
    [503, 'upstreamUnavailable'],
  ])('%i with Retry-After: nobody asks until then', async (code, reason) => {
    fake.graph = () => status(code, { 'retry-after': '60' });
    expect(await find()).toMatchObject({ ok: false, reason, retryAfterMs: 60_000 });
    fake.graph = () => good;
    clock += 20_000;
    expect(await find()).toMatchObject({ ok: false, reason, retryAfterMs: 40_000 });
    expect(calls()).toBe(1);
    clock += 40_000;
    expect(await find()).toMatchObject({ ok: true });
    expect(eventsOf('heldOff')).toEqual([
      { type: 'heldOff', service: 'intune', reason, forMs: 60_000, named: true },
    ]);
  });

  it('is waited for by others if it ends before their deadline', async () => {
    fake.graph = () => status(429, { 'retry-after': '60' });
    await find();
    fake.graph = () => good;
    clock += 58_000;
    expect(await find()).toMatchObject({ ok: true });
    // Those who were held off come back a little spread.
    expect(waits).toEqual([2_125]);
  });

  it('of Intune is none of Entra’s', async () => {
    fake.graph = () => status(429, { 'retry-after': '60' });
    await find();
    fake.graph = () => json({ deviceId: ENTRA_ID, accountEnabled: true });
    expect(await findEntra()).toMatchObject({ ok: true });
    expect(await find()).toMatchObject({ ok: false, reason: 'throttled' });
  });

  it('of a day is honoured for five minutes', async () => {
    fake.graph = () => status(429, { 'retry-after': '86400' });
    expect(await find()).toMatchObject({ retryAfterMs: 86_400_000 });
    fake.graph = () => good;
    clock += 299_000;
    expect(await find(500)).toMatchObject({ ok: false });
    clock += 1_000;
    expect(await find()).toMatchObject({ ok: true });
  });

  it('without a time is one second for all, and twice as long each time it was kept in vain', async () => {
    fake.graph = () => status(429);
    await find(500);
    await find(500);
    expect(calls()).toBe(1);
    const pauses = eventsOf('heldOff').map((event) => ('forMs' in event ? event.forMs : 0));
    expect(pauses).toEqual([750]);
    for (let round = 0; round < 7; round += 1) {
      clock += 31_000;
      await find(500);
    }
    const spans = eventsOf('heldOff').map((event) => ('forMs' in event ? event.forMs : 0));
    expect(spans).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
    clock += 31_000;
    fake.graph = () => good;
    await find();
    fake.graph = () => status(429);
    clock += 1;
    await find(500);
    expect(eventsOf('heldOff').at(-1)).toMatchObject({ forMs: 750, named: false });
  });

  it('without a time is tried four times in all, within the deadline', async () => {
    fake.graph = () => status(429);
    expect(await find(8_000)).toMatchObject({ ok: false, reason: 'throttled' });
    expect([calls(), waits]).toEqual([4, [750, 1_500, 3_000]]);
  });

  it('that reaches many at once counts once', async () => {
    fake.graph = () => status(429);
    await Promise.all(Array.from({ length: 30 }, () => find(500)));
    expect(eventsOf('heldOff')).toMatchObject([{ forMs: 750 }]);
    clock += 1_000;
    await find(500);
    expect(eventsOf('heldOff')).toMatchObject([{ forMs: 750 }, { forMs: 1_500 }]);
  });

  it('503 without a time holds nobody off', async () => {
    fake.graph = (_request, count) => (count === 1 ? status(503) : good);
    expect(await find()).toMatchObject({ ok: true });
    expect(eventsOf('heldOff')).toEqual([]);
  });

  it('is forgotten on request', async () => {
    fake.graph = () => status(429, { 'retry-after': '60' });
    await find();
    fake.graph = () => good;
    tenant.forgetTrouble();
    expect(await find()).toMatchObject({ ok: true });
  });
});

describe('an outage', () => {
  const fail = async (count: number, reply = status(501)): Promise<void> => {
    fake.graph = () => reply;
    for (let index = 0; index < count; index += 1) await find();
  };

  it('of twenty questions opens the circuit: no call, at once, with the cause and the time', async () => {
    await fail(20);
    const before = calls();
    expect(await find()).toMatchObject({ ok: false, reason: 'upstreamUnavailable', retryAfterMs: 5_000 });
    expect(calls()).toBe(before);
    expect(eventsOf('circuitChanged')).toEqual([
      {
        type: 'circuitChanged',
        service: 'intune',
        state: 'open',
        reason: 'upstreamUnavailable',
        forMs: 5_000,
      },
    ]);
  });

  it('is over with one question that is answered', async () => {
    await fail(20);
    clock += 5_000;
    fake.graph = () => good;
    const before = calls();
    expect(await find()).toMatchObject({ ok: true });
    const many = await Promise.all(Array.from({ length: 10 }, () => find()));
    expect(many.every(({ ok }) => ok)).toBe(true);
    expect(calls()).toBe(before + 11);
  });

  it('is found out about by one question without retries', async () => {
    await fail(20);
    clock += 5_000;
    const before = calls();
    fake.graph = () => status(503);
    const many = await Promise.all(Array.from({ length: 10 }, () => find()));
    expect(many.every(({ ok }) => !ok)).toBe(true);
    expect(calls()).toBe(before + 1);
    expect(await find()).toMatchObject({ ok: false, retryAfterMs: 10_000 });
  });

  it('of Entra’s directory leaves Intune alone', async () => {
    fake.graph = ({ url }) => (url.includes('/v1.0/devices') ? status(501) : good);
    for (let index = 0; index < 20; index += 1) await findEntra();
    expect(await findEntra()).toMatchObject({ ok: false, retryAfterMs: 5_000 });
    expect(await find()).toMatchObject({ ok: true });
  });

  it.each([
    ['absence', status(404)],
    ['a missing permission', status(403)],
    ['a refused request', status(400)],
    ['a malformed answer', json([])],
    ['being throttled', status(429, { 'retry-after': '0' })],
  ])('%s is none', async (_name, reply) => {
    await fail(30, reply);
    fake.graph = () => good;
    expect(await find()).toMatchObject({ ok: true });
  });

  it('in which nobody answers is one after a second, however early the askers leave', async () => {
    fake.graph = () => ({ raw: () => undefined });
    const patient = open({ attemptTimeoutMs: 10_000, now: Date.now });
    try {
      const ask = async (ms: number): Promise<Lookup<unknown>> =>
        patient.directory.findManagedDevice(DEVICE_ID, {
          signal: new AbortController().signal,
          deadline: Date.now() + ms,
          properties: 'none',
        });
      await Promise.all(Array.from({ length: 30 }, () => ask(100)));
      expect(eventsOf('circuitChanged')).toEqual([]);
      await Promise.all(Array.from({ length: 30 }, () => ask(1_200)));
      expect(eventsOf('circuitChanged')).toMatchObject([{ state: 'open', reason: 'timeout' }]);
    } finally {
      await patient.close();
    }
  });

  it('uses up the budget of retries', async () => {
    fake.graph = () => status(503);
    // Answers in between keep the circuit closed.
    for (let index = 0; index < 30; index += 1) {
      await find();
      fake.graph = () => good;
      await find();
      await find();
      fake.graph = () => status(503);
    }
    const requests = 90;
    const spanMs = waits.reduce((sum, ms) => sum + ms, 0);
    const budget = 20 * Math.ceil(spanMs / 10_000) + requests * 0.2;
    expect(calls() - requests).toBeLessThanOrEqual(budget);
    expect(calls() - requests).toBeGreaterThanOrEqual(20);
  });
});

describe('the pace of a tenant', () => {
  it('makes calls wait for their turn, within the deadline', async () => {
    await tenant.close();
    tenant = open({ pacing: { calls: 2, windowMs: 1_000 } });
    const start = clock;
    for (let index = 0; index < 5; index += 1) expect(await find()).toMatchObject({ ok: true });
    expect(clock - start).toBe(2_000);
    expect(waits).toEqual([1_000, 1_000]);
  });

  it('is Error throttled where the turn would come too late, with the time to wait, and no call', async () => {
    await tenant.close();
    tenant = open({ pacing: { calls: 2, windowMs: 20_000 } });
    await find();
    await find();
    expect(await find()).toMatchObject({ ok: false, reason: 'throttled', retryAfterMs: 20_000 });
    expect(calls()).toBe(2);
  });

  it('counts retries and pages, and nothing that is not about devices', async () => {
    await tenant.close();
    tenant = open({ pacing: { calls: 2, windowMs: 20_000 } });
    fake.graph = () => json({ deviceId: ENTRA_ID, accountEnabled: true });
    for (let index = 0; index < 5; index += 1) expect(await findEntra()).toMatchObject({ ok: true });
    fake.graph = (_request, count) => (count === 6 ? status(503) : good);
    expect(await find()).toMatchObject({ ok: true });
    expect(await find()).toMatchObject({ ok: false, reason: 'throttled' });
  });
});
