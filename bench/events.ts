import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { startMeasured, type MeasuredProcess } from './lab/childProcess.ts';
import { freePort } from './lab/freePort.ts';
import { writeGateConfig } from './lab/gateConfig.ts';
import { startLoadProcess, type LoadProcess } from './lab/loadProcess.ts';
import { median } from './lab/median.ts';
import { startSimulatorProcess } from './lab/simulatorProcess.ts';

/**
 * What it costs to take decisions down: the CPU time of the built gate for one decision from memory over HTTP, and how many it makes in a
 * second, without events, with an audit log, and with one under a key. They take turns, so that a busy machine slows all of them.
 */
const help = `
Usage: npm run build && npm run bench:events -- [--rounds N] [--seconds N] [--json]

--rounds N   default 7
--seconds N  length of one run; default 3
--json       figures as JSON

Exit codes: 0 the target is met (the log costs at most 10 % more CPU time), 1 it is not, 2 usage.
`;

const MOST_MORE_CPU = 0.1;
const API_KEY = 'igk_bench_0123456789abcdefghijklmnopqrstuv';
const DEVICES = 5_000;
const BUILT = fileURLToPath(new URL('../dist', import.meta.url));
const KEY = 'a key of the log that is long enough for it';

const VARIANTS = {
  off: undefined,
  file: { file: { path: 'audit.jsonl' }, history: 'off' },
  'file and history': { file: { path: 'audit.jsonl' } },
  'file with a key, and history': { file: { path: 'audit.jsonl', key: { file: 'audit.key' } } },
} as const;
type Variant = keyof typeof VARIANTS;

interface Run {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

async function startVariant(
  variant: Variant,
  simulator: Awaited<ReturnType<typeof startSimulatorProcess>>,
  parent: string,
): Promise<MeasuredProcess> {
  const folder = mkdtempSync(join(parent, 'gate-'));
  const port = await freePort();
  const { file } = await writeGateConfig({
    folder,
    built: BUILT,
    port,
    apiKey: API_KEY,
    simulator: simulator.facts,
  });
  writeFileSync(join(folder, 'audit.key'), KEY, { mode: 0o600 });
  const events = VARIANTS[variant];
  if (events !== undefined) {
    const config = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, stringify({ ...config, events }));
  }
  return startMeasured({
    name: 'gate',
    file: join(BUILT, 'main.js'),
    args: ['serve', '--config', file],
    port,
    folder,
    readyPath: '/livez',
  });
}

async function run(load: LoadProcess, gate: MeasuredProcess, seconds: number): Promise<Run> {
  const before = await gate.cpuMicroseconds();
  const {
    requests,
    compliant,
    seconds: took,
  } = await load.run({
    origin: gate.origin,
    apiKey: API_KEY,
    connections: 32,
    devices: { first: 0, count: DEVICES },
    order: 'again',
    most: { requests: Number.MAX_SAFE_INTEGER, seconds },
  });
  const cpuMicroseconds = ((await gate.cpuMicroseconds()) - before) / requests;
  gate.clearLog();
  if (compliant !== requests) throw new Error(`${requests - compliant} answers were wrong`);
  return { cpuMicroseconds, perSecond: requests / took };
}

async function measure(rounds: number, seconds: number): Promise<ReadonlyMap<Variant, readonly Run[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-bench-'));
  mkdirSync(join(folder, 'simulator'));
  const simulator = await startSimulatorProcess({ folder: join(folder, 'simulator'), built: BUILT });
  const load = startLoadProcess();
  const gates = new Map<Variant, MeasuredProcess>();
  try {
    for (const variant of Object.keys(VARIANTS) as Variant[]) {
      const gate = await startVariant(variant, simulator, folder);
      gates.set(variant, gate);
      await run(load, gate, seconds);
    }
    const runs = new Map<Variant, Run[]>([...gates.keys()].map((variant) => [variant, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [variant, gate] of gates) runs.get(variant)?.push(await run(load, gate, seconds));
    }
    return runs;
  } finally {
    await Promise.all([...gates.values(), load, simulator].map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median over the rounds of how one figure is to that of the variant without events. */
function ratioOf(runs: readonly Run[], base: readonly Run[], figure: keyof Run): number {
  return median(runs.map((one, round) => one[figure] / (base[round]?.[figure] ?? Number.NaN)));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (values.help === true || !(rounds >= 1) || !(seconds > 0)) {
    process.stdout.write(help);
    return values.help === true ? 0 : 2;
  }
  const runs = await measure(rounds, seconds);
  const base = runs.get('off') ?? [];
  const figures = [...runs].map(([variant, its]) => ({
    variant,
    cpuMicroseconds: median(its.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    perSecond: median(its.map(({ perSecond }) => perSecond)),
    cpuRatio: ratioOf(its, base, 'cpuMicroseconds'),
    throughputRatio: ratioOf(its, base, 'perSecond'),
  }));
  const met = figures.every(({ variant, cpuRatio }) => variant !== 'file' || cpuRatio <= 1 + MOST_MORE_CPU);
  if (values.json === true)
    process.stdout.write(`${JSON.stringify({ rounds, seconds, figures, met }, null, 2)}\n`);
  else {
    process.stdout.write(
      `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${rounds} rounds of ${seconds} s\n`,
    );
    for (const { variant, cpuMicroseconds, perSecond, cpuRatio, throughputRatio } of figures) {
      process.stdout.write(
        `${variant.padEnd(30)} ${cpuMicroseconds.toFixed(1).padStart(6)} µs CPU (${cpuRatio.toFixed(3)})  ${perSecond.toFixed(0).padStart(6)}/s (${throughputRatio.toFixed(3)})\n`,
      );
    }
    process.stdout.write(met ? 'The target is met.\n' : 'The target is missed.\n');
  }
  return met ? 0 : 1;
}

process.exitCode = await main();
