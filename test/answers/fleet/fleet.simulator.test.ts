import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FleetFollower } from '../../../src/answers/fleet/fleetFollower.ts';
import { composeGate, type Gate } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { createLogger } from '../../../src/http/logging.ts';
import type { Decision } from '../../../src/node/decision.ts';
import { fleetId } from '../../../src/simulator/fleet.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import {
  API_KEY_SHA256,
  configWith,
  createGateFolder,
  simulatedTenant,
  type GateFolder,
} from '../../cli/gateFolder.ts';
import { heapBytes } from './heapBytes.ts';

const DEVICES = 100_000;

/** A gate in front of a simulated tenant with a hundred thousand devices. */
let simulator: Simulator;
let folder: GateFolder;
let gate: Gate;

beforeAll(async () => {
  simulator = await startSimulator({ world: createWorld({ now: Date.now, fleetSize: DEVICES }) });
  folder = createGateFolder();
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});
beforeEach(() => {
  simulator.clearRequests();
  const { tenants } = configWith({ ...simulatedTenant(simulator, folder), follow: {} });
  const config = folder.config({
    tenants,
    nodes: {
      default: { deviceId: [{ source: 'header', from: ['journeys'] }] },
      entra: { deviceId: [{ source: 'header', from: ['journeys'], idKind: 'entra' }] },
    },
    callers: [{ name: 'journeys', apiKeySha256: [API_KEY_SHA256], nodes: ['default', 'entra'] }],
    // All states count as long here, so that none of them ends meanwhile.
    answers: { entries: 250_000, otherSeconds: 300 },
  });
  gate = composeGate(loadConfig(config, {}), { logger: createLogger('silent') });
});
afterEach(async () => {
  simulator.world.faults.length = 0;
  await gate.close();
});

function follower(): FleetFollower {
  const found = gate.followers.get('default');
  if (found === undefined) throw new Error('nobody follows');
  return found;
}

async function decide(id: string, name: 'default' | 'entra'): Promise<Decision> {
  const node = gate.nodes.get(name);
  if (node === undefined) throw new Error('no such node');
  const { decision } = await node.decide({
    caller: 'journeys',
    headers: [['x-intune', `CN=${id}`]],
    peerAddress: undefined,
    sharedState: {},
  });
  return decision;
}

const deviceCalls = (): number =>
  simulator.requests().filter(({ endpoint }) => endpoint !== 'token' && endpoint !== 'discovery').length;

describe('a hundred thousand devices', () => {
  test('are known after at most 110 calls and take at most 100 MB; then decisions call nobody', async () => {
    const before = await heapBytes();
    follower().start();
    await vi.waitFor(() => expect(follower().progress().lastAll).toBeDefined(), {
      timeout: 60_000,
      interval: 50,
    });
    const { lastAll, withoutRoom, failures } = follower().progress();
    await follower().stop();
    const bytes = (await heapBytes()) - before;
    const calls = deviceCalls();
    expect(calls).toBeLessThanOrEqual(110);
    expect(lastAll?.devices).toBe(DEVICES + simulator.world.devices.size);
    expect({ withoutRoom, failures }).toEqual({ withoutRoom: 0, failures: 0 });
    expect(bytes).toBeLessThanOrEqual(100e6);
    simulator.clearRequests();
    for (let number = 1; number <= DEVICES; number += 97) {
      const [id, entraId] = [fleetId('c', number), fleetId('a', number)];
      const [one, other] = [await decide(id, 'default'), await decide(entraId, 'entra')];
      expect([one.evidence.source, one.deviceId]).toEqual(['cache', id]);
      expect([other.evidence.source, other.deviceId, other.outcome]).toEqual(['cache', entraId, one.outcome]);
    }
    expect(deviceCalls()).toBe(0);
  }, 90_000);
});
