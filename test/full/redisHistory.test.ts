import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDeviceHistory, type DeviceHistory } from '../../src/history/deviceHistory.ts';
import type { HistoryEntry } from '../../src/history/run.ts';
import { createReplicas, type Replicas, type ReplicasEvent } from '../../src/redis/replicas.ts';
import { runGate } from '../cli/runGate.ts';
import { BAD, BEGIN, DEVICE, ENTRA, entry, OUTAGE } from '../history/historyCases.ts';
import { findProgram } from './program.ts';
import { createRedisServer, GATE_PASSWORD, GATE_USER, type RedisServer } from './redisServer.ts';

const program = findProgram('redis-server', 'redis-server');
const KEY = 'k'.repeat(32);

interface Replica {
  readonly replicas: Replicas;
  readonly history: DeviceHistory;
  readonly changes: string[];
}

describe.skipIf(program === undefined)('histories that replicas share over Redis', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-history-'));
  let server: RedisServer;
  let at = BEGIN;
  const open: Replicas[] = [];

  beforeAll(async () => {
    server = await createRedisServer(program ?? '', parent);
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(parent, { recursive: true, force: true });
  });
  beforeEach(() => {
    at = BEGIN + 86_400_000;
    server.command('FLUSHALL');
  });
  afterEach(() => {
    for (const replicas of open.splice(0)) replicas.close();
  });

  async function startReplica(
    kept: { runs?: number; keepMs?: number; key?: string; now?: () => number } = {},
  ): Promise<Replica> {
    const events: ReplicasEvent[] = [];
    const { runs = 50, keepMs = 30 * 86_400_000, key = KEY } = kept;
    const replicas = createReplicas({
      settings: {
        place: { host: '127.0.0.1', port: server.port },
        tls: undefined,
        username: GATE_USER,
        password: GATE_PASSWORD,
        database: 0,
        prefix: 'intune-gate',
        key,
        previousKeys: [],
        commandMs: 1_000,
        connectMs: 2_000,
        replicas: 2,
      },
      longestMs: 900_000,
      entries: 1_000,
      ...(kept.now && { now: kept.now }),
      onEvent: (event) => events.push(event),
    });
    open.push(replicas);
    replicas.start();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ state: 'up' }), { timeout: 8_000 });
    const changes: string[] = [];
    const history = createDeviceHistory({
      devices: 1_000,
      runs,
      keepMs,
      now: () => at,
      shared: replicas.history({ runs, keepMs }),
      onChange: ({ outcome, node }, previous) => changes.push(`${node}: ${previous.outcome} to ${outcome}`),
    });
    return { replicas, history, changes };
  }

  /** Adds a decision and waits until it is where all can see it. */
  async function add({ history }: Replica, one: HistoryEntry): Promise<void> {
    history.add(one);
    await vi.waitFor(
      async () => {
        const { runs } = await history.find(one.deviceId);
        const last = runs.findLast(({ node }) => node === one.node);
        expect([last?.outcome, last?.reason]).toEqual([one.outcome, one.reason]);
      },
      { timeout: 5_000, interval: 10 },
    );
  }

  test('a change is told by one of them, whoever sees it first', async () => {
    const one = await startReplica();
    const two = await startReplica();
    await add(one, entry(0));
    await add(two, entry(1));
    await add(two, entry(2, BAD));
    await add(one, entry(3, BAD));
    await add(one, entry(4, OUTAGE));
    await add(one, entry(5));
    await add(two, entry(6));
    expect([one.changes, two.changes]).toEqual([
      ['default: NotCompliant to Compliant'],
      ['default: Compliant to NotCompliant'],
    ]);
    const { runs, isComplete } = await two.history.find(DEVICE);
    expect(isComplete).toBe(true);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['Compliant', 'NotCompliant', 'Error', 'Compliant']);
    expect(runs[0]?.first.at).toBe(BEGIN);
    expect(runs[0]?.last.at).toBe(BEGIN + 60_000);
  });

  test('what an older decision says comes too late to change anything', async () => {
    const one = await startReplica();
    const two = await startReplica();
    await add(one, entry(0));
    await add(one, entry(10, BAD));
    two.history.add(entry(5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { runs } = await one.history.find(DEVICE);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['Compliant', 'NotCompliant']);
    expect([...one.changes, ...two.changes]).toEqual(['default: Compliant to NotCompliant']);
  });

  test('a replica that starts anew knows what stood before', async () => {
    const one = await startReplica();
    await add(one, entry(0));
    const later = await startReplica();
    await add(later, entry(1, BAD));
    expect(later.changes).toEqual(['default: Compliant to NotCompliant']);
  });

  test('nobody who reads Redis learns a device, a user or an outcome', async () => {
    const one = await startReplica();
    await add(one, entry(0, { user: 'a.carter' }));
    await vi.waitFor(() => expect(server.command('KEYS', '*').split('\n').length).toBeGreaterThanOrEqual(3));
    const everything = server
      .command('KEYS', '*')
      .split('\n')
      .filter((key) => /:h[lu]?:/.test(key))
      .map((key) => `${key}\n${server.command('HGETALL', key)}`)
      .join('\n');
    expect(everything.length).toBeGreaterThan(500);
    for (const secret of [DEVICE, ENTRA, 'a.carter', 'ompliant', 'default', 'decision-']) {
      expect(everything).not.toContain(secret);
    }
  });

  test('runs and time are bounded in Redis, too', async () => {
    const one = await startReplica({ runs: 4, keepMs: 60_000, now: () => at });
    for (let round = 0; round < 12; round += 1) {
      const then = at - 30_000 + round;
      await add(one, { ...entry(0, round % 2 === 0 ? {} : BAD), at: then });
    }
    expect((await one.history.find(DEVICE)).runs).toHaveLength(4);
    const key = server.command('KEYS', 'intune-gate:h:*');
    expect(Number(server.command('PTTL', key))).toBeGreaterThan(0);
    expect(Number(server.command('PTTL', key))).toBeLessThanOrEqual(60_000);
    at += 61_000;
    expect((await one.history.find(DEVICE)).runs).toEqual([]);
  });

  test('a device is found by its other id, and erased with all of them', async () => {
    const one = await startReplica();
    const two = await startReplica();
    await add(one, entry(0));
    await add(two, entry(1, { deviceId: ENTRA, ...BAD }));
    await vi.waitFor(async () => expect((await one.history.find(ENTRA)).runs).toHaveLength(2));
    expect(await one.history.erase({ deviceId: ENTRA })).toBe(2);
    expect((await two.history.find(DEVICE)).runs).toEqual([]);
    expect((await two.history.find(ENTRA)).runs).toEqual([]);
  });

  test('a user is erased, and the rest stays', async () => {
    const one = await startReplica();
    const two = await startReplica();
    await add(one, entry(0, { user: 'user:one' }));
    await add(two, entry(1, { ...BAD, user: 'user:two' }));
    await vi.waitFor(() => expect(server.command('KEYS', 'intune-gate:hu:*').split('\n')).toHaveLength(2));
    expect(await two.history.erase({ user: 'user:one' })).toBe(1);
    expect((await one.history.find(DEVICE)).runs.map(({ user }) => user)).toEqual(['user:two']);
    expect(await two.history.erase({ user: 'user:one' })).toBe(0);
  });

  test('while Redis is away each goes by its own, and erasing says that it is not done', async () => {
    const one = await startReplica();
    await add(one, entry(0));
    await server.signal('SIGKILL');
    await vi.waitFor(async () => expect((await one.history.find(DEVICE)).isComplete).toBe(false), {
      timeout: 8_000,
    });
    one.history.add(entry(1, BAD));
    await vi.waitFor(() => expect(one.changes).toEqual(['default: Compliant to NotCompliant']), {
      timeout: 5_000,
    });
    expect(await one.history.erase({ deviceId: DEVICE })).toBeUndefined();
    await server.start();
  });

  test('what was written under another key, or by somebody else, is nobody’s history', async () => {
    const one = await startReplica();
    await add(one, entry(0));
    const stranger = await startReplica({ key: 'x'.repeat(32) });
    expect((await stranger.history.find(DEVICE)).runs).toEqual([]);
    const key = server.command('KEYS', 'intune-gate:h:*');
    server.command('HSET', key, 'f:1', 'forged');
    expect((await one.history.find(DEVICE)).runs).toEqual([]);
    server.command('DEL', key);
    server.command('SET', key, 'no hash at all');
    expect((await one.history.find(DEVICE)).runs).toEqual([]);
    one.history.add(entry(2, BAD));
    await vi.waitFor(async () => expect((await one.history.find(DEVICE)).runs).toHaveLength(1), {
      timeout: 5_000,
    });
  });

  test('is explained on the command line from the configuration', async () => {
    at = Date.now();
    const one = await startReplica();
    await add(one, { ...entry(0), at: at - 2_000 });
    await add(one, { ...entry(0, BAD), at: at - 1_000 });
    const write = (name: string, text: string): string => {
      const file = join(parent, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    };
    write('redis.key', KEY);
    write('redis.password', GATE_PASSWORD);
    const config = (redis: object | undefined): string =>
      write(
        'gate.yaml',
        stringify({
          tenants: {
            default: {
              tenantId: 'contoso.example',
              clientId: '00000000-0000-4000-8000-0000000000c1',
              credential: { kind: 'clientSecret', clientSecret: { file: 'redis.key' } },
            },
          },
          nodes: { default: { deviceId: [{ source: 'header' }] } },
          events: {},
          ...(redis && { redis }),
        }),
      );
    const redis = {
      url: `redis://127.0.0.1:${server.port}`,
      username: GATE_USER,
      password: { file: 'redis.password' },
      key: { file: 'redis.key' },
    };
    const told = await runGate(['explain', '--config', config(redis), '--json', DEVICE]);
    expect(told.err).toBe('');
    expect(told.exitCode).toBe(0);
    expect(
      (JSON.parse(told.out) as { runs: { outcome: string }[] }).runs.map(({ outcome }) => outcome),
    ).toEqual(['Compliant', 'NotCompliant']);
    expect(await runGate(['explain', '--config', config(undefined), DEVICE])).toMatchObject({ exitCode: 2 });
    const nowhere = config({ ...redis, url: 'redis://127.0.0.1:1' });
    expect(await runGate(['explain', '--config', nowhere, DEVICE])).toMatchObject({ exitCode: 3 });
  });
});
