import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createOperations } from '../../src/operations/operations.ts';
import { createReplicas, type Replicas } from '../../src/redis/replicas.ts';
import { createOperationsLab } from '../support/operationsLab.ts';
import { pendingRecord, testOperationStore } from '../support/operationStoreContract.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { findProgram } from './program.ts';
import { createRedisServer, GATE_PASSWORD, GATE_USER, type RedisServer } from './redisServer.ts';

const program = findProgram('redis-server', 'redis-server');

/** Requests for approval between replicas, with the rights that docs/replicas.md tells to give. */
describe.skipIf(program === undefined)('operations with Redis between replicas', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-redis-'));
  let server: RedisServer;
  let one: Replicas;
  let other: Replicas;

  beforeAll(async () => {
    server = await createRedisServer(program ?? '', parent);
    await server.start();
    [one, other] = [open(), open()];
    for (const { operations } of [one, other]) await vi.waitFor(() => operations.list(), 10_000);
  });
  afterAll(async () => {
    one.close();
    other.close();
    await server.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  function open(): Replicas {
    const replicas = createReplicas({
      settings: {
        place: { host: '127.0.0.1', port: server.port },
        tls: undefined,
        username: GATE_USER,
        password: GATE_PASSWORD,
        database: 0,
        prefix: 'intune-gate',
        key: 'k'.repeat(32),
        previousKeys: [],
        commandMs: 500,
        connectMs: 2_000,
        replicas: 2,
      },
      longestMs: 60_000,
      entries: 100,
    });
    replicas.start();
    return replicas;
  }

  testOperationStore(() => [one.operations, other.operations], Date.now);

  test('what one replica was asked, another one approves, once', async () => {
    const lab = createOperationsLab({ store: one.operations, now: Date.now });
    const second = createOperations({ ...lab.options, store: other.operations });
    const ann = lab.actor('ann', ['MUTATE']);
    const request = await lab.ask(ann, 'remote_lock', { request_id: `request-${Math.random()}` });
    const bob = lab.actor('bob', ['APPROVE']);
    const decision = { verdict: 'approve', digest: request.digest, dryRun: false } as const;
    const bound = { signal: new AbortController().signal, deadline: NOW + 1e12 };
    const results = await Promise.all([
      second.decide(bob, request.id, decision, bound),
      lab.decide(bob, request),
      second.decide(bob, request.id, decision, bound),
    ]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(lab.acts).toHaveLength(1);
  });

  test('Redis learns nothing of what is asked', async () => {
    const record = pendingRecord(`request-${Math.random()}`, Date.now());
    await one.operations.add(record);
    const keys = server
      .command('KEYS', '*')
      .split('\n')
      .filter((key) => key.includes(':o:') && !key.includes(':o:all'));
    const values = keys.map((key) =>
      server.command('TYPE', key).includes('string') ? server.command('GET', key) : '',
    );
    expect(keys.length).toBeGreaterThan(0);
    expect([...keys, ...values].join(' ')).not.toMatch(/LAPTOP|lost|remote_lock|f61dc341/);
  });

  test('what cannot be read, or was put in the place of something else, is an error, and nothing is approved', async () => {
    const [first, second] = [
      pendingRecord(`a-${Math.random()}`, Date.now()),
      pendingRecord(`b-${Math.random()}`, Date.now()),
    ];
    await one.operations.add(first);
    await one.operations.add(second);
    const keys = server
      .command('KEYS', '*:o:*')
      .split('\n')
      .filter((key) => server.command('TYPE', key).includes('string'));
    for (const key of keys) server.command('SET', key, server.command('GET', keys[0] ?? '').trim());
    const found = await Promise.allSettled([one.operations.find(first.id), one.operations.find(second.id)]);
    expect(found.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  test('without Redis nothing is changed', async () => {
    const lab = createOperationsLab({ store: one.operations, now: Date.now });
    await server.signal('SIGKILL');
    const ann = lab.actor('ann', ['MUTATE', 'PROPOSE']);
    for (const name of ['sync_device', 'remote_lock']) {
      const input = {
        device_id: 'f61dc341-c9c9-40c1-abbd-6997016f4c9e',
        request_id: 'request-away',
        reason: 'lost',
      };
      expect(await lab.call(ann, name, input)).toMatchObject({ refusal: 'stateUnavailable' });
    }
    expect(lab.acts).toEqual([]);
  });
});
