import { parseCounts } from './parseCounts.ts';
import type { RunRecord } from './inventoryTarget.ts';
import type { SqlRow, SqlSession } from './sqlSession.ts';
import { numberOf, parseTime, textOf, textSql, timeSql } from './sqlValues.ts';
import { TargetError } from './targetError.ts';
import type { TargetNames } from './targetNames.ts';

/** How long a holder on another machine may be silent before it counts as gone. */
const SILENCE_MS = 120_000;

export async function createRunTables({ dialect, run }: SqlSession, names: TargetNames): Promise<void> {
  const { text, integer, date } = dialect.types;
  await run(
    `CREATE TABLE IF NOT EXISTS ${names.runs} (id ${text} PRIMARY KEY, mapping ${text} NOT NULL, kind ${text} NOT NULL, status ${text} NOT NULL, started_at ${date} NOT NULL, finished_at ${date}, list_started_at ${date} NOT NULL, chain ${text} NOT NULL, next_page ${text}, fingerprint ${text} NOT NULL, ran_by ${text} NOT NULL, host ${text} NOT NULL, counts ${text} NOT NULL, message ${text} NOT NULL)`,
  );
  await run(
    `CREATE TABLE IF NOT EXISTS ${names.progress} (chain ${text} NOT NULL, batch ${text} NOT NULL, devices ${text} NOT NULL, PRIMARY KEY (chain, batch))`,
  );
  await run(
    `CREATE TABLE IF NOT EXISTS ${names.lock} (id ${integer} PRIMARY KEY, holder ${text} NOT NULL, host ${text} NOT NULL, process ${integer} NOT NULL, since ${date} NOT NULL, beat ${date} NOT NULL)`,
  );
}

export async function readRuns(
  session: SqlSession,
  names: TargetNames,
  mapping: string,
  most: number,
): Promise<readonly RunRecord[]> {
  const rows = await session.rows(
    `SELECT id, mapping, kind, status, CAST(started_at AS ${session.dialect.types.text}) AS started_at, CAST(finished_at AS ${session.dialect.types.text}) AS finished_at, CAST(list_started_at AS ${session.dialect.types.text}) AS list_started_at, chain, next_page, fingerprint, ran_by, host, counts, message
     FROM ${names.runs} WHERE mapping = $1 ORDER BY started_at DESC, id LIMIT ${most}`,
    [mapping],
  );
  return rows.map(parseRun);
}

function parseRun(row: SqlRow): RunRecord {
  const startedAt = parseTime(row['started_at']) ?? 0;
  const status = textOf(row, 'status');
  return {
    id: textOf(row, 'id'),
    mapping: textOf(row, 'mapping'),
    kind: textOf(row, 'kind') === 'full' ? 'full' : 'incremental',
    status: status === 'done' || status === 'failed' || status === 'running' ? status : 'cut',
    startedAt,
    finishedAt: parseTime(row['finished_at']),
    listStartedAt: parseTime(row['list_started_at']) ?? startedAt,
    chain: textOf(row, 'chain'),
    cursor: textOf(row, 'next_page') || undefined,
    fingerprint: textOf(row, 'fingerprint'),
    user: textOf(row, 'ran_by'),
    host: textOf(row, 'host'),
    counts: parseCounts(textOf(row, 'counts')),
    message: textOf(row, 'message'),
  };
}

/**
 * Takes the lock of a target for a run. Whoever holds the session's claim is alone among the living on this machine, or on this
 * server; the row tells of holders elsewhere, and who they are.
 *
 * @throws TargetError `busy` in words that say who holds it
 */
export async function takeLock(
  session: SqlSession,
  names: TargetNames,
  run: RunRecord,
  now: number,
): Promise<void> {
  const isAlone = await session.claim();
  const [holder] = await session.rows(
    `SELECT host, process, CAST(since AS ${session.dialect.types.text}) AS since, CAST(beat AS ${session.dialect.types.text}) AS beat FROM ${names.lock} WHERE id = 1`,
  );
  const isSilent = now - (parseTime(holder?.['beat']) ?? 0) > SILENCE_MS;
  // PostgreSQL knows all of its clients; a file may lie on a disk that several machines share.
  const mayTake =
    isAlone &&
    (holder === undefined ||
      session.dialect.kind === 'postgres' ||
      textOf(holder, 'host') === run.host ||
      isSilent);
  if (!mayTake) {
    throw new TargetError(
      'busy',
      holder === undefined
        ? 'another run writes to this target'
        : `another run writes to this target: process ${numberOf(holder, 'process')} on ${textOf(holder, 'host')}, since ${textOf(holder, 'since')} UTC`,
    );
  }
  const time = timeSql(session.dialect, now);
  await session.transaction(async () => {
    await session.run(`DELETE FROM ${names.lock} WHERE id = 1`);
    await session.run(
      `INSERT INTO ${names.lock} VALUES (1, ${textSql(run.id)}, ${textSql(run.host)}, ${process.pid}, ${time}, ${time})`,
    );
  });
}

/** To be called within every transaction that writes: what another run has taken over is not this one's any more. @throws TargetError `lockLost` */
export async function keepLock(
  session: SqlSession,
  names: TargetNames,
  runId: string,
  now: number,
): Promise<void> {
  const kept = await session.run(
    `UPDATE ${names.lock} SET beat = ${timeSql(session.dialect, now)} WHERE id = 1 AND holder = ${textSql(runId)}`,
  );
  if (kept !== 1) throw new TargetError('lockLost', 'another run has taken the lock of this target over');
}

export async function releaseLock(session: SqlSession, names: TargetNames, runId: string): Promise<void> {
  await session.run(`DELETE FROM ${names.lock} WHERE id = 1 AND holder = ${textSql(runId)}`);
}

/** Runs of which no process is left are cut ones. */
export async function markCut(session: SqlSession, names: TargetNames): Promise<void> {
  await session.run(
    `UPDATE ${names.runs} SET status = 'cut', message = 'It was cut off.' WHERE status = 'running'`,
  );
}

export async function insertRun(
  { dialect, run }: SqlSession,
  names: TargetNames,
  record: RunRecord,
): Promise<void> {
  await run(
    `INSERT INTO ${names.runs} VALUES (${[
      textSql(record.id),
      textSql(record.mapping),
      textSql(record.kind),
      textSql(record.status),
      timeSql(dialect, record.startedAt),
      'NULL',
      timeSql(dialect, record.listStartedAt),
      textSql(record.chain),
      record.cursor === undefined ? 'NULL' : textSql(record.cursor),
      textSql(record.fingerprint),
      textSql(record.user),
      textSql(record.host),
      textSql(JSON.stringify(record.counts)),
      textSql(record.message),
    ].join(', ')})`,
  );
}

/** Devices of a batch and where the list goes on, in the transaction of the batch. */
export async function noteProgress(
  { run }: SqlSession,
  names: TargetNames,
  record: RunRecord,
  batch: { readonly number: number; readonly ids: readonly string[]; readonly cursor: string | undefined },
): Promise<void> {
  await run(`INSERT INTO ${names.progress} VALUES ($1, $2, $3)`, [
    record.chain,
    `${record.id}/${batch.number}`,
    JSON.stringify(batch.ids),
  ]);
  await run(`UPDATE ${names.runs} SET next_page = $1 WHERE id = $2`, [batch.cursor ?? null, record.id]);
}
