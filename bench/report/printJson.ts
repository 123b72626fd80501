import { judgeFigure, type Report } from './report.ts';

/** One line: each figure by its name, null if it could not be measured; then what was missed, and on what machine. */
export function printJson({ figures, notes, machine }: Report): string {
  const values = figures.map(({ figure, value }) => [
    figure.name,
    value === undefined || Number.isNaN(value) ? null : Number(value.toPrecision(4)),
  ]);
  const missed = figures.flatMap((measured) => {
    const verdict = judgeFigure(measured);
    return verdict.is === 'missed' ? [[measured.figure.name, verdict.by]] : [];
  });
  return JSON.stringify({
    ...Object.fromEntries(values),
    missed: Object.fromEntries(missed),
    notes,
    machine,
  });
}
