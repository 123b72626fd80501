import { formatTarget, formatValue, formatVerdict, judgeFigure, type Report } from './report.ts';
import { seriesRows } from './seriesRows.ts';

/** The report for a terminal. */
export function printTable({ figures, series, notes, machine }: Report): string {
  const rows = figures.map((measured) => [
    measured.figure.name,
    formatValue(measured),
    formatTarget(measured.figure),
    formatVerdict(judgeFigure(measured)),
  ]);
  const runs = seriesRows(series).map((row) => [
    row.server,
    row.perSecond,
    row.cpu,
    row.p50,
    row.p99,
    row.generator,
    row.load,
  ]);
  return [
    `${machine.date}, ${machine.cores} cores of ${machine.processor}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.platform}`,
    '',
    ...columns([['figure', 'value', 'target', ''], ...rows]),
    ...(runs.length === 0
      ? []
      : ['', ...columns([['server', 'per s', 'CPU µs', 'p50 ms', 'p99 ms', 'generator', 'load'], ...runs])]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
