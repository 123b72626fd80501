import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createJourneyMemory } from '../../src/composeJourneys.ts';
import { GateError } from '../../src/errors.ts';
import { createReplicas, type Replicas, type ReplicasEvent } from '../../src/redis/replicas.ts';
import { createJourneyClient } from '../support/journeyClient.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS } from '../support/journeyFixtures.ts';
import { testJourneys } from '../support/testJourneys.ts';
import { findProgram } from './program.ts';
import { createRedisServer, GATE_PASSWORD, GATE_USER, type RedisServer } from './redisServer.ts';

const program = findProgram('redis-server', 'redis-server');
const MINUTE = 60_000;

describe.skipIf(program === undefined)('what journeys share over Redis', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-journeys-'));
  let server: RedisServer;
  const open: Replicas[] = [];
  let name = 0;

  beforeAll(async () => {
    server = await createRedisServer(program ?? '', parent);
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(parent, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const replicas of open.splice(0)) replicas.close();
  });

  async function connect(): Promise<Replicas> {
    const events: ReplicasEvent[] = [];
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
        commandMs: 200,
        connectMs: 2_000,
        replicas: 2,
      },
      longestMs: 900_000,
      entries: 100,
      onEvent: (event) => events.push(event),
    });
    open.push(replicas);
    replicas.start();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ state: 'up' }), { timeout: 8_000 });
    return replicas;
  }
  /** Each test has keys of its own. */
  const key = (): string => `key ${(name += 1)}`;

  test('a step counts once, at whichever replica it comes first', async () => {
    const [one, other] = [await connect(), await connect()];
    const step = key();
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : other).journeys.usedTokens.claim(step, Date.now() + MINUTE),
      ),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await other.journeys.usedTokens.claim(key(), Date.now() + MINUTE)).toBe(true);
  });

  test('what was used once is forgotten when it is worthless, and not before', async () => {
    const [one, other] = [await connect(), await connect()];
    const code = key();
    expect(await one.once.claim(code, Date.now() + 400)).toBe(true);
    expect(await other.once.claim(code, Date.now() + 400)).toBe(false);
    await sleep(500);
    expect(await other.once.claim(code, Date.now() + 400)).toBe(true);
  });

  test('a code that was sent is not the step of a journey', async () => {
    const one = await connect();
    const same = key();
    expect(await one.once.claim(same, Date.now() + MINUTE)).toBe(true);
    expect(await one.journeys.usedTokens.claim(same, Date.now() + MINUTE)).toBe(true);
  });

  test('attempts are counted together, until they are cleared or over', async () => {
    const [one, other] = [await connect(), await connect()];
    const counted = key();
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? one : other).journeys.attempts.increment(counted, MINUTE),
      ),
    );
    expect(await other.journeys.attempts.read(counted)).toBe(30);
    expect(await one.journeys.attempts.increment(counted, 300)).toBe(31);
    await sleep(400);
    expect(await one.journeys.attempts.read(counted)).toBe(0);
    await one.journeys.attempts.increment(counted, MINUTE);
    await other.journeys.attempts.clear(counted);
    expect(await one.journeys.attempts.read(counted)).toBe(0);
  });

  test('a suspended journey is taken once, wherever the link is followed', async () => {
    const [one, other] = [await connect(), await connect()];
    const id = key();
    await one.journeys.suspended.keep(id, 'sealed '.repeat(20_000), Date.now() + MINUTE);
    const taken = await Promise.all([
      one.journeys.suspended.take(id),
      other.journeys.suspended.take(id),
      one.journeys.suspended.take(id),
    ]);
    expect(taken.filter((sealed) => sealed === 'sealed '.repeat(20_000))).toHaveLength(1);
    expect(taken.filter((sealed) => sealed === undefined)).toHaveLength(2);
    await one.journeys.suspended.keep(id, 'late', Date.now() + 200);
    await sleep(300);
    expect(await other.journeys.suspended.take(id)).toBeUndefined();
  });

  test('names tell nothing', async () => {
    const one = await connect();
    await one.journeys.attempts.increment('user / node-1 alice', MINUTE);
    const keys = server.command('--scan', '--pattern', '*');
    expect(keys).toMatch(/^intune-gate:j:[\w-]{24}$/m);
    expect(keys).not.toContain('alice');
  });

  test('values of other programs are no counts', async () => {
    const one = await connect();
    const counted = key();
    await one.journeys.attempts.increment(counted, MINUTE);
    for (const found of server.command('--scan', '--pattern', 'intune-gate:j:*').split('\n').filter(Boolean))
      server.command('SET', found, 'nonsense');
    expect(await one.journeys.attempts.read(counted)).toBe(0);
    expect(await one.journeys.attempts.increment(counted, MINUTE)).toBe(1);
  });

  test('a step that was sent to one gate is refused by the other, and tries are counted together', async () => {
    const memory = createJourneyMemory();
    const files = [
      journeyFile({
        Login: LOGIN,
        Tries: {
          nodes: {
            ask: { type: 'MessageNode', to: { true: 'limit', false: SUCCESS } },
            limit: {
              type: 'RetryLimitDecisionNode',
              config: { retryLimit: 2, incrementUserAttributeOnFailure: false },
              to: { Retry: 'ask', Reject: FAILURE },
            },
          },
        },
      }),
    ];
    const gates = await Promise.all(
      [1, 2].map(async () => {
        const { journeys } = await connect();
        return testJourneys({ files, now: Date.now, memory: { ...memory, ...journeys } });
      }),
    );
    const [here, there] = gates.map(({ app }) => createJourneyClient(() => app));
    if (here === undefined || there === undefined) throw new Error('there are two');

    const login = await here.start('Login');
    expect(await there.next(login, ['alice', 'wrong'])).toMatchObject({ code: 401 });
    expect(await here.next(login, ['alice', 'correct horse'])).toMatchObject({ code: 401 });

    const first = await here.start('Tries');
    const second = await there.next(first, [0]);
    const third = await here.next(second, [0]);
    expect(third).toHaveProperty('authId');
    expect(await there.next(third, [0])).toMatchObject({ code: 401 });
    for (const { app } of gates) await app.close();
  });

  test('nothing is used, counted or kept while Redis cannot be asked', async () => {
    const { journeys, once } = await connect();
    await server.stop();
    const refused = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'done',
        (error: unknown) => (error instanceof GateError ? error.code : error),
      );
    expect(await refused(journeys.usedTokens.claim('a', Date.now() + MINUTE))).toBe('replicasUnavailable');
    expect(await refused(journeys.attempts.read('a'))).toBe('replicasUnavailable');
    expect(await refused(journeys.attempts.increment('a', MINUTE))).toBe('replicasUnavailable');
    expect(await refused(journeys.attempts.clear('a'))).toBe('replicasUnavailable');
    expect(await refused(journeys.suspended.keep('a', 'b', Date.now() + MINUTE))).toBe('replicasUnavailable');
    expect(await refused(journeys.suspended.take('a'))).toBe('replicasUnavailable');
    expect(await refused(once.claim('a', Date.now() + MINUTE))).toBe('identityUnavailable');

    const gate = testJourneys({
      files: [journeyFile({ Login: LOGIN })],
      now: Date.now,
      memory: { ...createJourneyMemory(), ...journeys },
    });
    const client = createJourneyClient(() => gate.app);
    const answer = await client.next(await client.start('Login'), ['alice', 'correct horse']);
    expect(answer).not.toHaveProperty('tokenId');
    expect(answer.code).toBe(500);
    await gate.app.close();
    await server.start();
  });
});
