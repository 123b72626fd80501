import { randomUUID } from 'node:crypto';
import type { Plan } from '../mapping/plan.ts';
import { NO_COUNTS } from '../targets/counts.ts';
import type { RunRecord } from '../targets/inventoryTarget.ts';

const HOUR_MS = 3_600_000;
/** A list that stood still for longer is read anew. */
const OLDEST_CURSOR_MS = 24 * HOUR_MS;

/** A run that is about to begin. */
export interface PlannedRun {
  readonly record: RunRecord;
  /** Only devices that checked in after it; undefined for all. */
  readonly changedAfter: number | undefined;
  /** The run whose list it goes on with. */
  readonly continues: RunRecord | undefined;
}

export interface RunWishes {
  /** All devices, whatever was read lately. */
  readonly full: boolean;
  readonly host: string;
  readonly now: number;
}

/**
 * Decides what a run reads. After a good full run of the same mapping that is not too old, the devices that checked in since the last
 * good run began, with some overlap; otherwise all. What was cut off goes on where it stood, if it was reading the same.
 *
 * @param former - runs of this mapping, newest first
 */
export function planRun(
  plan: Plan,
  former: readonly RunRecord[],
  { full, host, now }: RunWishes,
): PlannedRun {
  const { mapping } = plan.source;
  const { fullEveryHours, overlapMinutes } = mapping.sync;
  const good = former.filter(
    ({ status, fingerprint }) => status === 'done' && fingerprint === plan.fingerprint,
  );
  const lastFull = good.find(({ kind }) => kind === 'full');
  const isFull = full || lastFull === undefined || now - lastFull.listStartedAt >= fullEveryHours * HOUR_MS;
  const [last] = former;
  const continues =
    last !== undefined &&
    last.status !== 'done' &&
    last.cursor !== undefined &&
    last.fingerprint === plan.fingerprint &&
    (last.kind === 'full' || !isFull) &&
    now - last.listStartedAt < OLDEST_CURSOR_MS
      ? last
      : undefined;
  const kind = continues?.kind ?? (isFull ? 'full' : 'incremental');
  const id = randomUUID();
  const [lastGood] = good;
  return {
    continues,
    changedAfter:
      kind === 'full' || lastGood === undefined
        ? undefined
        : lastGood.listStartedAt - overlapMinutes * 60_000,
    record: {
      id,
      mapping: mapping.name,
      kind,
      startedAt: now,
      finishedAt: undefined,
      status: 'running',
      listStartedAt: continues?.listStartedAt ?? now,
      chain: continues?.chain ?? id,
      cursor: continues?.cursor,
      fingerprint: plan.fingerprint,
      user: mapping.integrationUser,
      host,
      counts: NO_COUNTS,
      message: '',
    },
  };
}
