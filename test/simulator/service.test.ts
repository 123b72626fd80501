import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { createThrottleMeter } from '../../src/simulator/throttleMeter.ts';
import { startSimulatorClient } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

const LIST = '/v1.0/deviceManagement/managedDevices';
const DEVICE = `${LIST}/${deviceIds.compliant}`;
let now: number;
let client: SimulatorClient;

beforeEach(async () => {
  now = Date.parse('2026-06-15T12:00:00Z');
  client = await startSimulatorClient({ now: () => now });
});
afterEach(() => client.close());

describe('latency', () => {
  test('is added to every answer, sign-in included, and taken away again', async () => {
    const token = await client.appToken();
    await client.control('PATCH', '/service', { latencyMs: 80 });
    for (const ask of [() => client.graph(DEVICE, token), () => client.appToken()]) {
      const started = performance.now();
      await ask();
      expect(performance.now() - started).toBeGreaterThan(75);
    }
    const many = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => client.graph(DEVICE, token)));
    expect(performance.now() - many).toBeLessThan(800);
    const { status } = await client.control('PATCH', '/service', { latencyMs: 0 });
    expect(status).toBe(200);
    expect(client.simulator.world.service.latencyMs).toBe(0);
  });

  test('comes before a fault, and does not hold up closing', async () => {
    await client.control('PATCH', '/service', { latencyMs: 60_000 });
    const answer = client.get('/v1.0/me').then(
      () => 'answered',
      () => 'broken',
    );
    await expect.poll(() => client.simulator.requests().length).toBe(1);
    await client.simulator.close();
    expect(await answer).toBe('broken');
  });
});

describe('throttling', () => {
  const throttle = (retryAfter: string, requests = 4) =>
    client.control('PATCH', '/service', { throttling: { requests, retryAfter } });

  test.each([
    ['whole', '20'],
    ['fraction', '20.000'],
    ['none', undefined],
  ])('refuses what is over the limit, Retry-After: %s', async (retryAfter, header) => {
    const token = await client.appToken();
    await throttle(retryAfter);
    for (let call = 1; call <= 4; call += 1) expect((await client.graph(DEVICE, token)).status).toBe(200);
    const refused = await client.graph(DEVICE, token);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe(header);
    expect(refused.json['error']?.['code']).toBe('TooManyRequests');
  });

  test('a client that waits is served again, one that does not is not', async () => {
    const token = await client.appToken();
    await throttle('whole');
    for (let call = 1; call <= 5; call += 1) await client.graph(DEVICE, token);
    now += 10_000;
    expect((await client.graph(LIST, token)).status).toBe(429);
    now += 10_000;
    // The first five are forgotten; the impatient one in between still counts.
    for (let call = 1; call <= 3; call += 1) expect((await client.graph(DEVICE, token)).status).toBe(200);
    expect((await client.graph(DEVICE, token)).status).toBe(429);
  });

  test('counts configuration apart and by half, Entra and tokens not at all', async () => {
    const token = await client.appToken();
    await throttle('whole');
    for (let call = 1; call <= 5; call += 1) await client.graph(DEVICE, token);
    const settings = () => client.graph('/v1.0/deviceManagement', token);
    expect([(await settings()).status, (await settings()).status, (await settings()).status]).toEqual([
      200, 200, 429,
    ]);
    expect((await client.graph('/v1.0/devices', token)).status).toBe(200);
    expect(await client.appToken()).not.toBe('');
  });

  test('without numbers it is Intune as documented; null ends it; a reset forgets what was counted', async () => {
    await client.control('PATCH', '/service', { throttling: {} });
    expect(client.simulator.world.service.throttling).toEqual({
      requests: 2000,
      windowSeconds: 20,
      retryAfter: 'whole',
    });
    const token = await client.appToken();
    await throttle('whole', 1);
    await client.graph(DEVICE, token);
    expect((await client.graph(DEVICE, token)).status).toBe(429);
    await client.control('PATCH', '/service', { throttling: null });
    expect((await client.graph(DEVICE, token)).status).toBe(200);
    await client.control('POST', '/reset');
    await throttle('whole', 1);
    expect((await client.graph(DEVICE, token)).status).toBe(200);
  });

  test.each([
    { latencyMs: -1 },
    { throttling: { requests: 0 } },
    { throttling: { retryAfter: 'soon' } },
    { delay: 1 },
  ])('refuses %j', async (body) => {
    expect((await client.control('PATCH', '/service', body)).status).toBe(400);
  });
});

describe('the meter', () => {
  const limits = { requests: 2000, windowSeconds: 20, retryAfter: 'whole' } as const;

  test('lets 2,000 of one app through in 20 seconds, and 4,000 of all of them', () => {
    let time = 1_000_000;
    const meter = createThrottleMeter({ now: () => time });
    const passed = (app: string) =>
      Array.from({ length: 2500 }, () => meter.add(app, 'managedDevice', limits)).filter(
        (wait) => wait === undefined,
      ).length;
    expect(passed('one')).toBe(2000);
    // Refused calls count for the tenant as well.
    expect(passed('two')).toBe(1500);
    time += 20_000;
    expect(passed('one')).toBe(2000);
  });

  test('says how long it takes until a call passes, and that is true', () => {
    let time = 1_000_000;
    const meter = createThrottleMeter({ now: () => time });
    const add = () => meter.add('one', 'detectedApps', limits);
    for (let call = 0; call < 1000; call += 1) add();
    time += 7_300;
    for (let call = 0; call < 1000; call += 1) add();
    const wait = add() ?? 0;
    expect(wait).toBeGreaterThan(11_000);
    time += wait - 1;
    expect(add()).toBeDefined();
    time += 1;
    expect(add()).toBeUndefined();
  });
});
