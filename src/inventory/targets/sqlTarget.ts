import type { Plan } from '../mapping/plan.ts';
import { NO_COUNTS, addCounts, type Counts } from './counts.ts';
import { createDiscoveryTable, type Stamp } from './discoveryTable.ts';
import { createInventoryTable, type StagedFacts } from './inventoryTable.ts';
import type { Batch, InventoryTarget, RunRecord } from './inventoryTarget.ts';
import {
  createRunTables,
  insertRun,
  keepLock,
  markCut,
  noteProgress,
  readRuns,
  releaseLock,
  takeLock,
} from './runStore.ts';
import type { SqlSession } from './sqlSession.ts';
import { textSql, timeSql } from './sqlValues.ts';
import { targetNames } from './targetNames.ts';

/** A target in any database that speaks the SQL of a `SqlSession`. Closes the session. */
export function createSqlTarget(session: SqlSession, plan: Plan, now: () => number): InventoryTarget {
  const names = targetNames(plan);
  const { mapping } = plan.source;
  const mayCreate = mapping.target.create ?? session.dialect.kind === 'duckdb';
  const discovery = createDiscoveryTable(session, names, plan);
  const inventory = mapping.mode === 'inventory' ? createInventoryTable(session, names, plan) : undefined;
  let current: RunRecord | undefined;
  let batches = 0;
  let isStaged = false;
  let hasDiscovery = false;
  let isClosed = false;

  const stampOf = (run: RunRecord): Stamp => ({ runId: run.id, user: run.user, now: now() });
  const running = (): RunRecord => {
    if (current === undefined) throw new Error('no run has begun');
    return current;
  };
  const createTables = async (): Promise<void> => {
    await createRunTables(session, names);
    await discovery.createTables();
    await inventory?.createTables(mayCreate);
  };
  const createStages = async (): Promise<void> => {
    if (isStaged) return;
    await discovery.createStage();
    await inventory?.createStage();
    isStaged = true;
  };
  const isThere = async (table: string): Promise<boolean> => (await session.columnsOf(table)).length > 0;

  return {
    check: async () => (inventory === undefined ? [] : inventory.check(mayCreate)),
    limits: async () => (inventory === undefined ? new Map<string, number>() : inventory.limits()),

    async runs(most) {
      if (!(await isThere(`${mapping.target.bookkeeping}_runs`))) return [];
      return readRuns(session, names, mapping.name, most);
    },

    async begin(run) {
      // The lock is a row of a table, so that table comes first; making it twice does no harm.
      await createRunTables(session, names);
      await takeLock(session, names, run, now());
      await session.transaction(async () => {
        await keepLock(session, names, run.id, now());
        await createTables();
        await markCut(session, names);
        await insertRun(session, names, run);
      });
      await createStages();
      current = run;
      batches = 0;
    },

    async knownDetails(ids) {
      hasDiscovery ||= await isThere(mapping.target.tables.discovery);
      return hasDiscovery ? discovery.knownDetails(ids) : new Map();
    },

    write(batch) {
      const run = running();
      return session.transaction(async () => {
        await keepLock(session, names, run.id, now());
        const stamp = stampOf(run);
        await discovery.fill(batch);
        const seen = await discovery.merge(stamp);
        let counts: Counts = {
          ...NO_COUNTS,
          new: seen.new,
          changed: seen.changed,
          unchanged: batch.devices.length - seen.new - seen.changed,
          rowsWritten: seen.rows,
        };
        if (inventory !== undefined && batch.assets !== undefined) {
          const facts = await inventory.fill(batch.assets);
          const merged = await inventory.merge(stamp);
          counts = inventoryCounts(merged, facts, seen.rows + merged.rows);
        }
        batches += 1;
        const ids = batch.devices.map(({ id }) => id);
        await noteProgress(session, names, run, { number: batches, ids, cursor: batch.cursor });
        return addCounts(counts, batch.counts);
      });
    },

    async preview(batch: Batch, mostShown) {
      // Made inside a transaction that is rolled back: what is missing is there for the length of a question.
      const undo = new Error('undo');
      let preview: Awaited<ReturnType<InventoryTarget['preview']>> = { counts: NO_COUNTS, changes: [] };
      await session
        .transaction(async () => {
          await createTables();
          isStaged = false;
          await createStages();
          isStaged = false;
          await discovery.fill(batch);
          const seen = await discovery.count();
          let counts: Counts = {
            ...NO_COUNTS,
            new: seen.new,
            changed: seen.changed,
            unchanged: seen.total - seen.new - seen.changed,
          };
          if (inventory !== undefined && batch.assets !== undefined) {
            const facts = await inventory.fill(batch.assets);
            counts = inventoryCounts(await inventory.count(), facts, 0);
          }
          const changes = (await inventory?.changes(mostShown)) ?? [];
          preview = { counts: addCounts(counts, batch.counts), changes };
          throw undo;
        })
        .catch((error: unknown) => {
          if (error !== undo) throw error;
        });
      return preview;
    },

    missing: (most) => discovery.missing(running().chain, most),

    markLeft(ids) {
      const run = running();
      return session.transaction(async () => {
        await keepLock(session, names, run.id, now());
        const seen = await discovery.markLeft(ids, stampOf(run));
        const assets = await inventory?.markLeft(ids, stampOf(run));
        return {
          ...NO_COUNTS,
          left: assets?.left ?? seen.left,
          rowsWritten: seen.rows + (assets?.rows ?? 0),
        };
      });
    },

    async finish({ status, finishedAt, counts, message }) {
      const run = running();
      await session.transaction(async () => {
        await keepLock(session, names, run.id, now());
        const end = finishedAt === undefined ? 'NULL' : timeSql(session.dialect, finishedAt);
        await session.run(
          `UPDATE ${names.runs} SET status = ${textSql(status)}, finished_at = ${end}, counts = ${textSql(JSON.stringify(counts))}, message = ${textSql(message)}${status === 'done' ? ', next_page = NULL' : ''} WHERE id = ${textSql(run.id)}`,
        );
        if (status === 'done')
          await session.run(
            `DELETE FROM ${names.progress} WHERE chain IN (SELECT chain FROM ${names.runs} WHERE mapping = ${textSql(run.mapping)})`,
          );
        await releaseLock(session, names, run.id);
      });
      current = undefined;
    },

    async close() {
      if (isClosed) return;
      isClosed = true;
      if (current !== undefined) await releaseLock(session, names, current.id).catch(() => undefined);
      await session.close();
    },
  };
}

function inventoryCounts(
  rows: { readonly total: number; readonly new: number; readonly changed: number },
  facts: StagedFacts,
  rowsWritten: number,
): Counts {
  return {
    ...NO_COUNTS,
    new: rows.new,
    changed: rows.changed,
    unchanged: rows.total - rows.new - rows.changed,
    assigned: facts.assigned,
    unassigned: facts.unassigned,
    skipped: facts.duplicateKeys === 0 ? {} : { duplicateKey: facts.duplicateKeys },
    rowsWritten,
  };
}
