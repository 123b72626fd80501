import type { Series } from '../lab/measure.ts';
import { median } from '../lab/median.ts';

/** A server under one kind of load, as a row of text. */
export interface SeriesRow {
  readonly load: string;
  readonly server: string;
  readonly perSecond: string;
  readonly cpu: string;
  readonly p50: string;
  readonly p99: string;
  readonly generator: string;
}

/** Above this share of a core the generator has hardly anything left, and throughput says more about it than about the server. */
const BUSY_GENERATOR = 0.9;

/** The medians of each series, with the spread of what matters most. */
export function seriesRows(series: readonly Series[]): readonly SeriesRow[] {
  return series.map(({ load, server, runs }) => {
    const middle = (read: (run: Series['runs'][number]) => number): number => median(runs.map(read));
    const cpus = runs.map((run) => run.cpuMicroseconds);
    const share = middle((run) => run.load.generatorShare);
    return {
      load,
      server,
      perSecond: Math.round(middle((run) => run.perSecond)).toLocaleString('en'),
      cpu: `${Math.round(median(cpus))} (${Math.round(Math.min(...cpus))}–${Math.round(Math.max(...cpus))})`,
      p50: middle((run) => run.load.latencyMs.p50).toFixed(1),
      p99: middle((run) => run.load.latencyMs.p99).toFixed(1),
      generator: `${share.toFixed(2)}${share > BUSY_GENERATOR ? ', the bottleneck' : ''}`,
    };
  });
}
