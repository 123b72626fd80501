import type { ExpressionEngine } from '../expressions/expressionEngine.ts';
import type { Plan } from '../mapping/plan.ts';
import { addCounts, NO_COUNTS, type Counts } from '../targets/counts.ts';
import type { Batch, Change, InventoryTarget, RunRecord } from '../targets/inventoryTarget.ts';
import { TargetError } from '../targets/targetError.ts';
import { checkKeys } from './checkKeys.ts';
import type { DeviceFeed, RawDevice } from './deviceFeed.ts';
import { planRun } from './planRun.ts';
import { readAllPages } from './readAllPages.ts';
import { createDetailReader } from './readDetails.ts';
import { SyncError } from './syncError.ts';
import { createTransformer, valuesJson } from './transformDevices.ts';

export interface SyncOptions {
  readonly plan: Plan;
  readonly engine: ExpressionEngine;
  readonly feed: DeviceFeed;
  readonly target: InventoryTarget;
  readonly full: boolean;
  readonly dryRun: boolean;
  /** Of this machine; part of the lock. */
  readonly host: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told after each batch. */
  readonly onProgress?: (progress: SyncProgress) => void;
}

export interface SyncProgress {
  readonly phase: 'devices' | 'missing';
  readonly devices: number;
  readonly counts: Counts;
}

export interface SyncResult {
  readonly runId: string;
  readonly kind: RunRecord['kind'];
  readonly continued: boolean;
  readonly devices: number;
  readonly counts: Counts;
  /** Of a dry run: the first changes. */
  readonly changes: readonly Change[];
  /** Devices whose details (memory, Ethernet address …) are for later runs to read. */
  readonly detailsWaiting: number;
  /** Devices missing from the list whose whereabouts are for later runs to find out. */
  readonly missingUndecided: number;
}

const MOST_RUNS = 200;
const MOST_CHANGES = 50;
const DEVICE_MS = 30_000;
const CONFIRM_AT_ONCE = 4;

/**
 * One run: checks, reads, writes batch by batch, and finds out what became of devices that are missing. The mapping was checked
 * before; what depends on the target and on the devices is checked here, before the first write.
 *
 * @throws SyncError; what was written before stays, and the next run goes on behind it
 */
export async function runSync(options: SyncOptions): Promise<SyncResult> {
  try {
    return await checkAndRun(options);
  } catch (error) {
    throw toSyncError(error);
  }
}

async function checkAndRun(options: SyncOptions): Promise<SyncResult> {
  const { plan, engine, feed, target, signal, now, dryRun } = options;
  const findings = await target.check();
  if (findings.length > 0) throw withFindings(findings);
  const planned = planRun(plan, await target.runs(MOST_RUNS), {
    full: options.full,
    host: options.host,
    now: now(),
  });
  const { record, changedAfter } = planned;
  if (record.kind === 'full') {
    const keys = await checkKeys({ plan, engine, feed, signal, now });
    if (keys.length > 0) throw withFindings(keys);
  }
  if (!dryRun) await target.begin(record);
  const run = createRun(options, record, changedAfter);
  try {
    await run.copyDevices();
    if (record.kind === 'full' && !dryRun) await run.findMissing();
  } catch (error) {
    const problem = toSyncError(error);
    if (!dryRun) await noteFailure(target, run.result(planned.continues !== undefined), problem, now());
    throw problem;
  }
  const result = run.result(planned.continues !== undefined);
  if (!dryRun) {
    await target.finish({
      status: 'done',
      finishedAt: now(),
      counts: result.counts,
      message: describeEnd(result),
    });
  }
  return result;
}

function createRun(options: SyncOptions, record: RunRecord, changedAfter: number | undefined) {
  const { plan, engine, feed, target, signal, now, dryRun, onProgress } = options;
  const { sync } = plan.source.mapping;
  let counts: Counts = NO_COUNTS;
  let devices = 0;
  let missingUndecided = 0;
  const changes: Change[] = [];
  const details = createDetailReader({ feed, target, plan, now, mayRead: !dryRun });

  let transformer: ReturnType<typeof createTransformer> | undefined;

  const apply = async (batch: Batch): Promise<void> => {
    if (dryRun) {
      const preview = await target.preview(batch, MOST_CHANGES - changes.length);
      counts = addCounts(counts, preview.counts);
      changes.push(...preview.changes);
    } else counts = addCounts(counts, await target.write(batch));
    devices += batch.devices.length;
  };

  const copy = async (rows: readonly RawDevice[], cursor: string | undefined): Promise<void> => {
    transformer ??= createTransformer(engine, plan, await target.limits());
    const use = transformer;
    const read = use.read(rows);
    const completed = await details.complete(read.devices, signal);
    const json = valuesJson(completed);
    const { assets, skipped } = await use.transform(completed, json);
    await apply({
      devices: completed,
      json,
      assets,
      cursor,
      counts: addCounts({ ...NO_COUNTS, skipped: read.skipped }, { ...NO_COUNTS, skipped }),
    });
    onProgress?.({ phase: 'devices', devices, counts });
  };

  return {
    async copyDevices(): Promise<void> {
      const query = {
        select: plan.fields.filter(({ onlyById }) => !onlyById).map(({ graph }) => graph),
        changedAfter,
        ...(sync.batch < 1_000 ? { top: sync.batch } : {}),
      };
      let collected: RawDevice[] = [];
      // A batch is written while the pages of the next one are on their way; never two at once.
      let writing: Promise<void> = Promise.resolve();
      const hand = async (cursor: string | undefined): Promise<void> => {
        const rows = collected;
        collected = [];
        await writing;
        writing = copy(rows, cursor);
        // Whoever waits for it next hears of a failure.
        writing.catch(() => undefined);
      };
      try {
        for await (const { rows, cursor } of readAllPages({
          feed,
          query,
          cursor: record.cursor,
          signal,
          now,
        })) {
          collected.push(...rows);
          if (collected.length >= sync.batch || cursor === undefined) await hand(cursor);
        }
      } finally {
        await writing;
      }
    },

    /** A list proves presence, never absence: Intune is asked for each device that is missing, and says whether it is gone. */
    async findMissing(): Promise<void> {
      const missing = await target.missing(sync.confirmationsPerRun + 1);
      if (missing.length > sync.confirmationsPerRun) missingUndecided = 1;
      const asked = missing.slice(0, sync.confirmationsPerRun);
      const select = plan.fields.map(({ graph }) => graph);
      for (let start = 0; start < asked.length; start += sync.batch) {
        const gone: string[] = [];
        const present: RawDevice[] = [];
        const ids = asked.slice(start, start + sync.batch);
        let next = 0;
        const work = async (): Promise<void> => {
          while (next < ids.length && !signal.aborted) {
            const id = ids[next] ?? '';
            next += 1;
            const answer = await feed.readDevice(id, select, { signal, deadline: now() + DEVICE_MS });
            if (!answer.ok) throw new SyncError('upstream', `${answer.detail} (${answer.reason})`);
            if (answer.value === undefined) gone.push(id);
            else present.push(answer.value);
          }
        };
        await Promise.all(Array.from({ length: CONFIRM_AT_ONCE }, work));
        if (signal.aborted) throw new SyncError('stopped', 'it was asked to stop');
        if (gone.length > 0) counts = addCounts(counts, await target.markLeft(gone));
        if (present.length > 0) await copy(present, undefined);
        onProgress?.({ phase: 'missing', devices, counts });
      }
    },

    result: (continued: boolean): SyncResult => ({
      runId: record.id,
      kind: record.kind,
      continued,
      devices,
      counts,
      changes,
      detailsWaiting: details.waiting(),
      missingUndecided,
    }),
  };
}

function withFindings(findings: SyncError['findings']): SyncError {
  return new SyncError('findings', findings.length === 1 ? 'one finding' : `${findings.length} findings`, {
    findings,
  });
}

/** Databases quote values in their messages; here their code must do. */
function toSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  if (error instanceof TargetError) return new SyncError('target', error.message, { cause: error });
  const { code, message } = error as { code?: unknown; message?: unknown };
  const words = typeof code === 'string' ? code : String(message).split('\n')[0]?.slice(0, 120);
  return new SyncError('target', `the target refused a batch: ${words ?? 'unknown'}`, { cause: error });
}

async function noteFailure(
  target: InventoryTarget,
  result: SyncResult,
  problem: SyncError,
  at: number,
): Promise<void> {
  const end = {
    status: problem.kind === 'stopped' ? ('cut' as const) : ('failed' as const),
    finishedAt: at,
    counts: result.counts,
    message: `It ended after ${result.devices} devices: ${problem.message}.`,
  };
  // A target that cannot be reached will see that the run is gone.
  await target.finish(end).catch(() => undefined);
}

function describeEnd({ devices, missingUndecided, detailsWaiting }: SyncResult): string {
  return [
    `It read ${devices} devices.`,
    ...(missingUndecided > 0 ? ['Some missing devices are for the next run to ask for.'] : []),
    ...(detailsWaiting > 0 ? [`Of ${detailsWaiting} devices the details are for later runs to read.`] : []),
  ].join(' ');
}
