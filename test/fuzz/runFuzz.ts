import type { FuzzTarget } from './fuzzTarget.ts';
import { createRandom } from './random.ts';

/** Longest that one input may take. */
export const LONGEST_MS = 50;
/** Times a slow input is tried again before it is called slow: most slowness is the machine's. */
const RETRIES = 5;
const MOST_FAILURES = 20;

export interface FuzzFailure {
  readonly target: string;
  readonly wrong: string;
  /** Base64. */
  readonly input: string;
}

export interface TargetFigures {
  readonly inputs: number;
  /** Of the slowest input, tried again alone where it seemed slow. */
  readonly slowestMs: number;
  /** Base64; empty if there was no input. */
  readonly slowestInput: string;
}

export interface FuzzReport {
  readonly targets: Readonly<Record<string, TargetFigures>>;
  readonly failures: readonly FuzzFailure[];
}

export interface FuzzOptions {
  readonly targets: readonly FuzzTarget[];
  /** Inputs in all, shared out among the targets. */
  readonly inputs: number;
  readonly seed: number;
  /** Of several runs that share one seed, which one this is. */
  readonly part?: { readonly index: number; readonly of: number };
  /** Called now and then with the inputs done so far. @returns false to stop */
  readonly onProgress?: (done: number) => boolean;
}

/** Throws inputs at targets, the same ones for the same seed and corpus. */
export function runFuzz({ targets, inputs, seed, part, onProgress }: FuzzOptions): FuzzReport {
  const { index: first, of: step } = part ?? { index: 0, of: 1 };
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const slots = targets.flatMap((target) => Array.from({ length: target.share }, () => target));
  const failures: FuzzFailure[] = [];
  const figures = new Map(targets.map((target) => [target, { inputs: 0, slowestMs: 0, slowestInput: '' }]));
  let done = 0;
  for (let stream = first; stream < inputs; stream += step) {
    // Walks over the slots in a stride that meets each, so that every short run has all targets.
    const target = slots[(stream * 37) % shares];
    const figure = target && figures.get(target);
    if (target === undefined || figure === undefined) break;
    const input = target.make(createRandom(seed, stream));
    const { wrong, ms } = tryInput(target, input, figure.slowestMs);
    figure.inputs += 1;
    if (ms > figure.slowestMs)
      Object.assign(figure, { slowestMs: ms, slowestInput: input.toString('base64') });
    if (wrong !== undefined) {
      failures.push({ target: target.name, wrong, input: input.toString('base64') });
      if (failures.length >= MOST_FAILURES) break;
    }
    done += 1;
    if (done % 500 === 0 && onProgress?.(done) === false) break;
  }
  return {
    targets: Object.fromEntries([...figures].map(([{ name }, figure]) => [name, figure])),
    failures,
  };
}

interface Tried {
  readonly wrong: string | undefined;
  readonly ms: number;
}

/** Tries an input, again where it would be a record. An exception and slowness are wrong with every target. */
export function tryInput(target: FuzzTarget, input: Buffer, record = 0): Tried {
  let { wrong, ms } = time(target, input);
  for (let times = 0; times < RETRIES && ms > Math.max(record, 1); times += 1) {
    ms = Math.min(ms, time(target, input).ms);
  }
  if (ms > LONGEST_MS) wrong ??= `it took ${ms.toFixed(0)} ms`;
  return { wrong, ms };
}

/** Processor time where it is less than what the clock says: whoever else uses the machine must not count. */
function time(target: FuzzTarget, input: Buffer): Tried {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let wrong: string | undefined;
  try {
    wrong = target.check(input);
  } catch (error) {
    wrong = `it threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { wrong, ms: Math.min(elapsed, (user + system) / 1_000) };
}
