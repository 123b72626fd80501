import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TracedDecision } from '../../src/node/decision.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import {
  API_KEY_SHA256,
  configWith,
  createGateFolder,
  simulatedTenant,
  type GateFolder,
} from './gateFolder.ts';
import { runGate, type Run, type RunOptions } from './runGate.ts';

let simulator: Simulator;
let folder: GateFolder;
let config: string;
let several: string;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  const tenant = simulatedTenant(simulator, folder);
  const one = configWith(tenant, { saveDeviceProperties: ['complianceState'] });
  config = folder.config(one);
  const deviceId = [{ source: 'header', from: ['journeys', 'proxy'] }];
  several = folder.config(
    {
      ...one,
      nodes: {
        first: { deviceId },
        second: { deviceId: [{ source: 'header', from: ['journeys'] }], maxCheckInAgeHours: 1 },
      },
      callers: [
        { name: 'journeys', apiKeySha256: [API_KEY_SHA256], nodes: ['first', 'second'] },
        { name: 'proxy', apiKeySha256: ['ab'.repeat(32)], nodes: ['first'] },
      ],
    },
    'several.yaml',
  );
});
afterEach(() => {
  simulator.reset();
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});

function decide(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runGate(['decide', '--config', config, ...args], options);
}

function bodyFor(id: string, more: object = {}): string {
  return JSON.stringify({ request: { headers: { 'x-intune': [`CN=${id}`] } }, ...more });
}

const EXPECTED: readonly (readonly [keyof typeof deviceIds, string, 0 | 1])[] = [
  ['compliant', 'Compliant', 0],
  ['noncompliant', 'NotCompliant', 1],
  ['inGracePeriod', 'InGracePeriod', 1],
  ['configManager', 'ConfigManager', 1],
  ['conflict', 'Conflict', 1],
  ['unknown', 'Unknown', 1],
  // The device's own error is an answer of Intune, not trouble with it.
  ['error', 'Error', 1],
];

describe('the exit code', () => {
  test.each(EXPECTED)('of the device %s: %s, %i', async (name, outcome, exitCode) => {
    const run = await decide(['--device-id', deviceIds[name]]);
    expect(run.out).toMatch(new RegExp(`^${outcome}: `, 'm'));
    expect(run).toMatchObject({ exitCode, err: '' });
  });

  test.each([
    ['nobody knows the device', ['--device-id', '00000000-0000-4000-8000-00000000dead'], 'Unknown'],
    ['the id is none', ['--device-id', 'LAPTOP-7'], 'Error'],
  ])('is 1 where %s', async (_name, args, outcome) => {
    const run = await decide(args);
    expect(run.exitCode).toBe(1);
    expect(run.out).toMatch(new RegExp(`^${outcome}: `, 'm'));
  });

  test('is 3 where Microsoft cannot answer', async () => {
    simulator.world.faults.push({
      id: 'outage',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'status', status: 501 },
    });
    const run = await decide(['--device-id', deviceIds.compliant]);
    expect(run.exitCode).toBe(3);
    expect(run.out).toMatch(/^Error: [^]*^What to do: /m);
  });

  test('is 3 where Entra gives no token, and says no secret', async () => {
    const [app] = simulator.world.apps;
    const secret = app?.secrets[0]?.value ?? '';
    for (const held of app?.secrets ?? []) held.expired = true;
    for (const args of [[], ['--json']]) {
      const run = await decide(['--device-id', deviceIds.compliant, ...args]);
      expect(run.exitCode).toBe(3);
      expect(run.out).toContain('credentialExpired');
      expect(run.out + run.err).not.toContain(secret);
    }
  });
});

describe('the explanation', () => {
  test('names node, steps with their times, outcome, evidence and what is saved', async () => {
    const { out } = await decide(['--device-id', deviceIds.compliant]);
    expect(out).toMatch(/^Node default\n/);
    expect(out).toMatch(
      /^ +\d+ ms {2}device id from the command line +f61dc341-c9c9-40c1-abbd-6997016f4c9e \(unknown\)$/m,
    );
    expect(out).toMatch(/^ +\d+ ms {2}find device +found in graph, state compliant$/m);
    expect(out).toMatch(/^ +\d+ ms {2}judge +compliant$/m);
    expect(out).toMatch(/^Compliant: Intune reports the device as compliant\.$/m);
    expect(out).toMatch(/^Last check-in: \d{4}-\d\d-\d\dT/m);
    expect(out).toMatch(/^ {2}INTUNE_complianceState = compliant$/m);
    expect(out).toMatch(/^Decided in \d+ ms, id [0-9a-f-]{36}\n$/m);
    expect(out).not.toContain('What to do');
  });

  test('says what to do where the answer is not Compliant', async () => {
    const { out } = await decide(['--device-id', deviceIds.noncompliant]);
    expect(out).toMatch(/^What to do: Open the device in Intune/m);
  });

  test('--json is the decision with its trace', async () => {
    const run = await decide(['--device-id', deviceIds.compliant, '--json']);
    const traced = JSON.parse(run.out) as TracedDecision;
    expect(traced.decision).toMatchObject({
      outcome: 'Compliant',
      outcomeId: 'COMPLIANT',
      deviceId: deviceIds.compliant,
      deviceIdSource: 'operator',
      sharedState: { INTUNE_complianceState: 'compliant' },
    });
    expect(traced.trace.map(({ step }) => step)).toEqual([
      'device id from the command line',
      'find device',
      'judge',
      'outcome',
    ]);
    expect(traced.durationMs).toBeGreaterThanOrEqual(0);
  });

  test('a name with one CN is an id, too', async () => {
    expect((await decide(['--device-id', `CN=${deviceIds.compliant},O=Contoso`])).exitCode).toBe(0);
  });
});

describe('a context', () => {
  test('comes from a file', async () => {
    const file = folder.file('context.json', bodyFor(deviceIds.compliant));
    const run = await decide(['--context', file]);
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.out).toMatch(/ms {2}header x-intune +f61dc341/m);
  });

  test('comes from stdin', async () => {
    expect((await decide(['--context', '-'], { input: bodyFor(deviceIds.conflict) })).out).toMatch(
      /^Conflict: /m,
    );
  });

  test('without an id is NoId', async () => {
    const run = await decide(['--context', '-'], { input: '{}' });
    expect(run.exitCode).toBe(1);
    expect(run.out).toMatch(/^NoId: /m);
  });

  test.each([
    ['no JSON', '{', /-: The body is no valid JSON/],
    ['empty', '', /-: The body is empty/],
    ['a key twice', '{"node": "default", "node": "default"}', /-: .*key twice/],
    ['no object', '[]', /-: \/ .*expected object/],
    ['with unknown fields', '{"devce": 1}', /-: \/devce is no known field/],
    [
      'with a wrong address',
      '{"request": {"peerAddress": "here"}}',
      /-: \/request\/peerAddress must be an IP address/,
    ],
    ['for a node that is none', '{"node": "other"}', /there is no node other; there are default/],
  ])('that is %s is a usage mistake', async (_name, input, message) => {
    const run = await decide(['--context', '-'], { input });
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(message);
  });

  test('that cannot be read is a usage mistake', async () => {
    for (const file of [`${folder.path}/absent.json`, folder.path]) {
      const run = await decide(['--context', file]);
      expect(run).toMatchObject({ exitCode: 2, out: '' });
      expect(run.err).toContain(`${file} cannot be read`);
    }
  });

  test.each([[['--device-id', 'x', '--context', '-']], [[]]])('%j: exactly one of both', async (args) => {
    expect((await decide(args)).err).toMatch(/say either --device-id ID or --context FILE/);
  });
});

describe('several nodes and callers', () => {
  const run = (args: readonly string[], input = bodyFor(deviceIds.compliant)): Promise<Run> =>
    runGate(['decide', '--config', several, ...args], { input });

  test('the node must be said', async () => {
    const { exitCode, err } = await run(['--device-id', deviceIds.compliant]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--node NAME is required; there are first, second/);
  });

  test('--node chooses, and so does the context', async () => {
    expect((await run(['--device-id', deviceIds.compliant, '--node', 'first'])).exitCode).toBe(0);
    const strict = await run(['--context', '-'], bodyFor(deviceIds.compliant, { node: 'second' }));
    expect(strict.out).toMatch(/^Node second\n/);
    expect(strict.out).toMatch(/^Unknown: /m);
    expect(
      (
        await run(
          ['--context', '-', '--node', 'first', '--caller', 'proxy'],
          bodyFor(deviceIds.compliant, { node: 'second' }),
        )
      ).out,
    ).toMatch(/^Node first\n/);
  });

  test('the caller must be said if several may ask', async () => {
    const { exitCode, err } = await run(['--context', '-', '--node', 'first']);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--caller NAME is required: journeys, proxy may ask node first/);
  });

  test('the caller decides what is believed', async () => {
    expect((await run(['--context', '-', '--node', 'first', '--caller', 'proxy'])).exitCode).toBe(0);
    const stranger = await run(['--context', '-', '--node', 'second', '--caller', 'proxy']);
    expect(stranger).toMatchObject({ exitCode: 2, out: '' });
    expect(stranger.err).toMatch(/caller proxy may not ask node second/);
  });
});

test('being stopped ends a decision at once', async () => {
  simulator.world.faults.push({ id: 'hang', match: { endpoint: 'managedDevice' }, fault: { kind: 'hang' } });
  const stop = new AbortController();
  const started = performance.now();
  setTimeout(() => stop.abort(), 300);
  const run = await decide(['--device-id', deviceIds.compliant], { stopped: stop.signal });
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(run.exitCode).toBe(3);
});
