import { parseArgs } from 'node:util';
import type { Effort } from './figure.ts';

export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  /** The one figure that is wanted. */
  readonly only: string | undefined;
  /** Folder of the built program that is measured. */
  readonly built: string;
  readonly effort: Effort;
}

export const BENCH_HELP = `Usage: npm run bench -- [--quick] [--json] [--only FIGURE] [--built FOLDER]

Measures the built gate against references and writes docs/benchmarks.md.

--quick         less of everything, within 90 seconds; does not write docs/benchmarks.md
--json          print one line of JSON instead of a table
--only FIGURE   only the experiment this figure comes from; does not write docs/benchmarks.md
--built FOLDER  measure another build of the gate, to compare two of them; default dist

A missed target is marked, and is no failure: the exit code is 0. It is 1 if a figure could not be measured, 2 for a wrong option.
`;

const FULL: Effort = {
  rounds: 3,
  run: { requests: Number.MAX_SAFE_INTEGER, seconds: 5 },
  warmUp: { requests: 20_000, seconds: 10 },
  limitSeconds: 3_600,
  heldDevices: 50_000,
  fleets: [25_000, 50_000, 100_000],
};
const QUICK: Effort = {
  rounds: 3,
  run: { requests: Number.MAX_SAFE_INTEGER, seconds: 0.8 },
  warmUp: { requests: 20_000, seconds: 1.5 },
  limitSeconds: 55,
  heldDevices: 6_000,
  fleets: [10_000, 100_000],
};

/** @throws TypeError for what is no option */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      built: { type: 'string', default: 'dist' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick, json, only, built } = values;
  return { quick, json, only, built, effort: quick ? QUICK : FULL };
}
