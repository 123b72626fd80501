import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { BENCH_HELP, parseBenchOptions, type BenchOptions } from './benchOptions.ts';
import { EXPERIMENTS } from './experiments/experiments.ts';
import type { Experiment } from './figure.ts';
import { openLab } from './lab/lab.ts';
import type { Series } from './lab/measure.ts';
import { describeMachine } from './report/describeMachine.ts';
import { printJson } from './report/printJson.ts';
import { printMarkdown } from './report/printMarkdown.ts';
import { printTable } from './report/printTable.ts';
import type { MeasuredFigure, Report } from './report/report.ts';

/** Of each core; above it somebody else is at work. */
const BUSY = 0.5;
const PAGE = new URL('../docs/benchmarks.md', import.meta.url);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`Nothing was measured: ${(error as Error).message}\n`);
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(options);
    return options === BENCH_HELP ? 0 : 2;
  }
  const experiments = EXPERIMENTS.filter(
    ({ figures }) => options.only === undefined || figures.some(({ name }) => name === options.only),
  );
  if (experiments.length === 0) {
    const names = EXPERIMENTS.flatMap(({ figures }) => figures.map(({ name }) => name));
    process.stderr.write(`There is no figure ${options.only ?? ''}. There are: ${names.join(', ')}.\n`);
    return 2;
  }
  const report = await runExperiments(experiments, options);
  process.stdout.write(options.json ? `${printJson(report)}\n` : printTable(report));
  if (!options.quick && options.only === undefined) await writePage(report);
  return report.figures.every(({ value }) => value !== undefined) ? 0 : 1;
}

function readOptions(args: readonly string[]): BenchOptions | string {
  try {
    const options = parseBenchOptions(args);
    return options === 'help' ? BENCH_HELP : options;
  } catch (error) {
    return `${(error as Error).message}\n\n${BENCH_HELP}`;
  }
}

async function runExperiments(experiments: readonly Experiment[], options: BenchOptions): Promise<Report> {
  const busy = loadavg()[0] ?? 0;
  const lab = await openLab(resolve(options.built));
  const figures: MeasuredFigure[] = [];
  const series: Series[] = [];
  const notes: string[] = [];
  try {
    for (const experiment of experiments) {
      const names = experiment.figures.map(({ name }) => name);
      process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${names.join(', ')} …\n`);
      try {
        if (performance.now() > options.effort.limitSeconds * 1000) throw new Error('no time was left');
        const findings = await experiment.run(lab, options.effort);
        figures.push(
          ...experiment.figures.map((figure) => ({ figure, value: findings.values[figure.name] })),
        );
        series.push(...findings.series);
        notes.push(...(findings.notes ?? []));
      } catch (error) {
        figures.push(...experiment.figures.map((figure) => ({ figure, value: undefined })));
        notes.push(`Not measured: ${names.join(', ')}: ${(error as Error).message}`);
      }
    }
    if (busy > availableParallelism() * BUSY) {
      notes.push(
        `The machine had other work when this began (load ${busy.toFixed(1)}): throughput and latency say little then.`,
      );
    }
    notes.push(...lab.lifted.map((why) => `In the gate's configuration, ${why}.`));
  } finally {
    await lab.close();
  }
  const { only } = options;
  return {
    figures: figures.filter(({ figure }) => only === undefined || figure.name === only),
    series,
    notes,
    machine: describeMachine(new Date()),
  };
}

async function writePage(report: Report): Promise<void> {
  const style = await resolveConfig(PAGE);
  writeFileSync(PAGE, await format(printMarkdown(report), { ...style, parser: 'markdown' }));
}
