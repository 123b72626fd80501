import type { Plan } from '../mapping/plan.ts';
import { openDuckdbSession } from './duckdbSession.ts';
import { createFileTarget } from './fileTarget.ts';
import type { InventoryTarget } from './inventoryTarget.ts';
import { openPostgresSession } from './postgresSession.ts';
import { createSqlTarget } from './sqlTarget.ts';
import type { SqlSession } from './sqlSession.ts';

/** What a target needs that does not stand in the mapping itself. */
export interface TargetAccess {
  /** Absolute form of a path that stands in the mapping. */
  readonly locate: (file: string) => string;
  readonly exists: (file: string) => boolean;
  readonly password: string | undefined;
  readonly caPem: string | undefined;
}

export interface OpenTargetOptions {
  readonly plan: Plan;
  readonly access: TargetAccess;
  readonly now: () => number;
  /** Nothing will be written: what does not exist is not made. */
  readonly lookOnly: boolean;
}

/** @throws TargetError if it cannot be had */
export async function openTarget({
  plan,
  access,
  now,
  lookOnly,
}: OpenTargetOptions): Promise<InventoryTarget> {
  const session = await openSession(plan.source.mapping.target, access, lookOnly);
  const target = createSqlTarget(session, plan, now);
  const settings = plan.source.mapping.target;
  return settings.kind === 'file'
    ? createFileTarget(target, session, plan, access.locate(settings.file))
    : target;
}

/** The database behind a target. A file that is not there yet is, for whoever only looks, an empty one. */
export async function openSession(
  settings: Plan['source']['mapping']['target'],
  { locate, exists, password, caPem }: TargetAccess,
  lookOnly: boolean,
): Promise<SqlSession> {
  if (settings.kind === 'postgres') {
    const { host, port, database, user, tls } = settings;
    return openPostgresSession({
      host,
      port,
      database,
      user,
      password,
      tls: tls === 'on' ? { caPem } : undefined,
    });
  }
  const file = locate(
    settings.kind === 'file' ? (settings.state ?? `${settings.file}.state.duckdb`) : settings.file,
  );
  return openDuckdbSession(lookOnly && !exists(file) ? ':memory:' : file);
}
