import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerKeeper } from '../../src/answers/answerKeeper.ts';
import { parseGuid, type DeviceId } from '../../src/node/deviceId.ts';
import type { RedisSettings } from '../../src/redis/redisSettings.ts';
import { createReplicas, type Replicas, type ReplicasEvent } from '../../src/redis/replicas.ts';
import { failure, managedDevice } from '../support/fakeDirectory.ts';
import {
  asker,
  LIFETIMES,
  scriptedDirectory,
  testKeeper,
  type ScriptedDirectory,
} from '../support/testKeeper.ts';
import { findProgram } from './program.ts';
import { createRedisServer, GATE_PASSWORD, GATE_USER, type RedisServer } from './redisServer.ts';

const program = findProgram('redis-server', 'redis-server');

interface Replica {
  readonly replicas: Replicas;
  readonly keeper: AnswerKeeper;
  readonly events: ReplicasEvent[];
}

function deviceId(number: number): DeviceId {
  const id = parseGuid(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new Error('no id');
  return id;
}

/** Every test has a device of its own, so that none sees what another one left. */
let lastDevice = 0;
let DEVICE = deviceId(1);

describe.skipIf(program === undefined)('replicas with Redis between them', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-redis-'));
  let server: RedisServer;
  let microsoft: ScriptedDirectory;
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
    lastDevice += 1;
    DEVICE = deviceId(lastDevice);
    microsoft = scriptedDirectory((call) => managedDevice({ id: deviceIdIn(call) }));
  });
  afterEach(() => {
    for (const replicas of open.splice(0)) replicas.close();
  });

  const settings = (changed: Partial<RedisSettings> = {}): RedisSettings => ({
    place: { host: '127.0.0.1', port: server.port },
    tls: undefined,
    username: GATE_USER,
    password: GATE_PASSWORD,
    database: 0,
    prefix: 'intune-gate',
    key: 'k'.repeat(32),
    previousKeys: [],
    // The machine of the tests has other things to do as well.
    commandMs: 200,
    connectMs: 2_000,
    replicas: 2,
    ...changed,
  });

  function startReplica(changed: Partial<RedisSettings> = {}): Replica {
    const events: ReplicasEvent[] = [];
    const replicas = createReplicas({
      settings: settings(changed),
      longestMs: 900_000,
      entries: 10_000,
      onEvent: (event) => events.push(event),
    });
    open.push(replicas);
    replicas.start();
    return { replicas, keeper: testKeeper(microsoft, { store: replicas.answers }), events };
  }

  /** Until what one says is heard by the others. */
  async function untilTogether(...all: readonly Replica[]): Promise<void> {
    for (const one of all) {
      await vi.waitFor(() => expect(one.events.at(-1)).toMatchObject({ state: 'up' }), {
        timeout: 8_000,
        interval: 10,
      });
    }
    for (const from of all) {
      for (const to of all.filter((other) => other !== from)) await untilHeard(from, to);
    }
  }
  async function untilHeard(from: Replica, to: Replica): Promise<void> {
    const probe = deviceId(0xf00000 + (lastDevice += 1));
    let heard = false;
    const end = to.replicas.answers.subscribe((what) => {
      if (what !== 'everything' && what.id === probe) heard = true;
    });
    from.replicas.answers.invalidate('probe', probe);
    await vi.waitFor(() => expect(heard).toBe(true), { timeout: 8_000, interval: 5 });
    end();
  }
  async function together(count: number, changed: Partial<RedisSettings> = {}): Promise<readonly Replica[]> {
    const all = Array.from({ length: count }, () => startReplica(changed));
    await untilTogether(...all);
    return all;
  }
  async function pair(changed: Partial<RedisSettings> = {}): Promise<readonly [Replica, Replica]> {
    const [one, two] = await together(2, changed);
    if (one === undefined || two === undefined) throw new Error('no pair');
    return [one, two];
  }
  const find = (
    { keeper }: Replica,
    changes: Parameters<typeof asker>[0] = {},
  ): ReturnType<AnswerKeeper['findManagedDevice']> => keeper.findManagedDevice(DEVICE, asker(changes));
  const answerKeys = (): readonly string[] =>
    server.command('--scan', '--pattern', 'intune-gate:a:*').split('\n').filter(Boolean);
  const untilStored = async (count = 1): Promise<void> => {
    await vi.waitFor(() => expect(answerKeys().length).toBeGreaterThanOrEqual(count), { timeout: 3_000 });
  };
  const isFrom = async (answer: ReturnType<typeof find>): Promise<string> => {
    const found = await answer;
    return found.ok ? found.source : found.reason;
  };

  describe('sharing', () => {
    beforeEach(() => {
      server.command('FLUSHALL');
    });

    test('one uses what another one has learnt', async () => {
      const [one, two] = await pair();
      expect(await isFrom(find(one))).toBe('graph');
      await untilStored();
      const [first, second] = [await find(one), await find(two)];
      expect(second).toEqual(first);
      expect(second).toMatchObject({ source: 'cache' });
      expect(microsoft.calls).toHaveLength(1);
    });

    test('three times a thousand decisions about one cold device are one call', async () => {
      const all = await together(3);
      microsoft.delayMs = 150;
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, async (_, index) => find(all[index % 3] ?? startReplica())),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1_000);
      expect(microsoft.calls).toHaveLength(1);
    });

    test('one after the other pages a tenant, and a right that nobody gives back ends', async () => {
      const [one, two] = await pair();
      const take = ({ replicas }: Replica, holdMs = 60_000) => replicas.lease.take('default', holdMs);
      expect(await take(one)).toBe(true);
      expect(await take(two)).toBe(false);
      expect(await two.replicas.lease.take('other', 60_000)).toBe(true);
      await two.replicas.lease.release('default');
      expect(await take(two)).toBe(false);
      expect(await take(one, 100)).toBe(true);
      await vi.waitFor(async () => expect(await take(two)).toBe(true));
      await two.replicas.lease.release('default');
      expect(await take(one)).toBe(true);
    });

    test('each pages on its own while Redis is away', async () => {
      const [one, two] = await pair();
      await server.stop();
      expect(await one.replicas.lease.take('default', 60_000)).toBe(true);
      expect(await two.replicas.lease.take('default', 60_000)).toBe(true);
      await server.start();
    });

    test('an invalidation reaches the others within 100 ms, and ends what was shared', async () => {
      const [one, two, three] = await together(3);
      if (one === undefined || two === undefined || three === undefined) throw new Error('no three');
      for (const replica of [one, two, three]) await find(replica);
      await untilStored();
      const spent: number[] = [];
      for (const other of [two, three]) {
        other.replicas.answers.subscribe(() => spent.push(performance.now() - start));
      }
      const start = performance.now();
      one.keeper.invalidate(DEVICE);
      await vi.waitFor(() => expect(spent).toHaveLength(2), { interval: 5 });
      process.stderr.write(`invalidation heard after ${spent.map((ms) => ms.toFixed(1)).join(' and ')} ms\n`);
      expect(Math.max(...spent)).toBeLessThan(100);
      await vi.waitFor(() => expect(answerKeys()).toHaveLength(0));
      const calls = microsoft.calls.length;
      expect(await isFrom(find(two))).toBe('graph');
      expect(microsoft.calls).toHaveLength(calls + 1);
    });

    test('a replica that was not there when a device was invalidated does not take the old answer', async () => {
      const [one, two] = await pair();
      await find(one);
      await untilStored();
      const [key = ''] = answerKeys();
      const [field = ''] = server.command('HKEYS', key).split('\n');
      const old = server.command('HGET', key, field);
      one.keeper.invalidate(DEVICE);
      await untilHeard(one, two);
      server.command('HSET', key, field, old);
      for (const replica of [startReplica(), two]) {
        await vi.waitFor(() => expect(replica.events.at(-1)).toMatchObject({ state: 'up' }));
        await untilHeard(one, replica);
        const calls = microsoft.calls.length;
        expect(await isFrom(find(replica))).toBe(replica === two ? 'cache' : 'graph');
        // What the first of them learnt is new, and good for the other one.
        expect(microsoft.calls).toHaveLength(replica === two ? calls : calls + 1);
        await untilStored();
      }
    });

    test('an answer that crossed with an invalidation is not shared', async () => {
      const [one, two] = await pair();
      microsoft.delayMs = 200;
      const crossing = find(one);
      await sleep(50);
      two.keeper.invalidate(DEVICE);
      await crossing;
      await sleep(50);
      expect(answerKeys()).toEqual([]);
    });

    test('a 429 that one has seen is known to all', async () => {
      const [one, two] = await pair();
      const until = Date.now() + 7_000;
      const throttles = [one, two].map(({ replicas }) => replicas.throttle('default', 'intune'));
      throttles[0]?.hold({ until, reason: 'throttled' });
      await vi.waitFor(() => expect(throttles[1]?.held()).toEqual({ until, reason: 'throttled' }), {
        timeout: 1_000,
      });
      expect(two.replicas.throttle('default', 'entra').held()).toBeUndefined();
      expect(two.replicas.throttle('other', 'intune').held()).toBeUndefined();
      const late = startReplica();
      await untilTogether(late, one);
      const lateThrottle = late.replicas.throttle('default', 'intune');
      two.replicas.throttle('default', 'intune').hold({ until: until + 1_000, reason: 'throttled' });
      await vi.waitFor(() => expect(lateThrottle.held()?.until).toBe(until + 1_000));
    });

    test('the pace holds for all of them together', async () => {
      const all = await together(3);
      const pacing = { calls: 60, windowMs: 600 };
      const made: number[] = [];
      const end = performance.now() + 2_500;
      const clock = (): number => performance.timeOrigin + performance.now();
      await Promise.all(
        all.flatMap(({ replicas }) => {
          const pacer = replicas.pacer('default', pacing);
          return Array.from({ length: 8 }, async () => {
            while (performance.now() < end) {
              const at = await pacer.reserve(Date.now(), Date.now() + 5_000);
              await sleep(Math.max(0, at - Date.now()));
              made.push(clock());
            }
          });
        }),
      );
      made.sort((a, b) => a - b);
      let most = 0;
      for (let first = 0, last = 0; last < made.length; last += 1) {
        while ((made[last] ?? 0) - (made[first] ?? 0) >= pacing.windowMs) first += 1;
        most = Math.max(most, last - first + 1);
      }
      process.stderr.write(
        `paced: ${made.length} calls in 2.5 s, at most ${most} in 0.6 s, of ${pacing.calls}\n`,
      );
      // A timer of the test itself may be some milliseconds late.
      expect(most).toBeLessThanOrEqual(pacing.calls * 1.05);
      expect(made.length).toBeGreaterThan(170);
    });
  });

  describe('who can write to Redis', () => {
    let one: Replica;
    let two: Replica;
    beforeEach(async () => {
      server.command('FLUSHALL');
      [one, two] = await pair();
      await find(one);
      await untilStored();
    });

    const place = (): { key: string; field: string; value: string } => {
      const [key = ''] = answerKeys();
      const [field = ''] = server.command('HKEYS', key).split('\n');
      return { key, field, value: server.command('HGET', key, field) };
    };

    test('reads neither devices nor people', () => {
      const { key, field, value } = place();
      const all = [key, field, value, server.command('XRANGE', 'intune-gate:notices', '-', '+')].join(' ');
      for (const word of [DEVICE, 'managedDevice', 'compliant', 'default', '@'])
        expect(all).not.toContain(word);
    });

    test.each<[string, (value: string, fetchedAt: number) => string]>([
      ['tampered', (value) => `${value.slice(0, -3)}${value.endsWith('AAA') ? 'BBB' : 'AAA'}`],
      ['truncated', (value) => value.slice(0, -40)],
      ['cut to its head', (value) => value.split('.').slice(0, 4).join('.')],
      ['empty', () => ''],
      ['of another version', (value) => `2${value.slice(1)}`],
      ['under another key', (value) => value.replace(/^1\.[\w-]+/, '1.AAAAAAAA')],
      ['made younger', (value, at) => value.replace(String(at), String(at + 5))],
      [
        'made to live longer',
        (value) =>
          value.replace(
            /^((?:[^.]*\.){3})(\d+)/,
            (_, head: string, until: string) => `${head}${Number(until) + 1_000}`,
          ),
      ],
      ['of another program', () => '{"complianceState":"compliant"}'],
    ])('cannot have an answer believed that is %s', async (_, change) => {
      const { key, field, value } = place();
      const fetchedAt = Number(value.split('.')[2]);
      const changed = change(value, fetchedAt);
      expect(changed).not.toBe(value);
      server.command('HSET', key, field, changed);
      microsoft.says = () => managedDevice({ id: DEVICE, complianceState: 'noncompliant' });
      expect(await find(two)).toMatchObject({ source: 'graph', value: { complianceState: 'noncompliant' } });
    });

    test('cannot have an answer believed under the key of another device', async () => {
      const { value } = place();
      const before = new Set(answerKeys());
      const mine = DEVICE;
      DEVICE = deviceId(0xe00000 + lastDevice);
      microsoft.says = () => managedDevice({ id: DEVICE, complianceState: 'noncompliant' });
      await find(one);
      await untilStored(2);
      const key = answerKeys().find((name) => !before.has(name)) ?? '';
      const [field = ''] = server.command('HKEYS', key).split('\n');
      server.command('HSET', key, field, value);
      expect(await find(two)).toMatchObject({
        source: 'graph',
        value: { id: DEVICE, complianceState: 'noncompliant' },
      });
      expect(mine).not.toBe(DEVICE);
      expect(two.events).toContainEqual({ type: 'unreadable', count: 1 });
    });

    test('cannot bring back an answer after a newer one was seen', async () => {
      const { key, field, value } = place();
      await sleep(5);
      expect(await isFrom(find(two, { recheck: true }))).toBe('graph');
      await vi.waitFor(() => expect(server.command('HGET', key, field)).not.toBe(value));
      const newer = await find(two);
      server.command('HSET', key, field, value);
      // Nothing is left in memory, but that there was something newer is not forgotten.
      const cold = testKeeper(microsoft, { store: two.replicas.answers });
      const answer = await cold.findManagedDevice(DEVICE, asker());
      expect(answer).toMatchObject({ source: 'graph' });
      expect(answer.ok && newer.ok && answer.fetchedAt >= newer.fetchedAt).toBe(true);
    });

    test('cannot have an answer outlive its first lifetime', async () => {
      server.command('FLUSHALL');
      const lifetimes = { ...LIFETIMES, compliantMs: 400 };
      const [three, four] = [one, two].map(({ replicas }) =>
        testKeeper(microsoft, { store: replicas.answers, lifetimes }),
      );
      await untilTogether(one, two);
      await three?.findManagedDevice(DEVICE, asker());
      await untilStored();
      const { key, field, value } = place();
      expect(Number(server.command('PTTL', key))).toBeLessThanOrEqual(400);
      server.command('PERSIST', key);
      server.command('HSET', key, field, value);
      await sleep(450);
      const calls = microsoft.calls.length;
      expect(await four?.findManagedDevice(DEVICE, asker())).toMatchObject({ source: 'graph' });
      expect(microsoft.calls).toHaveLength(calls + 1);
    });

    test('who writes nonsense where replicas talk makes them forget, and no more', async () => {
      expect(await isFrom(find(two))).toBe('cache');
      server.command('XADD', 'intune-gate:notices', '*', 'n', 'nonsense');
      await vi.waitFor(async () => expect(await isFrom(find(two))).toBe('graph'));
      server.command(
        'XADD',
        'intune-gate:notices',
        '18446744073709551615-18446744073709551615',
        'n',
        'the end',
      );
      await untilHeard(one, two);
      await untilHeard(two, one);
    });

    test.each(['a', 't', 'l', 'notices', 'epoch', 'p'])(
      'values of a wrong type under %s are no obstacle for long',
      async (what) => {
        one.replicas.pacer('default', { calls: 10, windowMs: 1_000 });
        await one.replicas
          .pacer('default', { calls: 10, windowMs: 1_000 })
          .reserve(Date.now(), Date.now() + 1_000);
        one.keeper.invalidate(deviceId(0xd00000));
        const keys = server
          .command('--scan', '--pattern', `intune-gate:${what}*`)
          .split('\n')
          .filter(Boolean);
        for (const key of keys) {
          server.command('DEL', key);
          server.command(...(what === 'a' || what === 'p' ? ['SET', key, 'x'] : ['LPUSH', key, 'x']));
        }
        // Leases are gone when their question is answered.
        expect(keys.length > 0).toBe(what !== 'l');
        expect((await find(two)).ok).toBe(true);
        await untilHeard(one, two);
        DEVICE = deviceId(0xc00000 + lastDevice);
        expect((await find(one)).ok).toBe(true);
        expect(
          await one.replicas
            .pacer('default', { calls: 10, windowMs: 1_000 })
            .reserve(Date.now(), Date.now() + 5_000),
        ).toBeLessThan(Date.now() + 5_000);
      },
    );
  });

  describe('trouble', () => {
    beforeEach(async () => {
      server.command('CONFIG', 'SET', 'maxmemory', '0');
      server.command('FLUSHALL');
      await Promise.resolve();
    });

    /** Decides for a while, about one known and one unknown device; tells the longest time and what was wrong. */
    async function decide(replica: Replica, count: number): Promise<{ longestMs: number; wrong: number }> {
      let longestMs = 0;
      let wrong = 0;
      for (let index = 0; index < count; index += 1) {
        const start = performance.now();
        const id = index % 2 === 0 ? DEVICE : deviceId(0xa00000 + (lastDevice += 1));
        const answer = await replica.keeper.findManagedDevice(id, asker());
        if (!answer.ok || answer.value?.id !== id) wrong += 1;
        longestMs = Math.max(longestMs, performance.now() - start);
      }
      return { longestMs, wrong };
    }
    const told = ({ events }: Replica): readonly string[] =>
      events.map((event) =>
        event.type === 'redisChanged' ? `${event.state} ${event.code}`.trim() : event.type,
      );

    test('slow: decisions wait a moment, then no more; recovery is by itself', async () => {
      const [one, two] = await pair({ commandMs: 50 });
      await find(one);
      await server.signal('SIGSTOP');
      const first = await decide(one, 20);
      const then = await decide(one, 50);
      await server.signal('SIGCONT');
      process.stderr.write(
        `slow: at most ${first.longestMs.toFixed(0)} ms, then ${then.longestMs.toFixed(0)} ms\n`,
      );
      expect([first.wrong, then.wrong]).toEqual([0, 0]);
      expect(first.longestMs).toBeLessThan(200);
      await untilTogether(one, two);
      expect(told(one).filter((line) => line.startsWith('slow')).length).toBeGreaterThanOrEqual(1);
      expect(told(one).length).toBeLessThanOrEqual(5);
    });

    test('slow for longer than a connection is kept: a new one is made', async () => {
      const [one, two] = await pair({ commandMs: 50 });
      await server.signal('SIGSTOP');
      const until = performance.now() + 8_000;
      while (performance.now() < until) {
        expect((await decide(one, 4)).wrong).toBe(0);
        await sleep(100);
      }
      await server.signal('SIGCONT');
      await untilTogether(one, two);
    });

    test('killed, and started again empty: nothing is wrong meanwhile, and all is forgotten that may be outdated', async () => {
      const [one, two] = await pair();
      await find(one);
      await find(two);
      await server.signal('SIGKILL');
      const without = await decide(one, 40);
      // Nobody can be told now; they are as soon as it is possible.
      one.keeper.invalidate(DEVICE);
      expect(await isFrom(find(two))).toBe('cache');
      await server.start();
      await untilTogether(one, two);
      process.stderr.write(`down: at most ${without.longestMs.toFixed(0)} ms a decision\n`);
      expect(without.wrong).toBe(0);
      expect(without.longestMs).toBeLessThan(200);
      const calls = microsoft.calls.length;
      await find(two);
      await find(one);
      expect(microsoft.calls.length).toBeGreaterThan(calls);
      expect(told(one)[0]).toBe('up');
      expect(told(one)[1]).toMatch(/^away /);
      expect(told(one).at(-1)).toBe('up');
    });

    test('emptied: everything is forgotten, and sharing goes on', async () => {
      const [one, two] = await pair();
      await find(one);
      expect(await isFrom(find(one))).toBe('cache');
      server.command('FLUSHALL');
      await vi.waitFor(async () => expect(await isFrom(find(one))).toBe('graph'), {
        timeout: 5_000,
        interval: 50,
      });
      await untilTogether(one, two);
      DEVICE = deviceId(0xb00000);
      await find(one);
      await sleep(100);
      expect(await isFrom(find(two))).toBe('cache');
    });

    test('full: nothing can be shared, invalidations still are', async () => {
      const [one, two] = await pair();
      server.command('CONFIG', 'SET', 'maxmemory', '1mb');
      const during = await decide(one, 40);
      expect(during.wrong).toBe(0);
      await untilHeard(one, two);
      expect(told(one)).toContain('refusing OOM');
      server.command('CONFIG', 'SET', 'maxmemory', '0');
      await untilTogether(one, two);
    });

    test('a replica of Redis, which takes no writes', async () => {
      const [one, two] = await pair();
      server.command('REPLICAOF', '127.0.0.1', '1');
      expect((await decide(one, 10)).wrong).toBe(0);
      server.command('REPLICAOF', 'NO', 'ONE');
      await untilTogether(one, two);
    });

    test.each<[string, () => Partial<RedisSettings>, RegExp]>([
      ['a wrong password', () => ({ password: 'wrong' }), /^refusing WRONGPASS/],
      ['no password', () => ({ username: undefined, password: undefined }), /^refusing NOAUTH/],
      ['no right to its keys', () => ({ prefix: 'elsewhere' }), /^refusing NOPERM/],
      ['nobody there', () => ({ place: { host: '127.0.0.1', port: 1 } }), /^away ECONNREFUSED/],
    ])('%s: decisions go on, and the log says it once, without secrets', async (_, changed, line) => {
      const one = startReplica(changed());
      await vi.waitFor(
        async () => {
          await decide(one, 2);
          expect(told(one).some((text) => line.test(text))).toBe(true);
        },
        { timeout: 5_000 },
      );
      expect((await decide(one, 20)).wrong).toBe(0);
      expect(told(one).filter((text) => line.test(text)).length).toBeLessThanOrEqual(2);
      expect(JSON.stringify(one.events)).not.toMatch(/wrong|password|127\.0/);
    });
  });

  test('over a Unix socket, and over TLS with a client certificate', async () => {
    const socket = startReplica({ place: { socketPath: server.socketPath } });
    const tls = startReplica({
      place: { host: '127.0.0.1', port: server.tlsPort },
      tls: { caPems: [server.caPem], serverName: 'redis.test', ...server.client },
    });
    await untilTogether(socket, tls);
    await find(socket);
    await untilStored();
    expect(await isFrom(find(tls))).toBe('cache');
  });

  test.each<[string, Partial<RedisSettings['tls'] & object>]>([
    ['an unknown authority', { caPems: [] }],
    ['another name', { serverName: 'elsewhere.test' }],
  ])('TLS with %s is no connection', async (_, changed) => {
    const one = startReplica({
      place: { host: '127.0.0.1', port: server.tlsPort },
      tls: { caPems: [server.caPem], serverName: 'redis.test', ...server.client, ...changed },
    });
    await vi.waitFor(() => expect(one.events.at(-1)).toMatchObject({ state: 'away' }), { timeout: 5_000 });
    expect(await isFrom(find(one))).toBe('graph');
  });

  test('keys are changed without a pause', async () => {
    server.command('FLUSHALL');
    const [former, newer] = ['a', 'b'].map((letter) => letter.repeat(32));
    const one = startReplica({ key: former ?? '', previousKeys: [newer ?? ''] });
    const two = startReplica({ key: newer ?? '', previousKeys: [former ?? ''] });
    await untilTogether(one, two);
    await find(one);
    await find(two);
    one.keeper.invalidate(DEVICE);
    await untilHeard(one, two);
    expect(await isFrom(find(two))).toBe('graph');
    expect([...one.events, ...two.events].filter(({ type }) => type === 'unreadable')).toEqual([]);
  });

  test('what Microsoft refuses is not shared', async () => {
    const [one, two] = await pair();
    microsoft.says = () => failure('upstreamUnavailable');
    expect(await isFrom(find(one))).toBe('upstreamUnavailable');
    microsoft.says = () => managedDevice({ id: DEVICE });
    expect(await isFrom(find(two))).toBe('graph');
  });
});

function deviceIdIn(call: string): DeviceId {
  return parseGuid(call.split(' ')[1] ?? '') ?? DEVICE;
}
