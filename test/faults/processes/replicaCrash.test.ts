import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fleetDevice, fleetId } from '../../../src/simulator/fleet.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { createGateFolder, type GateFolder } from '../../cli/gateFolder.ts';
import { createBalancer } from './balancer.ts';
import { createReplica, type Replica } from './replica.ts';

const DEVICES = 500;
const CLIENTS = 32;

let simulator: Simulator;
let folder: GateFolder;
let replicas: readonly Replica[];

beforeAll(async () => {
  simulator = await startSimulator({ world: createWorld({ now: Date.now, fleetSize: DEVICES }) });
  folder = createGateFolder();
  // Answers live for a second, so that Microsoft is asked while replicas come and go.
  const changes = { answers: { compliantSeconds: 1, otherSeconds: 1 } };
  replicas = await Promise.all(
    ['one', 'two'].map((name) => createReplica({ name, simulator, folder, changes })),
  );
  await Promise.all(replicas.map((replica) => replica.start()));
}, 60_000);
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await simulator.close();
  folder.remove();
});

test('replicas that are killed and restarted under load lose the calls under way at most, and nobody answers wrongly', async () => {
  const isCompliant = Array.from(
    { length: DEVICES },
    (_, index) => fleetDevice(index + 1, simulator.world).properties.complianceState === 'compliant',
  );
  const balancer = createBalancer(
    replicas.map(({ origin }) => origin),
    CLIENTS,
  );
  const ending = new AbortController();
  let asked = 0;
  let lost = 0;
  const wrong: string[] = [];
  const client = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const index = (asked += 1) % DEVICES;
      const answer = await balancer.decide(fleetId('c', index + 1));
      if (answer === undefined) lost += 1;
      // An error that Intune itself reports of a device is an answer like any other.
      else if (answer.outcome === 'Error' && answer.reason !== 'deviceComplianceError')
        wrong.push(answer.reason);
      else if ((answer.outcome === 'Compliant') !== isCompliant[index])
        wrong.push(`${index} ${answer.outcome}`);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  let kills = 0;
  try {
    for (const replica of [...replicas, ...replicas]) {
      await delay(500);
      await replica.kill();
      kills += 1;
      await delay(500);
      await replica.start();
    }
    await delay(500);
  } finally {
    ending.abort();
    await Promise.all(clients);
    await balancer.close();
  }
  const underWay = balancer.underWayAtLoss.reduce((sum, count) => sum + count, 0);
  process.stderr.write(
    `replicas: ${asked} decisions, ${kills} kills, ${lost} lost of ${underWay} under way, ${wrong.length} wrong\n`,
  );
  expect(wrong).toEqual([]);
  expect(lost).toBeLessThanOrEqual(underWay);
  expect(underWay).toBeLessThanOrEqual(kills * CLIENTS);
  expect(asked).toBeGreaterThan(1_000);
}, 120_000);
