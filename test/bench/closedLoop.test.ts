import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { compliantDeviceId } from '../../bench/lab/devices.ts';
import { closedLoop } from '../../bench/load/closedLoop.ts';
import type { LoadPlan } from '../../bench/load/loadPlan.ts';
import { fleetDevice, fleetNumber } from '../../src/simulator/fleet.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** Serves, and gives a plan for it. */
async function planFor(listener: RequestListener, changes: Partial<LoadPlan>): Promise<LoadPlan> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'k',
    connections: 4,
    devices: { first: 10, count: 5 },
    order: 'again',
    most: { requests: 20, seconds: 20 },
    ...changes,
  };
}

const answer =
  (text: string, status = 200): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(text));
  };

const hangUp: RequestListener = (request) => {
  request.socket.destroy();
};

test('asks as often as it is told, no more at once than it has connections, and counts every answer', async () => {
  const asked: string[] = [];
  let atOnce = 0;
  let most = 0;
  const plan = await planFor((request, response) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked.push(/CN=([0-9a-f-]{36})/.exec(text)?.[1] ?? '');
      setTimeout(() => {
        atOnce -= 1;
        response.end('{"outcome":"Compliant"}');
      }, 5);
    });
  }, {});
  const result = await closedLoop(plan);
  expect(result).toMatchObject({ requests: 20, compliant: 20, others: {} });
  expect(most).toBe(4);
  expect(new Set(asked)).toEqual(new Set([10, 11, 12, 13, 14].map(compliantDeviceId)));
  const { p50, p99, max } = result.latencyMs;
  expect(p50).toBeGreaterThanOrEqual(4);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(max).toBeGreaterThanOrEqual(p99);
});

test('asks about each device once, if that is the plan', async () => {
  const plan = await planFor(answer('{"outcome":"Compliant"}'), { order: 'once', connectFirst: true });
  expect(await closedLoop(plan)).toMatchObject({ requests: 5, compliant: 5 });
});

test('ends when time is up', async () => {
  const plan = await planFor(answer('{"outcome":"Compliant"}'), {
    most: { requests: Number.MAX_SAFE_INTEGER, seconds: 0.2 },
  });
  const result = await closedLoop(plan);
  expect(result.requests).toBeGreaterThan(0);
  expect(result.compliant).toBe(result.requests);
  expect(result.seconds).toBeLessThan(5);
});

test.each([
  ['another outcome', answer('{"outcome":"Error"}')],
  ['status 503', answer('{"outcome":"Compliant"}', 503)],
  ['UND_ERR_SOCKET', hangUp],
])('a wrong answer is told apart: %s', async (name, listener) => {
  const result = await closedLoop(await planFor(listener, { most: { requests: 6, seconds: 10 } }));
  expect(result).toMatchObject({ requests: 6, compliant: 0, others: { [name]: 6 } });
});

test('the devices it asks about are compliant', () => {
  const facts = { createdAt: 0, tenant: { domain: 'contoso.example' } };
  for (const index of [0, 1, 2, 50_000, 142_856]) {
    const number = fleetNumber('c', compliantDeviceId(index)) ?? 0;
    expect(fleetDevice(number, facts).properties.complianceState).toBe('compliant');
  }
});
