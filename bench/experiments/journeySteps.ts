import type { Experiment, Span } from '../figure.ts';
import { BENCH_JOURNEY } from '../lab/journeysConfig.ts';
import type { Server } from '../lab/lab.ts';
import { measureRun, medianRatio, type PlanFor, type Run } from '../lab/measure.ts';
import { median } from '../lab/median.ts';

const CONNECTIONS = 32;
const DEVICES = 1_000;
/** Each signs in once in a run, and once at all: a code works once. */
const PEOPLE_OF_A_RUN = 500;

/** The documented journey of a compliant device: start, name and password, one-time code. */
export const journeySteps: Experiment = {
  figures: [
    {
      name: 'journeyStepVsFastify',
      meaning: 'step of the documented journey, against a bare Fastify handler, by CPU time of the server',
    },
    { name: 'journeyStepVsFastifyThroughput', meaning: 'the same by throughput' },
    { name: 'journeyStepsPerSecond', meaning: 'steps of the documented journey in a second', form: 'whole' },
    {
      name: 'journeyStepMicroseconds',
      meaning: 'CPU time of the server for one of them, microseconds',
      form: 'whole',
    },
  ],
  async run(lab, effort) {
    const gate = await lab.startJourneyGate(PEOPLE_OF_A_RUN * effort.rounds);
    const fastify = await lab.startReference('fastify');
    const devices = { first: 0, count: DEVICES };
    const decisions =
      (most: Span): PlanFor =>
      () => ({ connections: CONNECTIONS, devices, order: 'again', most });
    const journeys =
      (most: Span, first: number, withCode: boolean): PlanFor =>
      () => ({
        connections: CONNECTIONS,
        devices,
        order: 'again',
        most,
        journey: { ...BENCH_JOURNEY, people: { first, count: PEOPLE_OF_A_RUN }, withCode },
      });
    // Nobody gives a code before it counts.
    await measureRun(lab, gate, journeys(effort.warmUp, 0, false));
    await measureRun(lab, fastify, decisions(effort.warmUp));
    const runs = new Map<Server, Run[]>([
      [gate, []],
      [fastify, []],
    ]);
    for (let round = 0; round < effort.rounds; round += 1) {
      runs.get(gate)?.push(await measureRun(lab, gate, journeys(effort.run, round * PEOPLE_OF_A_RUN, true)));
      runs.get(fastify)?.push(await measureRun(lab, fastify, decisions(effort.run)));
    }
    await gate.stop();
    const load = `${CONNECTIONS} connections, the documented journey`;
    const [ours, reference] = [gate, fastify].map((server) => ({
      load:
        server === gate
          ? `${load}, by step`
          : `${CONNECTIONS} connections, ${DEVICES} devices again and again`,
      server: server.title,
      runs: runs.get(server) ?? [],
    }));
    return {
      values: {
        journeyStepVsFastify: medianRatio(
          ours,
          reference,
          (one, other) => other.cpuMicroseconds / one.cpuMicroseconds,
        ),
        journeyStepVsFastifyThroughput: medianRatio(
          ours,
          reference,
          (one, other) => one.perSecond / other.perSecond,
        ),
        journeyStepsPerSecond: median(ours?.runs.map(({ perSecond }) => perSecond) ?? []),
        journeyStepMicroseconds: median(ours?.runs.map(({ cpuMicroseconds }) => cpuMicroseconds) ?? []),
      },
      series: [ours, reference].filter((one) => one !== undefined),
      notes: [
        'The people of the journey have passwords that are hashed as cheaply as can be; a usual hash adds what it is meant to add, some ten milliseconds for each login.',
      ],
    };
  },
};
