import type { Experiment, Span } from '../figure.ts';
import { measureInTurn, medianRatio, type PlanFor } from '../lab/measure.ts';

const CONNECTIONS = 64;
const DEVICES = 1_000;

/** The same devices again and again, all of them known after the first second: what a decision costs when nobody is asked. */
export const fromMemory: Experiment = {
  figures: [
    {
      name: 'memoryVsFastify',
      meaning:
        'decision from memory, against a bare Fastify handler: the worse of CPU time per decision and throughput',
      target: { atLeast: 0.6 },
    },
    { name: 'memoryVsFastifyCpu', meaning: 'the same by CPU time of the server per decision' },
    { name: 'memoryVsFastifyThroughput', meaning: 'the same by throughput' },
    {
      name: 'memoryP99VsFastify',
      meaning: '99th percentile of latency, times that of the bare Fastify handler',
      target: { atMost: 3 },
    },
    { name: 'memoryVsNodeHttpCpu', meaning: 'the same decision against node:http alone, by CPU time' },
  ],
  async run(lab, effort) {
    const servers = await Promise.all([
      lab.startGate(),
      lab.startReference('fastify'),
      lab.startReference('nodeHttp'),
    ]);
    const plan =
      (most: Span): PlanFor =>
      () => ({
        connections: CONNECTIONS,
        devices: { first: 0, count: DEVICES },
        order: 'again',
        most,
      });
    const series = await measureInTurn(lab, {
      load: `${CONNECTIONS} connections, ${DEVICES} devices again and again`,
      servers,
      plan: plan(effort.run),
      // The shortest times here need the warmest code.
      warmUp: plan({ ...effort.warmUp, seconds: effort.warmUp.seconds * 3 }),
      rounds: effort.rounds,
    });
    await servers[0].stop();
    const [gate, fastify, nodeHttp] = series;
    const byCpu = medianRatio(gate, fastify, (one, other) => other.cpuMicroseconds / one.cpuMicroseconds);
    const byThroughput = medianRatio(gate, fastify, (one, other) => one.perSecond / other.perSecond);
    return {
      values: {
        memoryVsFastify: Math.min(byCpu, byThroughput),
        memoryVsFastifyCpu: byCpu,
        memoryVsFastifyThroughput: byThroughput,
        memoryP99VsFastify: medianRatio(
          gate,
          fastify,
          (one, other) => one.load.latencyMs.p99 / other.load.latencyMs.p99,
        ),
        memoryVsNodeHttpCpu: medianRatio(
          gate,
          nodeHttp,
          (one, other) => other.cpuMicroseconds / one.cpuMicroseconds,
        ),
      },
      series,
    };
  },
};
