import type { Experiment } from '../figure.ts';
import type { LoadResult } from '../load/loadPlan.ts';

const DECISIONS = 10_000;
/** Long enough for all of them to arrive while the first one waits, and within the deadline of a decision. */
const LATENCY_MS = 3_000;

/** Everybody asks about one device that nobody knows, at the same moment: one connection each, all of them open beforehand. */
export const stampede: Experiment = {
  figures: [
    {
      name: 'stampedeCalls',
      meaning: '10,000 simultaneous decisions for one device never seen: calls about it',
      target: { atMost: 1 },
      form: 'whole',
    },
    {
      name: 'stampedeAnswered',
      meaning: 'the same 10,000: right answers within the deadline',
      target: { atLeast: DECISIONS },
      form: 'whole',
    },
  ],
  async run(lab) {
    const gate = await lab.startGate();
    const ask = (requests: number): Promise<LoadResult> =>
      lab.load.run({
        origin: gate.origin,
        apiKey: lab.apiKey,
        connections: requests,
        devices: gate.takeDevices(1),
        order: 'again',
        most: { requests, seconds: 30 },
        connectFirst: true,
      });
    // About another device: the token and the code are there before the storm.
    await lab.simulator.setLatency(0);
    for (let round = 0; round < 10; round += 1) await ask(100);
    await lab.simulator.clearCounts();
    await lab.simulator.setLatency(LATENCY_MS);
    const load = await ask(DECISIONS);
    const counts = await lab.simulator.counts();
    await lab.simulator.setLatency(0);
    await gate.stop();
    const others = Object.entries(load.others).map(([what, times]) => `${times} times ${what}`);
    return {
      values: {
        stampedeCalls: counts.managedDevice + counts.managedDevices,
        stampedeAnswered: load.compliant,
      },
      series: [],
      notes: others.length === 0 ? [] : [`Of 10,000 simultaneous decisions: ${others.join(', ')}.`],
    };
  },
};
