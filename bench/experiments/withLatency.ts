import type { Experiment, Span } from '../figure.ts';
import { measureInTurn, medianRatio, type PlanFor } from '../lab/measure.ts';
import { median } from '../lab/median.ts';

const LATENCY_MS = 50;
const IN_FLIGHT = 256;
/** More cannot be answered: everything in flight waits for Microsoft the whole time. */
const BOUND_PER_SECOND = IN_FLIGHT / (LATENCY_MS / 1000);

/** Microsoft takes its time, and nobody knows the devices: how much of the waiting goes on at once. */
export const withLatency: Experiment = {
  figures: [
    {
      name: 'shareOfLatencyBound',
      meaning: `${IN_FLIGHT} in flight, ${LATENCY_MS} ms upstream: share of the ${BOUND_PER_SECOND} per second that waiting allows`,
      target: { atLeast: 0.9 },
    },
    { name: 'latencyVsGraphClient', meaning: 'the same load, throughput against the gate with graph-client' },
    {
      name: 'latencyVsPingReplica',
      meaning: "the same load, throughput against the replica of Ping's calls",
    },
  ],
  async run(lab, effort) {
    const servers = await Promise.all([
      lab.startGate(),
      lab.startReference('graphClient'),
      lab.startReference('pingReplica'),
    ]);
    const plan =
      (most: Span): PlanFor =>
      (server) => ({
        connections: IN_FLIGHT,
        devices: server.takeDevices(Math.min(most.requests, Math.ceil(most.seconds * BOUND_PER_SECOND))),
        order: 'once',
        most,
      });
    await lab.simulator.setLatency(LATENCY_MS);
    const series = await measureInTurn(lab, {
      load: `${IN_FLIGHT} connections, every device once, ${LATENCY_MS} ms upstream`,
      servers,
      plan: plan(effort.run),
      warmUp: plan(effort.warmUp),
      rounds: effort.rounds,
    });
    await lab.simulator.setLatency(0);
    await servers[0].stop();
    const [gate, graphClient, pingReplica] = series;
    const cpu = median((gate?.runs ?? []).map((run) => run.cpuMicroseconds));
    return {
      values: {
        shareOfLatencyBound: median((gate?.runs ?? []).map((run) => run.perSecond / BOUND_PER_SECOND)),
        latencyVsGraphClient: medianRatio(gate, graphClient, (one, other) => one.perSecond / other.perSecond),
        latencyVsPingReplica: medianRatio(gate, pingReplica, (one, other) => one.perSecond / other.perSecond),
      },
      series,
      notes: [
        `With ${LATENCY_MS} ms upstream the gate used ${Math.round(cpu)} µs of CPU time per decision, so that one core is good for ${Math.round(1e6 / cpu).toLocaleString('en')} a second; waiting allows ${BOUND_PER_SECOND.toLocaleString('en')}.`,
      ],
    };
  },
};
