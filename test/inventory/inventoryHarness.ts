import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { openExpressionEngine } from '../../src/inventory/expressions/expressionEngine.ts';
import type { Finding } from '../../src/inventory/finding.ts';
import { parseMapping } from '../../src/inventory/mapping/parseMapping.ts';
import type { Plan } from '../../src/inventory/mapping/plan.ts';
import { planMapping } from '../../src/inventory/mapping/planMapping.ts';
import { openDuckdbSession } from '../../src/inventory/targets/duckdbSession.ts';
import type { DeviceFeed } from '../../src/inventory/sync/deviceFeed.ts';
import { runSync, type SyncOptions, type SyncResult } from '../../src/inventory/sync/runSync.ts';
import { SyncError } from '../../src/inventory/sync/syncError.ts';
import { openTarget } from '../../src/inventory/targets/openTarget.ts';
import type { SqlRow } from '../../src/inventory/targets/sqlSession.ts';

export const EXAMPLE = fileURLToPath(new URL('../../examples/inventory/mapping.yaml', import.meta.url));

/** The mapping of the documentation, with changes. */
export function mappingText(change: (mapping: Record<string, unknown>) => void = () => undefined): string {
  const mapping = parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, unknown>;
  change(mapping);
  return stringify(mapping);
}

/** The findings of a mapping before any target, or none. */
export async function findingsOf(text: string): Promise<readonly Finding[]> {
  const planned = await planOf(text);
  return 'findings' in planned ? planned.findings : [];
}

export async function planOf(
  text: string,
): Promise<{ readonly plan: Plan } | { readonly findings: readonly Finding[] }> {
  const parsed = parseMapping(text, 'mapping.yaml');
  if (!parsed.ok) return parsed;
  const engine = await openExpressionEngine(0);
  try {
    return await planMapping(parsed, engine);
  } finally {
    engine.close();
  }
}

export interface TestRun extends Partial<
  Pick<SyncOptions, 'full' | 'dryRun' | 'signal' | 'now' | 'onProgress' | 'host'>
> {
  readonly text: string;
  readonly feed: DeviceFeed;
  readonly password?: string;
  readonly caPem?: string;
}

/** One run, from the text of a mapping to the closed target. Paths of the mapping must be absolute. */
export async function sync(run: TestRun): Promise<SyncResult> {
  const { text, feed, password, caPem, now = Date.now } = run;
  const engine = await openExpressionEngine(now());
  try {
    const parsed = parseMapping(text, 'mapping.yaml');
    const planned = parsed.ok ? await planMapping(parsed, engine) : parsed;
    if (!planned.ok) throw new SyncError('findings', 'findings', { findings: planned.findings });
    const access = { locate: (file: string) => file, exists: () => true, password, caPem };
    const target = await openTarget({ plan: planned.plan, access, now, lookOnly: false });
    try {
      return await runSync({
        plan: planned.plan,
        engine,
        feed,
        target,
        full: run.full ?? false,
        dryRun: run.dryRun ?? false,
        host: run.host ?? 'here',
        signal: run.signal ?? new AbortController().signal,
        now,
        ...(run.onProgress === undefined ? {} : { onProgress: run.onProgress }),
      });
    } finally {
      await target.close();
    }
  } finally {
    engine.close();
  }
}

/** Why a run ended before its end. */
export async function syncErrorOf(run: Promise<SyncResult>): Promise<SyncError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('the run went well');
}

/** Rows of a DuckDB file. */
export async function rowsIn(file: string, sql: string): Promise<readonly SqlRow[]> {
  const session = await openDuckdbSession(file);
  try {
    return await session.rows(sql);
  } finally {
    await session.close();
  }
}
