import type { Experiment } from '../figure.ts';

/** Asked about before the first look, so that what every process needs is not counted as the devices'. */
const FIRST_DEVICES = 2_000;

/** How much larger the heap is for each device the gate has been asked about. */
export const memoryPerDevice: Experiment = {
  figures: [
    {
      name: 'bytesPerDevice',
      meaning: 'memory for one device that was asked about, bytes (100 MB for 100,000)',
      target: { atMost: 1_000 },
      form: 'whole',
    },
  ],
  async run(lab, effort) {
    const gate = await lab.startGate();
    await lab.simulator.setLatency(0);
    const askAbout = async (count: number): Promise<void> => {
      const load = await lab.load.run({
        origin: gate.origin,
        apiKey: lab.apiKey,
        connections: 64,
        devices: gate.takeDevices(count),
        order: 'once',
        most: { requests: count, seconds: 120 },
      });
      if (load.compliant !== count) throw new Error(`${load.compliant} of ${count} answers were right`);
    };
    await askAbout(FIRST_DEVICES);
    const before = await gate.heapBytes();
    await askAbout(effort.heldDevices);
    const after = await gate.heapBytes();
    await gate.stop();
    return { values: { bytesPerDevice: (after - before) / effort.heldDevices }, series: [] };
  },
};
