import type { Report } from './report.ts';

/** One line for each row: the section, then its columns. RFC 4180, with the line ends that it wants. */
export function csvReport(report: Report): string {
  const lines = report.sections.flatMap(({ title, columns, rows }) => [
    ['section', ...columns],
    ...rows.map((row) => [title, ...row]),
  ]);
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

/** Text that a spreadsheet would run as a formula gets an apostrophe in front. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
