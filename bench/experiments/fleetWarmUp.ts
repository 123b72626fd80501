import { setTimeout as delay } from 'node:timers/promises';
import type { Experiment } from '../figure.ts';
import type { Lab, Server } from '../lab/lab.ts';

const DECISIONS = 1_000;
const LONGEST_WARM_UP_MS = 60_000;

/** A gate that lists all devices beforehand: what that costs, what it takes, and what decisions cost then. */
export const fleetWarmUp: Experiment = {
  figures: [
    {
      name: 'warmCallsPer100k',
      meaning: 'devices listed beforehand: calls for 100,000 of them',
      target: { atMost: 110 },
      form: 'whole',
    },
    {
      name: 'warmBytesPerDevice',
      meaning: 'memory for one device listed beforehand, known by both its ids, bytes (100 MB for 100,000)',
      target: { atMost: 1_000 },
      form: 'whole',
    },
    {
      name: 'warmGrowth',
      meaning:
        'memory for the devices of the largest fleet, over that of as many of the smaller ones: 1 is linear',
      target: { atMost: 1.15 },
    },
    {
      name: 'callsAfterWarmUp',
      meaning: '1,000 decisions about listed devices: calls about devices',
      target: { atMost: 0 },
      form: 'whole',
    },
    { name: 'warmSeconds', meaning: 'from the first page of the largest fleet to the last, seconds' },
  ],
  async run(lab, { fleets }) {
    const runs: Run[] = [];
    for (const devices of [0, ...fleets]) runs.push(await warmUp(lab, devices));
    const [empty, ...filled] = runs;
    const largest = runs.at(-1);
    if (empty === undefined || largest === undefined || largest === empty)
      throw new Error('there is no fleet');
    const bytesPerDevice = filled.map(
      (run) => (run.heapBytes - empty.heapBytes) / (run.devices - empty.devices),
    );
    const ofLargest = bytesPerDevice.at(-1) ?? Number.NaN;
    const ofOthers = bytesPerDevice.slice(0, -1);
    return {
      values: {
        warmCallsPer100k: (largest.calls * 100_000) / largest.devices,
        warmBytesPerDevice: ofLargest,
        warmGrowth: ofLargest / Math.min(...ofOthers),
        callsAfterWarmUp: largest.callsAfter,
        warmSeconds: largest.seconds,
      },
      series: [],
    };
  },
};

interface Run {
  readonly devices: number;
  readonly calls: number;
  readonly heapBytes: number;
  readonly seconds: number;
  readonly callsAfter: number;
}

async function warmUp(lab: Lab, fleet: number): Promise<Run> {
  const { gate, simulator } = await lab.startFollowingGate(fleet);
  const { devices, durationMs } = await untilListed(gate);
  if (devices < fleet) throw new Error(`${devices} of ${fleet} devices were listed`);
  const heapBytes = await gate.heapBytes();
  const { managedDevices } = await simulator.counts();
  await simulator.clearCounts();
  if (fleet > 0) await decideFromMemory(lab, gate);
  const after = await simulator.counts();
  await gate.stop();
  await simulator.stop();
  return {
    devices,
    calls: managedDevices,
    heapBytes,
    seconds: durationMs / 1_000,
    callsAfter: after.managedDevice + after.managedDevices,
  };
}

async function decideFromMemory(lab: Lab, gate: Server): Promise<void> {
  const load = await lab.load.run({
    origin: gate.origin,
    apiKey: lab.apiKey,
    connections: 10,
    devices: gate.takeDevices(DECISIONS),
    order: 'once',
    most: { requests: DECISIONS, seconds: 30 },
  });
  if (load.compliant !== DECISIONS) throw new Error(`${load.compliant} of ${DECISIONS} answers were right`);
}

/** The gate says so itself, in its log. */
async function untilListed(gate: Server): Promise<{ readonly devices: number; readonly durationMs: number }> {
  const latest = Date.now() + LONGEST_WARM_UP_MS;
  while (Date.now() < latest) {
    const line = /^\{.*"kind":"all".*"msg":"devices listed".*\}$/m.exec(gate.logTail())?.[0];
    if (line !== undefined) return JSON.parse(line) as { devices: number; durationMs: number };
    await delay(50);
  }
  throw new Error('the devices were not listed in time');
}
