import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FleetFollower } from '../../src/answers/fleet/fleetFollower.ts';
import { createLiveGate, type LiveGate } from '../../src/cli/liveGate.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';

let simulator: Simulator;
let folder: GateFolder;
let live: LiveGate;

beforeEach(async () => {
  simulator = await startSimulator({ world: createWorld({ now: Date.now, fleetSize: 1_500 }) });
  folder = createGateFolder();
});
afterEach(async () => {
  await live.close();
  await simulator.close();
  folder.remove();
});

function write(follow: object | undefined, node: Record<string, unknown> = {}): string {
  const tenant = simulatedTenant(simulator, folder);
  return folder.config(configWith(follow === undefined ? tenant : { ...tenant, follow }, node));
}

function open(follow: object | undefined): void {
  const file = write(follow);
  const load = () => loadConfig(file, {});
  live = createLiveGate({ config: load(), load, logger: createLogger('silent') });
}

const follower = (): FleetFollower | undefined => live.current().followers.get('default');
const untilListed = async (): Promise<void> => {
  await vi.waitFor(() => expect(follower()?.progress().lastAll).toBeDefined(), { timeout: 15_000 });
};
const pages = (): number =>
  simulator.requests().filter(({ endpoint }) => endpoint === 'managedDevices').length;

describe('followers of a running gate', () => {
  test('are none where nothing is said', () => {
    open(undefined);
    expect(live.current().followers.size).toBe(0);
  });

  test('begin with the gate, stay when something else changes, and end with it', async () => {
    open({});
    await untilListed();
    const before = follower();
    write({}, { outcomes: { deviceNotFound: 'Error' } });
    expect(live.reload()).toBe(true);
    expect(follower()).toBe(before);
    expect(pages()).toBe(2);
    await live.close();
    expect(before?.progress().is).toBe('stopped');
  });

  test('are replaced, one after the other, when what they depend on changes', async () => {
    open({});
    await untilListed();
    const before = follower();
    write({ everySeconds: 30 }, { saveDeviceProperties: ['model'] });
    expect(live.reload()).toBe(true);
    expect(follower()).not.toBe(before);
    await untilListed();
    expect(before?.progress().is).toBe('stopped');
    expect(pages()).toBe(4);
    expect(simulator.requests().at(-1)?.query).toContain('model');
  });

  test('end when nothing is followed any more', async () => {
    open({});
    const before = follower();
    write(undefined);
    expect(live.reload()).toBe(true);
    await vi.waitFor(() => expect(before?.progress().is).toBe('stopped'), { timeout: 5_000 });
    expect(live.current().followers.size).toBe(0);
  });
});
