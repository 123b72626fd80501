import { setTimeout as sleep } from 'node:timers/promises';
import { GateError } from '../../errors.ts';
import { openExpressionEngine } from '../../inventory/expressions/expressionEngine.ts';
import type { MappingFile } from '../../inventory/mapping/parseMapping.ts';
import { planMapping } from '../../inventory/mapping/planMapping.ts';
import { isMissed, nextRunAt, type Schedule } from '../../inventory/schedule/schedule.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { openTarget, type TargetAccess } from '../../inventory/targets/openTarget.ts';
import type { ExitCode, Io } from '../command.ts';
import { escapeControls } from '../escapeControls.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { locateFiles, openTenant, readMapping, targetAccess } from './openInventory.ts';
import { runMapping } from './runMapping.ts';
import { describeResult, tellSyncError } from './tellSync.ts';

/** Timers cannot wait longer at once. */
const LONGEST_WAIT_MS = 3_600_000;

interface ScheduledMapping {
  readonly source: MappingFile;
  readonly schedule: Schedule;
  readonly access: TargetAccess;
}

/** Runs mappings by their schedules, one at a time, until it is stopped. */
export async function serveAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    config: { type: 'string', short: 'c' },
    mapping: { type: 'string', short: 'm', multiple: true, default: [] },
  });
  const config = required(values.config, '--config FILE');
  if (values.mapping.length === 0) throw new GateError('usage', '--mapping FILE is required');
  try {
    const mappings: ScheduledMapping[] = [];
    for (const file of values.mapping) mappings.push(await loadScheduled(file, io));
    let last: Promise<unknown> = Promise.resolve();
    const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    };
    await Promise.all(
      mappings
        .filter(({ source }) => source.mapping.active)
        .map((one) => follow(one, config, io, oneAtATime)),
    );
    return 0;
  } catch (error) {
    return tellSyncError(error, io);
  }
}

async function loadScheduled(file: string, io: Io): Promise<ScheduledMapping> {
  const source = readMapping(file);
  if (!source.ok) throw new SyncError('findings', 'the mapping has findings', { findings: source.findings });
  const { schedule } = source.mapping;
  if (schedule === undefined) throw new GateError('usage', `${file} has no schedule`);
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(source, engine);
    if (!planned.ok)
      throw new SyncError('findings', 'the mapping has findings', { findings: planned.findings });
  } finally {
    engine.close();
  }
  const { folder } = locateFiles({ mapping: file });
  return { source, schedule, access: targetAccess(source, folder ?? '.', io.environment) };
}

async function follow(
  one: ScheduledMapping,
  config: string,
  io: Io,
  oneAtATime: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { source, schedule } = one;
  const say = (words: string): void =>
    io.err(`${new Date().toISOString()} ${escapeControls(source.mapping.name)}: ${words}\n`);
  let isCatchUp = isMissed(schedule, await oneAtATime(() => lastStartedAt(one, say)), Date.now());
  while (!io.stopped.aborted) {
    const due = isCatchUp ? Date.now() : nextRunAt(schedule, Date.now());
    if (due === undefined) return say('it is never due again');
    say(
      isCatchUp
        ? 'a run was missed and is made up for now'
        : `the next run is at ${new Date(due).toISOString()}`,
    );
    isCatchUp = false;
    await waitUntil(due, io.stopped);
    if (io.stopped.aborted) return;
    await oneAtATime(() => runOnce(one, config, io, say));
  }
}

async function runOnce(
  { source, access }: ScheduledMapping,
  config: string,
  io: Io,
  say: (words: string) => void,
): Promise<void> {
  const tenant = openTenant(config, source.mapping.tenant, io.environment);
  try {
    const result = await runMapping({
      source,
      feed: tenant.feed,
      access,
      full: false,
      dryRun: false,
      signal: io.stopped,
      onProgress: () => undefined,
    });
    say(describeResult(result, false).trimEnd().replaceAll('\n', ' | '));
  } catch (error) {
    // What is wrong today may be right at the next run; it is said each time.
    say('the run ended before its end');
    tellSyncError(error, io);
  } finally {
    await tenant.close();
  }
}

async function lastStartedAt(
  { source, access }: ScheduledMapping,
  say: (words: string) => void,
): Promise<number | undefined> {
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(source, engine);
    if (!planned.ok) return undefined;
    const target = await openTarget({ plan: planned.plan, access, now: Date.now, lookOnly: true });
    try {
      return (await target.runs(1))[0]?.startedAt;
    } finally {
      await target.close();
    }
  } catch (error) {
    say(`whether a run was missed is not known: ${(error as Error).message}`);
    return undefined;
  } finally {
    engine.close();
  }
}

async function waitUntil(time: number, stopped: AbortSignal): Promise<void> {
  for (let left = time - Date.now(); left > 0 && !stopped.aborted; left = time - Date.now()) {
    await sleep(Math.min(left, LONGEST_WAIT_MS), undefined, { signal: stopped }).catch(() => undefined);
  }
}
