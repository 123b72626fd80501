import { formatFinding } from '../../inventory/finding.ts';
import type { SyncProgress, SyncResult } from '../../inventory/sync/runSync.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { TargetError } from '../../inventory/targets/targetError.ts';
import type { ExitCode, Io } from '../command.ts';
import { escapeControls } from '../escapeControls.ts';
import { formatTable } from './formatTable.ts';

const LINE_EVERY_MS = 5_000;
const BAR_EVERY_MS = 100;
const BAR_WIDTH = 24;

/**
 * Tells how far a run is: on a terminal one line that is written over, with a rate; otherwise a plain line every five seconds. Intune
 * does not tell how many devices there are, so the bar moves without an end, unless a former run knows (`expected`).
 */
export function createProgress(
  io: Io,
  isTerminal: boolean,
  expected: number,
  now: () => number,
): { on: (progress: SyncProgress) => void; end: () => void } {
  const startedAt = now();
  let toldAt = startedAt;
  let isOpen = false;
  return {
    on({ phase, devices }) {
      const time = now();
      if (time - toldAt < (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
      toldAt = time;
      const rate = Math.round(devices / Math.max(0.001, (time - startedAt) / 1_000));
      const words =
        phase === 'missing'
          ? `${devices} devices, asking for those that are missing`
          : `${devices} devices, ${rate} per second`;
      if (!isTerminal) io.err(`${words}\n`);
      else {
        const filled =
          expected > 0
            ? Math.min(BAR_WIDTH, Math.round((devices / expected) * BAR_WIDTH))
            : Math.floor(time / 200) % BAR_WIDTH;
        io.err(`\r\u001b[K[${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${words}`);
        isOpen = true;
      }
    },
    end() {
      if (isOpen) io.err('\r\u001b[K');
    },
  };
}

/** What a run came to, for people. */
export function describeResult(result: SyncResult, dryRun: boolean): string {
  const { counts } = result;
  const lines = [
    `${dryRun ? 'Dry run, nothing was written: a' : 'A'} ${result.kind} run${result.continued ? ', which went on with a cut one' : ''}, ${result.devices} devices.`,
    formatTable(
      ['new', 'changed', 'unchanged', 'left', 'skipped', 'assigned', 'rows written'],
      [
        [
          counts.new,
          counts.changed,
          counts.unchanged,
          counts.left,
          sum(counts.skipped),
          counts.assigned,
          counts.rowsWritten,
        ].map(String),
      ],
    ),
    ...reasons('Skipped', counts.skipped),
    ...reasons('Left in store', counts.unassigned),
    ...(result.detailsWaiting > 0
      ? [
          `Memory, Ethernet address and the like are read device by device; ${result.detailsWaiting} devices are for later runs.`,
        ]
      : []),
    ...(result.missingUndecided > 0
      ? ['Devices are missing from the list that the next run will ask for.']
      : []),
  ];
  if (dryRun && result.changes.length > 0) {
    lines.push(
      '',
      formatTable(
        ['key', 'change', 'column', 'from', 'to'],
        result.changes.flatMap(({ key, change, columns }) =>
          columns.map(({ name, from, to }) => [key, change, name, from ?? '', to ?? '']),
        ),
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Says why a run ended, and gives the exit code. @throws the error itself if it is none of a run */
export function tellSyncError(error: unknown, io: Io): ExitCode {
  if (!(error instanceof SyncError)) throw error;
  for (const finding of error.findings) io.err(`${escapeControls(formatFinding(finding))}\n`);
  if (error.findings.length === 0) io.err(`intune-gate inventory: ${escapeControls(error.message)}\n`);
  switch (error.kind) {
    case 'findings':
      return 2;
    case 'stopped':
      return 1;
    case 'upstream':
      return 3;
    case 'target':
      return error.cause instanceof TargetError &&
        (error.cause.kind === 'busy' || error.cause.kind === 'lockLost')
        ? 1
        : 3;
  }
}

function reasons(title: string, record: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(record).map(([reason, count]) => `${title}: ${count}, ${escapeControls(reason)}`);
}

function sum(record: Readonly<Record<string, number>>): number {
  return Object.values(record).reduce((total, count) => total + count, 0);
}
