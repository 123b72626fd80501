import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deviceIds } from '../../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { createGateFolder, type GateFolder } from '../../cli/gateFolder.ts';
import { createBalancer } from './balancer.ts';
import { createReplica, type Replica } from './replica.ts';

const STORM = 50_000;
/** At once; each asks again when it has its answer. */
const CONNECTIONS = 1_000;
const WAITING = 200;
const DEADLINE_MS = 30_000;
const MOST_GROWTH_MIB = 200;

let simulator: Simulator;
let folder: GateFolder;
let gate: Replica;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  gate = await createReplica({
    name: 'gate',
    simulator,
    folder,
    changes: { limits: { concurrentDecisions: WAITING } },
    node: { deadlineMs: DEADLINE_MS },
  });
  await gate.start();
}, 60_000);
afterAll(async () => {
  await gate.stop();
  await simulator.close();
  folder.remove();
});

test('50,000 decisions about devices nobody knows, on a Microsoft that hangs, are shed; what is known is decided meanwhile', async () => {
  const storm = createBalancer([gate.origin], CONNECTIONS);
  const known = createBalancer([gate.origin], 1);
  await known.decide(deviceIds.compliant);
  simulator.world.faults.push({ id: 'hang', match: { endpoint: 'managedDevice' }, fault: { kind: 'hang' } });
  const before = residentMiB(gate.program().pid);
  simulator.clearRequests();

  const reasons: Record<string, number> = {};
  let asked = 0;
  const over = new AbortController();
  const attack = async (): Promise<void> => {
    while (asked < STORM) {
      const answer = await storm.decide(
        `dddddddd-0000-4000-8000-${(asked += 1).toString().padStart(12, '0')}`,
      );
      const reason = answer?.reason ?? 'lost';
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  };
  let highest = before;
  const latencies: number[] = [];
  const sources = new Set<string | null>();
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const answer = await known.decide(deviceIds.compliant);
      latencies.push(performance.now() - startedAt);
      sources.add(answer?.outcome === 'Compliant' ? answer.evidence.source : 'not Compliant');
      highest = Math.max(highest, residentMiB(gate.program().pid));
      await delay(20);
    }
  };
  const watching = watch();
  await Promise.all(Array.from({ length: CONNECTIONS }, attack)).finally(() => over.abort());
  await watching;
  await Promise.all([storm.close(), known.close()]);

  const sorted = latencies.toSorted((a, b) => a - b);
  const told = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  const calls = simulator.requests().filter(({ endpoint }) => endpoint === 'managedDevice').length;
  process.stderr.write(
    `storm: ${told.join(', ')}; ${calls} upstream calls; memory grew by ${(highest - before).toFixed(0)} MiB; ` +
      `from memory ${sorted.length} decisions, median ${(sorted[sorted.length >> 1] ?? 0).toFixed(0)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms\n`,
  );
  expect(Object.keys(reasons).toSorted()).toEqual(['overloaded', 'timeout']);
  expect(reasons['overloaded']).toBeGreaterThan(STORM / 2);
  expect([...sources]).toEqual(['cache']);
  expect(calls).toBeLessThanOrEqual(WAITING * 4);
  expect(highest - before).toBeLessThan(MOST_GROWTH_MIB);
}, 300_000);

/** Memory of a process as Linux counts it; 0 elsewhere, where it is not looked at. */
function residentMiB(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096) / 1_048_576;
  } catch {
    return 0;
  }
}
