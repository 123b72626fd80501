import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSoakGate } from './soakGate.ts';
import { startSimulatorProcess } from '../lab/simulatorProcess.ts';
import { createMixedLoad, type LoadCounts } from './mixedLoad.ts';
import { slopeOf } from './trend.ts';
import { TROUBLES } from './troubles.ts';

const help = `
Usage: npm run soak -- [--decisions N] [--minutes M] [--json]

Keeps the built gate busy with mixed decisions while Microsoft, simulated, fails and recovers in turns, and watches its memory.

--decisions N  default 50000
--minutes M    stop after this time; default 30
--json         figures as JSON

Exit codes: 0 memory was flat and no answer was wrong or missing, 1 otherwise, 2 usage.
`;

/** Growth of the line through the samples, from the first to the last one that is judged. */
const MOST_HEAP_GROWTH_MIB = 5;
const MOST_RSS_GROWTH_MIB = 48;
/** In the beginning memory fills and code is optimized; of all samples, this share is not judged. */
const WARMING_SHARE = 0.35;
const SAMPLES = 40;
const TROUBLE_MS = 2_000;
const MIB = 1_048_576;
const API_KEY = 'igk_soak_0123456789abcdefghijklmnopqrstuvw';
const BUILT = fileURLToPath(new URL('../../dist', import.meta.url));

interface Sample {
  readonly decisions: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
}

interface SoakReport extends Readonly<LoadCounts> {
  readonly seconds: number;
  readonly troubles: number;
  readonly heapGrowthMiB: number;
  readonly rssGrowthMiB: number;
  readonly samples: readonly Sample[];
  readonly flat: boolean;
}

async function soak(decisions: number, minutes: number): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-soak-'));
  const simulator = await startSimulatorProcess({ folder, built: BUILT });
  const gate = await startSoakGate({ folder, built: BUILT, apiKey: API_KEY, simulator: simulator.facts });
  const load = createMixedLoad({ origin: gate.origin, apiKey: API_KEY, connections: 64, devices: 5_000 });
  const startedAt = performance.now();
  const goOn = (): boolean =>
    load.counts.decisions < decisions && performance.now() - startedAt < minutes * 60_000;
  const samples: Sample[] = [];
  let troubles = 0;

  const trouble = async (): Promise<void> => {
    for (let turn = 0; goOn(); turn += 1) {
      const broken = turn % 2 === 0 ? undefined : TROUBLES[((turn - 1) / 2) % TROUBLES.length];
      await simulator.setFault(broken);
      if (broken !== undefined) troubles += 1;
      await delay(Math.min(TROUBLE_MS, (minutes * 60_000) / (4 * TROUBLES.length)));
    }
    await simulator.setFault(undefined);
  };
  const watch = async (): Promise<void> => {
    let next = 0;
    while (goOn()) {
      const elapsed = (performance.now() - startedAt) / (minutes * 60_000);
      const share = Math.max(load.counts.decisions / decisions, elapsed);
      if (share >= next) {
        const { heapBytes, rssBytes } = await gate.memory();
        samples.push({ decisions: load.counts.decisions, heapMiB: heapBytes / MIB, rssMiB: rssBytes / MIB });
        gate.clearLog();
        process.stderr.write(
          `${load.counts.decisions} decisions, heap ${(heapBytes / MIB).toFixed(1)} MiB, rss ${(rssBytes / MIB).toFixed(0)} MiB\n`,
        );
        next += 1 / SAMPLES;
      }
      await delay(100);
    }
  };
  try {
    await Promise.all([load.run(goOn), trouble(), watch()]);
    const judged = samples.slice(Math.floor(samples.length * WARMING_SHARE));
    const grown = (value: (sample: Sample) => number): number => {
      const slope = slopeOf(judged.map((sample) => ({ x: sample.decisions, y: value(sample) })));
      return slope * ((judged.at(-1)?.decisions ?? 0) - (judged[0]?.decisions ?? 0));
    };
    const heapGrowthMiB = grown(({ heapMiB }) => heapMiB);
    const rssGrowthMiB = grown(({ rssMiB }) => rssMiB);
    return {
      ...load.counts,
      seconds: (performance.now() - startedAt) / 1_000,
      troubles,
      heapGrowthMiB,
      rssGrowthMiB,
      samples,
      // NaN is not flat: nothing was measured.
      flat: heapGrowthMiB <= MOST_HEAP_GROWTH_MIB && rssGrowthMiB <= MOST_RSS_GROWTH_MIB,
    };
  } finally {
    await load.close();
    await gate.stop();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function inWords(report: SoakReport): string {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const { samples } = report;
  return [
    `${report.decisions} decisions in ${report.seconds.toFixed(0)} s, ${report.troubles} troubles`,
    `outcomes: ${list(report.outcomes)}`,
    `evidence: ${list(report.sources)}`,
    `wrong: ${report.wrong}; without an answer: ${list(report.lost)}`,
    `heap after collection: ${samples[0]?.heapMiB.toFixed(1) ?? '-'} to ${samples.at(-1)?.heapMiB.toFixed(1) ?? '-'} MiB, trend ${report.heapGrowthMiB.toFixed(2)} MiB (at most ${MOST_HEAP_GROWTH_MIB})`,
    `rss: ${samples[0]?.rssMiB.toFixed(0) ?? '-'} to ${samples.at(-1)?.rssMiB.toFixed(0) ?? '-'} MiB, trend ${report.rssGrowthMiB.toFixed(1)} MiB (at most ${MOST_RSS_GROWTH_MIB})`,
    report.flat ? 'memory: flat' : 'memory: NOT flat',
    '',
  ].join('\n');
}

function parsePositive(text: string, option: string): number {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new Error(`--${option} is a number above 0`);
  return value;
}

function readOptions(): { decisions: number; minutes: number; json: boolean } | undefined {
  const { values } = parseArgs({
    options: {
      decisions: { type: 'string', default: '50000' },
      minutes: { type: 'string', default: '30' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    decisions: parsePositive(values.decisions, 'decisions'),
    minutes: parsePositive(values.minutes, 'minutes'),
    json: values.json,
  };
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${help}`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(help.trimStart());
    return 0;
  }
  const report = await soak(options.decisions, options.minutes);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : inWords(report));
  return report.flat && report.wrong === 0 && Object.keys(report.lost).length === 0 ? 0 : 1;
}

process.exitCode = await main();
