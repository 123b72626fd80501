import { hostname } from 'node:os';
import { openExpressionEngine } from '../../inventory/expressions/expressionEngine.ts';
import { planMapping } from '../../inventory/mapping/planMapping.ts';
import type { MappingFile } from '../../inventory/mapping/parseMapping.ts';
import type { DeviceFeed } from '../../inventory/sync/deviceFeed.ts';
import { runSync, type SyncProgress, type SyncResult } from '../../inventory/sync/runSync.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { openTarget, type TargetAccess } from '../../inventory/targets/openTarget.ts';
import { TargetError } from '../../inventory/targets/targetError.ts';

export interface MappingRun {
  readonly source: MappingFile;
  readonly feed: DeviceFeed;
  readonly access: TargetAccess;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncProgress) => void;
}

/** One run of one mapping, from its text to the closed target. @throws SyncError */
export async function runMapping({ source, feed, access, ...rest }: MappingRun): Promise<SyncResult> {
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(source, engine);
    if (!planned.ok)
      throw new SyncError('findings', `${planned.findings.length} findings`, { findings: planned.findings });
    const target = await openTarget({ plan: planned.plan, access, now: Date.now, lookOnly: rest.dryRun });
    try {
      return await runSync({
        ...rest,
        plan: planned.plan,
        engine,
        feed,
        target,
        host: hostname(),
        now: Date.now,
      });
    } finally {
      await target.close();
    }
  } catch (error) {
    if (error instanceof TargetError) throw new SyncError('target', error.message, { cause: error });
    throw error;
  } finally {
    engine.close();
  }
}
