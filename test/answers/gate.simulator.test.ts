import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeGate, type Gate } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { Decision } from '../../src/node/decision.ts';
import { addDevices } from '../../src/simulator/addDevices.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';

/** A whole gate in front of the simulated Microsoft, on a clock that can be put forward. */
let simulator: Simulator;
let folder: GateFolder;
let devices: readonly string[];
let gate: Gate;
let aheadMs = 0;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  devices = addDevices(simulator.world, 200)
    .filter(({ properties }) => properties.complianceState === 'compliant')
    .map(({ properties }) => properties.id);
  addDevices(simulator.world, 600);
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});
beforeEach(async () => {
  aheadMs = 0;
  simulator.clearRequests();
  gate = open();
});
afterEach(async () => {
  simulator.world.faults.length = 0;
  await gate.close();
});

function open(changes: Record<string, unknown> = {}, node: Record<string, unknown> = {}): Gate {
  const config = folder.config({
    ...configWith(simulatedTenant(simulator, folder), { deadlineMs: 30_000, ...node }),
    limits: { concurrentDecisions: 20_000 },
    ...changes,
  });
  return composeGate(loadConfig(config, {}), {
    logger: createLogger('silent'),
    now: () => Date.now() + aheadMs,
  });
}

async function decide(
  id: string,
  more: { readonly recheck?: boolean; readonly node?: string } = {},
): Promise<Decision> {
  const node = gate.nodes.get(more.node ?? 'default');
  if (node === undefined) throw new Error('no such node');
  const { decision } = await node.decide({
    caller: 'journeys',
    headers: [['x-intune', `CN=${id}`]],
    peerAddress: undefined,
    sharedState: {},
    ...(more.recheck === undefined ? {} : { recheck: more.recheck }),
  });
  return decision;
}

const callsTo = (endpoint: string): number =>
  simulator.requests().filter((request) => request.endpoint === endpoint).length;
const breakGraph = (fault: Fault, endpoint: 'managedDevice' | 'token' = 'managedDevice'): void => {
  simulator.world.faults.push({ id: `fault-${simulator.world.faults.length}`, match: { endpoint }, fault });
};
const [first, second] = [
  'cf000000-0000-4000-8000-000000000001',
  'cf000000-0000-4000-8000-000000000008',
] as const;
const UNAVAILABLE: Fault = { kind: 'status', status: 503, body: 'html' };

describe('calls', () => {
  test('1,000 decisions over 100 devices within a lifetime are 100 device calls and one token', async () => {
    await gate.close();
    // All states count as long here, so that none of them ends meanwhile.
    gate = open({ answers: { otherSeconds: 300 } });
    const ids = [...simulator.world.devices.keys()].filter((id) => id.startsWith('cf')).slice(0, 100);
    for (let round = 0; round < 10; round += 1) {
      const decisions = await Promise.all(ids.map((id) => decide(id)));
      expect(decisions.every(({ evidence }) => evidence.source === (round === 0 ? 'graph' : 'cache'))).toBe(
        true,
      );
    }
    expect(callsTo('managedDevice')).toBe(100);
    expect(callsTo('token')).toBe(1);
    expect(simulator.requests().filter(({ endpoint }) => endpoint !== 'discovery')).toHaveLength(101);
  });

  test('10,000 simultaneous decisions for one cold device are one call', async () => {
    const decisions = await Promise.all(Array.from({ length: 10_000 }, () => decide(first)));
    expect(decisions.filter(({ outcome }) => outcome === 'Compliant')).toHaveLength(10_000);
    expect(callsTo('managedDevice')).toBe(1);
  });

  test('two nodes with the same wishes share an answer; one with other wishes has its own', async () => {
    await gate.close();
    const deviceId = [{ source: 'header', from: ['journeys'] }];
    const nodes = {
      default: { deviceId },
      same: { deviceId },
      saving: { deviceId, saveDeviceProperties: ['model'] },
    };
    const { callers, ...rest } = configWith(simulatedTenant(simulator, folder));
    gate = open({
      ...rest,
      nodes,
      callers: (callers as object[]).map((caller) => ({ ...caller, nodes: Object.keys(nodes) })),
    });
    await decide(first);
    await decide(first, { node: 'same' });
    expect(callsTo('managedDevice')).toBe(1);
    expect((await decide(first, { node: 'saving' })).sharedState).toEqual({
      INTUNE_model: 'Surface Laptop 7',
    });
    expect(callsTo('managedDevice')).toBe(2);
  });

  test('the pace of the configuration is kept', async () => {
    await gate.close();
    const tenant = { ...simulatedTenant(simulator, folder), pacing: { deviceCalls: 5, perSeconds: 20 } };
    gate = open(configWith(tenant));
    const decisions = await Promise.all(devices.slice(0, 8).map((id) => decide(id)));
    expect(decisions.filter(({ outcome }) => outcome === 'Compliant')).toHaveLength(5);
    const refused = decisions.filter(({ reason }) => reason === 'throttled');
    expect(refused).toHaveLength(3);
    expect(refused[0]?.retryAfterSeconds).toBeGreaterThan(10);
    expect(callsTo('managedDevice')).toBe(5);
  });
});

describe('evidence', () => {
  test('tells source and age', async () => {
    expect((await decide(first)).evidence).toMatchObject({ source: 'graph', ageSeconds: 0 });
    aheadMs = 42_500;
    expect((await decide(first)).evidence).toMatchObject({ source: 'cache', ageSeconds: 42 });
  });

  test('of a device nobody knows as well', async () => {
    await decide('00000000-0000-4000-8000-00000000dead');
    aheadMs = 10_000;
    expect(await decide('00000000-0000-4000-8000-00000000dead')).toMatchObject({
      outcome: 'Unknown',
      reason: 'deviceNotFound',
      evidence: { source: 'cache', ageSeconds: 10 },
    });
  });

  test('a recheck sees a change at once, and one too many says so', async () => {
    const device = simulator.world.devices.get(second);
    if (device === undefined) throw new Error('no device');
    expect(await decide(second)).toMatchObject({ outcome: 'Compliant' });
    device.properties.complianceState = 'noncompliant';
    try {
      expect(await decide(second)).toMatchObject({
        outcome: 'Compliant',
        evidence: { source: 'cache' },
        warnings: [],
      });
      expect(await decide(second, { recheck: true })).toMatchObject({
        outcome: 'NotCompliant',
        evidence: { source: 'graph' },
        warnings: [],
      });
      expect(await decide(second, { recheck: true })).toMatchObject({
        outcome: 'NotCompliant',
        evidence: { source: 'cache' },
        warnings: [{ reason: 'recheckTooSoon' }],
      });
    } finally {
      device.properties.complianceState = 'compliant';
    }
  });

  test('a node that accepts no age asks each time', async () => {
    await gate.close();
    gate = open({}, { maxAnswerAgeSeconds: 0 });
    await decide(first);
    expect(await decide(first)).toMatchObject({ evidence: { source: 'graph' } });
    expect(callsTo('managedDevice')).toBe(2);
  });
});

describe('an outage', () => {
  test('is bridged with an old answer for 900 seconds, with the cause beside it, and ends by itself', async () => {
    await decide(first);
    breakGraph(UNAVAILABLE);
    aheadMs = 400_000;
    expect(await decide(first)).toMatchObject({
      outcome: 'Compliant',
      evidence: { source: 'staleCache', ageSeconds: expect.closeTo(402, -0.7) },
      warnings: [{ reason: 'upstreamUnavailable' }],
    });
    expect(await decide(second)).toMatchObject({ outcome: 'Error', reason: 'upstreamUnavailable' });
    simulator.world.faults.length = 0;
    expect(await decide(first)).toMatchObject({ evidence: { source: 'graph', ageSeconds: 0 }, warnings: [] });
    breakGraph(UNAVAILABLE);
    aheadMs += 900_000;
    expect(await decide(first)).toMatchObject({ outcome: 'Error', reason: 'upstreamUnavailable' });
  });

  test('opens the circuit: no more calls, answers at once; it closes by itself', async () => {
    await Promise.all(devices.slice(0, 10).map((id) => decide(id)));
    breakGraph(UNAVAILABLE);
    aheadMs = 400_000;
    await Promise.all([...simulator.world.devices.keys()].slice(-40).map((id) => decide(id)));
    const before = callsTo('managedDevice');
    const startedAt = Date.now();
    const decisions = await Promise.all(devices.slice(0, 10).map((id) => decide(id)));
    expect(Date.now() - startedAt).toBeLessThan(500);
    expect(decisions.every(({ evidence }) => evidence.source === 'staleCache')).toBe(true);
    expect(callsTo('managedDevice')).toBe(before);
    simulator.world.faults.length = 0;
    aheadMs += 10_000;
    expect(await decide(devices[0] ?? '')).toMatchObject({ evidence: { source: 'graph' } });
    expect(await decide(devices[1] ?? '')).toMatchObject({ evidence: { source: 'graph' } });
  }, 30_000);

  test('a 429 keeps everybody away until its time, with old answers meanwhile', async () => {
    await decide(first);
    breakGraph({ kind: 'status', status: 429, retryAfter: '60' });
    aheadMs = 400_000;
    expect(await decide(first)).toMatchObject({
      evidence: { source: 'staleCache' },
      warnings: [{ reason: 'throttled' }],
    });
    simulator.world.faults.length = 0;
    expect(await decide(second)).toMatchObject({
      outcome: 'Error',
      reason: 'throttled',
      retryAfterSeconds: 60,
    });
    expect(callsTo('managedDevice')).toBe(2);
    aheadMs += 60_000;
    expect(await decide(second)).toMatchObject({ outcome: 'Compliant' });
  });

  test('a permission that was taken away is none: no old answer', async () => {
    await decide(first);
    breakGraph({ kind: 'status', status: 403 });
    aheadMs = 400_000;
    expect(await decide(first)).toMatchObject({ outcome: 'Error', reason: 'permissionMissing' });
  });

  test('after it, nothing is left to forget on request', async () => {
    await decide(first);
    breakGraph({ kind: 'status', status: 429, retryAfter: '60' });
    await decide(second);
    simulator.world.faults.length = 0;
    gate.forget();
    expect(await decide(second)).toMatchObject({ outcome: 'Compliant', evidence: { source: 'graph' } });
    expect(await decide(first)).toMatchObject({ evidence: { source: 'graph' } });
  });
});
