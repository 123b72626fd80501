import { escapeControls } from './escapeControls.ts';

/** An answer for people: a table for rows, lines for the rest. What is null is left out. */
export function renderAnswer(value: unknown, columns: readonly string[] = []): string {
  if (typeof value !== 'object' || value === null) return `${textOf(value)}\n`;
  return Object.entries(value)
    .flatMap(([name, part]) => {
      const shown: unknown = part;
      if (shown === null) return [];
      if (isRows(shown)) return [renderTable(shown, columns)];
      if (Array.isArray(shown)) return [`${name}: ${shown.map(textOf).join(', ')}\n`];
      if (typeof shown === 'object' && !isUntrusted(shown)) {
        const inner = renderAnswer(shown, columns);
        return [inner === '' ? '' : `${name}:\n${inner.replaceAll(/^(?=.)/gm, '  ')}`];
      }
      return [`${name}: ${textOf(shown)}\n`];
    })
    .join('');
}

type Row = Readonly<Record<string, unknown>>;

function isRows(value: unknown): value is readonly Row[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === 'object' && row !== null)
  );
}

function renderTable(rows: readonly Row[], columns: readonly string[]): string {
  const [first = {}] = rows;
  const wanted = columns.filter((column) => Object.hasOwn(first, column));
  const names = wanted.length > 0 ? wanted : Object.keys(first);
  const cells = [names, ...rows.map((row) => names.map((name) => textOf(row[name])))];
  const widths = names.map((_, index) => Math.max(...cells.map((row) => (row[index] ?? '').length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function isUntrusted(value: unknown): value is { readonly untrusted_text: string } {
  return typeof value === 'object' && value !== null && 'untrusted_text' in value;
}

/** In quotes, what a device or a person wrote. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (isUntrusted(value)) return `"${escapeControls(value.untrusted_text)}"`;
  return escapeControls(typeof value === 'string' ? value : JSON.stringify(value));
}
