import type { Experiment } from '../figure.ts';

const DECISIONS = 1_000;
const DEVICES = 100;
const COLD_DEVICES = 2_000;

/** How many calls to Microsoft some decisions take. Counted by the simulator, not by the gate. */
export const upstreamCalls: Experiment = {
  figures: [
    {
      name: 'deviceCallsPerThousandOver100',
      meaning: '1,000 decisions over 100 devices within a lifetime: calls about devices',
      target: { atMost: 100 },
      form: 'whole',
    },
    {
      name: 'tokensPerThousandOver100',
      meaning: 'the same 1,000 decisions: tokens',
      target: { atMost: 1 },
      form: 'whole',
    },
    {
      name: 'callsPerColdDevice',
      meaning: 'devices never seen: calls about devices for each',
      target: { atMost: 1 },
    },
    {
      name: 'simulatorCpuPerCall',
      meaning: 'CPU time of the simulator for one such call, microseconds: it stands on the same cores',
    },
  ],
  async run(lab) {
    const gate = await lab.startGate();
    await lab.simulator.setLatency(0);
    await lab.simulator.clearCounts();
    const again = await lab.load.run({
      origin: gate.origin,
      apiKey: lab.apiKey,
      connections: 10,
      devices: gate.takeDevices(DEVICES),
      order: 'again',
      most: { requests: DECISIONS, seconds: 30 },
    });
    const few = await lab.simulator.counts();

    await lab.simulator.clearCounts();
    const cpuBefore = await lab.simulator.cpuMicroseconds();
    const once = await lab.load.run({
      origin: gate.origin,
      apiKey: lab.apiKey,
      connections: 64,
      devices: gate.takeDevices(COLD_DEVICES),
      order: 'once',
      most: { requests: COLD_DEVICES, seconds: 30 },
    });
    const simulatorCpu = (await lab.simulator.cpuMicroseconds()) - cpuBefore;
    const many = await lab.simulator.counts();
    await gate.stop();

    const right = again.compliant + once.compliant;
    if (right !== DECISIONS + COLD_DEVICES) {
      throw new Error(`${right} of ${DECISIONS + COLD_DEVICES} answers were right`);
    }
    return {
      values: {
        deviceCallsPerThousandOver100: few.managedDevice + few.managedDevices,
        tokensPerThousandOver100: few.token,
        callsPerColdDevice: (many.managedDevice + many.managedDevices) / COLD_DEVICES,
        simulatorCpuPerCall: simulatorCpu / many.managedDevice,
      },
      series: [],
    };
  },
};
