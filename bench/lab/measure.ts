import type { LoadPlan, LoadResult } from '../load/loadPlan.ts';
import type { Lab, Server } from './lab.ts';
import { median } from './median.ts';

/** One run against one server. */
export interface Run {
  readonly perSecond: number;
  /** CPU time of the server for one decision. */
  readonly cpuMicroseconds: number;
  readonly load: LoadResult;
}

/** The runs of one server under one kind of load, for the table of what was measured. */
export interface Series {
  readonly load: string;
  readonly server: string;
  readonly runs: readonly Run[];
}

export type PlanFor = (server: Server) => Omit<LoadPlan, 'origin' | 'apiKey'>;

/** @throws Error if an answer was not the right one: a server that answers wrongly is not fast */
export async function measureRun(lab: Lab, server: Server, plan: PlanFor): Promise<Run> {
  const before = await server.cpuMicroseconds();
  const load = await lab.load.run({ ...plan(server), origin: server.origin, apiKey: lab.apiKey });
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / load.requests;
  server.clearLog();
  if (load.compliant !== load.requests || load.requests === 0) {
    throw new Error(
      `${server.title}: ${load.compliant} of ${load.requests} answers were right (${JSON.stringify(load.others)})`,
    );
  }
  return { perSecond: load.requests / load.seconds, cpuMicroseconds, load };
}

/** Runs in turn, A B C A B C …, after one of each that is not counted: what drifts, drifts for all of them. */
export async function measureInTurn(
  lab: Lab,
  options: {
    readonly load: string;
    readonly servers: readonly Server[];
    readonly plan: PlanFor;
    readonly warmUp: PlanFor;
    readonly rounds: number;
  },
): Promise<readonly Series[]> {
  const runs = new Map<Server, Run[]>(options.servers.map((server) => [server, []]));
  for (const server of options.servers) await measureRun(lab, server, options.warmUp);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [server, done] of runs) done.push(await measureRun(lab, server, options.plan));
  }
  return [...runs].map(([server, done]) => ({ load: options.load, server: server.title, runs: done }));
}

/** The median of what came of each round: `pair` sees the runs of the two that were next to each other in time. */
export function medianRatio(
  one: Series | undefined,
  other: Series | undefined,
  pair: (one: Run, other: Run) => number,
): number {
  return median(
    (one?.runs ?? []).flatMap((run, round) => {
      const against = other?.runs[round];
      return against === undefined ? [] : [pair(run, against)];
    }),
  );
}
