import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runFuzz, type FuzzReport, type TargetFigures } from '../test/fuzz/runFuzz.ts';
import { FUZZ_TARGETS } from '../test/fuzz/targets.ts';

const help = `
Usage: npm run fuzz -- [--inputs N] [--seconds S] [--seed N] [--only TARGET] [--workers N] [--json]

Throws changed certificates and header values at what reads them: nothing may throw, take longer than 50 ms, come out differently the
second time, be accepted without being written in the one way of DER, or yield a device id that the certificate does not hold.

--inputs N     default 1000000
--seconds S    stop after this time
--seed N       default: another one each time, told at the start
--only TARGET  ${FUZZ_TARGETS.map(({ name }) => name).join(', ')}; may be repeated
--workers N    processes; default: one for each core
--json         figures as JSON

Exit codes: 0 nothing was wrong, 1 something was (inputs are printed as base64, to be kept in test/fuzz/keptInputs.ts), 2 usage.
`;

interface Settings {
  readonly inputs: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly seed: number;
  readonly only: readonly string[];
  readonly workers: number;
}

type Message = { readonly done: number } | { readonly report: FuzzReport };

const targetsOf = (only: readonly string[]): typeof FUZZ_TARGETS =>
  FUZZ_TARGETS.filter(({ name }) => only.length === 0 || only.includes(name));

/** One of several processes: does its part and reports to its parent. */
function work({ inputs, until, seed, only, workers }: Settings, index: number): void {
  const send = (message: Message): void => void process.send?.(message);
  const report = runFuzz({
    targets: targetsOf(only),
    inputs,
    seed,
    part: { index, of: workers },
    onProgress(done) {
      send({ done });
      return Date.now() < until;
    },
  });
  send({ report });
  process.disconnect?.();
}

async function supervise(settings: Settings, json: boolean): Promise<number> {
  const started = Date.now();
  process.stderr.write(`seed ${settings.seed}, ${settings.workers} processes\n`);
  const done = Array.from({ length: settings.workers }, () => 0);
  let told = started;
  const reports = await Promise.all(
    done.map((_, index) =>
      startWorker(settings, index, (count) => {
        done[index] = count;
        if (Date.now() - told < 5_000) return;
        told = Date.now();
        const sum = done.reduce((total, one) => total + one, 0);
        process.stderr.write(
          `${sum} of ${settings.inputs} inputs, ${Math.round((told - started) / 1_000)} s\n`,
        );
      }),
    ),
  );
  const seconds = (Date.now() - started) / 1_000;
  const failures = reports.flatMap((report) => report.failures);
  const targets = Object.fromEntries(
    targetsOf(settings.only).map(({ name }) => [
      name,
      merge(reports.flatMap(({ targets: all }) => all[name] ?? [])),
    ]),
  );
  const inputs = Object.values(targets).reduce((sum, figures) => sum + figures.inputs, 0);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ seed: settings.seed, seconds, inputs, targets, failures }, null, 2)}\n`,
    );
  } else {
    const row = (...cells: readonly string[]): string =>
      `${cells.map((cell) => cell.padStart(14)).join('')}\n`;
    process.stdout.write(row('target', 'inputs', 'slowest'));
    for (const [name, figures] of Object.entries(targets)) {
      process.stdout.write(row(name, String(figures.inputs), `${figures.slowestMs.toFixed(1)} ms`));
    }
    process.stdout.write(`${inputs} inputs in ${seconds.toFixed(0)} s, ${failures.length} failures\n`);
    for (const { target, wrong, input } of failures)
      process.stdout.write(`\n${target}: ${wrong}\n${input}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

function startWorker(settings: Settings, index: number, onDone: (done: number) => void): Promise<FuzzReport> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ['--part', JSON.stringify({ settings, index })]);
    let report: FuzzReport | undefined;
    child.on('message', (message: Message) => {
      if ('done' in message) onDone(message.done);
      else report = message.report;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (report === undefined) reject(new Error(`a process ended without a report (${code ?? 'killed'})`));
      else resolve(report);
    });
  });
}

function merge(parts: readonly TargetFigures[]): TargetFigures {
  const [slowest] = parts.toSorted((one, other) => other.slowestMs - one.slowestMs);
  return {
    inputs: parts.reduce((sum, { inputs }) => sum + inputs, 0),
    slowestMs: slowest?.slowestMs ?? 0,
    slowestInput: slowest?.slowestInput ?? '',
  };
}

function parseCount(text: string, option: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new Error(`--${option} is a number from 1`);
  return count;
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      workers: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      part: { type: 'string' },
    },
  });
  if (values.help) {
    process.stdout.write(help.trimStart());
    return 0;
  }
  if (values.part !== undefined) {
    const { settings, index } = JSON.parse(values.part) as { settings: Settings; index: number };
    work(settings, index);
    return 0;
  }
  const unknown = values.only.find((name) => !FUZZ_TARGETS.some((target) => target.name === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown} is none of the targets`);
  const settings: Settings = {
    inputs: parseCount(values.inputs, 'inputs'),
    until:
      values.seconds === undefined
        ? Number.MAX_SAFE_INTEGER
        : Date.now() + 1_000 * parseCount(values.seconds, 'seconds'),
    seed: values.seed === undefined ? Date.now() % 1_000_000_000 : parseCount(values.seed, 'seed'),
    only: values.only,
    workers: values.workers === undefined ? availableParallelism() : parseCount(values.workers, 'workers'),
  };
  return supervise(settings, values.json);
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
