import { escapeControls } from '../escapeControls.ts';

const WIDEST = 48;

/** A table of text for a terminal. What comes from devices cannot steer it; long values are cut. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(cell));
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => Array.from(row[column] ?? '').length)),
  );
  return cells
    .map((row) =>
      row
        .map((text, column) => text + ' '.repeat((widths[column] ?? 0) - Array.from(text).length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(text: string): string {
  const shown = Array.from(escapeControls(text));
  return shown.length > WIDEST ? `${shown.slice(0, WIDEST - 1).join('')}…` : shown.join('');
}
