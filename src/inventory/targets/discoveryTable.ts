import { quoteName } from '../expressions/deviceSource.ts';
import type { Field } from '../fields/field.ts';
import type { ColumnType } from '../mapping/mappingSchema.ts';
import type { Plan } from '../mapping/plan.ts';
import type { FieldValue } from '../fields/fieldValue.ts';
import type { Batch, KnownDetails } from './inventoryTarget.ts';
import type { SqlRow, SqlSession } from './sqlSession.ts';
import { anyDistinct, numberOf, parseTime, textOf, textSql, timeSql } from './sqlValues.ts';
import { columnOfField, type TargetNames } from './targetNames.ts';

const FIELD_COLUMNS = {
  text: 'text',
  number: 'integer',
  boolean: 'boolean',
  date: 'date',
} as const satisfies Record<Field['type'], ColumnType>;

/** What a statement writes down beside the values. */
export interface Stamp {
  readonly runId: string;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The table of what was seen: one row for each device of Intune, with the chosen fields as Intune sent them, and the history of its
 * rows. Its staging table is temporary and belongs to the session.
 */
export function createDiscoveryTable(session: SqlSession, names: TargetNames, plan: Plan) {
  const { dialect } = session;
  const columns = plan.fields
    .filter(({ graph }) => graph !== 'id')
    .map((field) => ({
      field,
      name: quoteName(columnOfField(field)),
      bare: columnOfField(field),
      type: dialect.types[FIELD_COLUMNS[field.type]],
    }));
  const details = columns.filter(({ field }) => field.onlyById);
  const listed = columns.filter(({ field }) => !field.onlyById);
  const { text, date, boolean } = dialect.types;
  const stage = '"intune_gate_stage_d"';
  const newDetails = (column: string): string =>
    `CASE WHEN s.has_details THEN s.${column} ELSE t.${column} END`;
  const pairs = (wanted: (field: Field) => boolean): (readonly [string, string])[] => [
    ...listed.filter(({ field }) => wanted(field)).map(({ name }) => [`t.${name}`, `s.${name}`] as const),
    ...details
      .filter(({ field }) => wanted(field))
      .map(({ name }) => [`t.${name}`, newDetails(name)] as const),
    ['t.lifecycle', 's.lifecycle'],
  ];
  const isChanged = anyDistinct(pairs(() => true));
  const isWorthHistory = anyDistinct(pairs(({ restless }) => !restless));
  let hasDetails = false;
  let hadDetails = false;
  const join = `${names.discovery} t JOIN ${stage} s ON t.device_id = s.device_id`;

  const count = async (): Promise<{ total: number; new: number; changed: number }> => {
    const [row] = await session.rows(
      `SELECT count(*) AS total, sum(CASE WHEN t.device_id IS NULL THEN 1 ELSE 0 END) AS fresh, sum(CASE WHEN t.device_id IS NOT NULL AND (${isChanged}) THEN 1 ELSE 0 END) AS changed FROM ${stage} s LEFT JOIN ${names.discovery} t ON t.device_id = s.device_id`,
    );
    return {
      total: numberOf(row, 'total'),
      new: numberOf(row, 'fresh'),
      changed: numberOf(row, 'changed'),
    };
  };

  return {
    async createTables(): Promise<void> {
      await session.run(
        `CREATE TABLE IF NOT EXISTS ${names.discovery} (device_id ${text} PRIMARY KEY, ${columns.map(({ name, type }) => `${name} ${type}, `).join('')}lifecycle ${text} NOT NULL, lifecycle_since ${date} NOT NULL, first_seen ${date} NOT NULL, changed_at ${date} NOT NULL, changed_by ${text} NOT NULL, changed_run ${text} NOT NULL, details_read_at ${date})`,
      );
      await session.run(
        `CREATE TABLE IF NOT EXISTS ${names.discoveryHistory} (device_id ${text} NOT NULL, changed_at ${date} NOT NULL, change ${text} NOT NULL, changed_run ${text} NOT NULL, changed_by ${text} NOT NULL, former ${text} NOT NULL)`,
      );
      const existing = new Set(
        (await session.columnsOf(plan.source.mapping.target.tables.discovery)).map(({ name }) =>
          name.toLowerCase(),
        ),
      );
      for (const { bare, name, type } of columns)
        if (!existing.has(bare))
          await session.run(`ALTER TABLE ${names.discovery} ADD COLUMN ${name} ${type}`);
      for (const { name, field } of columns)
        if (field.personal)
          await session.run(`COMMENT ON COLUMN ${names.discovery}.${name} IS 'personal data'`);
    },

    async createStage(): Promise<void> {
      await session.run(`DROP TABLE IF EXISTS ${stage}`);
      await session.run(
        `CREATE TEMPORARY TABLE ${stage} (device_id ${text}, ${columns.map(({ name, type }) => `${name} ${type}, `).join('')}lifecycle ${text}, has_details ${boolean})`,
      );
    },

    async fill({ devices, json }: Pick<Batch, 'devices' | 'json'>): Promise<void> {
      hasDetails = devices.some((device) => device.hasDetails);
      await session.run(`DELETE FROM ${stage}`);
      const source = [
        { name: 'id', type: text },
        ...columns.map(({ field, type }) => ({ name: field.graph, type })),
        { name: '_l', type: text },
        { name: '_d', type: boolean },
      ];
      await session.run(
        `INSERT INTO ${stage} SELECT ${source.map(({ name }) => quoteName(name)).join(', ')} FROM ${dialect.jsonRows('$1', source)}`,
        [json],
      );
    },

    count,

    /** Writes what is staged. */
    async merge({ runId, user, now }: Stamp): Promise<{ new: number; changed: number; rows: number }> {
      const time = timeSql(dialect, now);
      const [by, run] = [textSql(user), textSql(runId)];
      // To plan a statement over so many columns takes time: those that would do nothing are left out.
      const wanted = await count();
      const history =
        wanted.changed === 0
          ? 0
          : await session.run(
              `INSERT INTO ${names.discoveryHistory} SELECT t.device_id, ${time}, CASE WHEN t.lifecycle = s.lifecycle THEN 'changed' WHEN s.lifecycle = 'active' THEN 'returned' ELSE s.lifecycle END, ${run}, ${by}, ${dialect.rowAsJson('t')} FROM ${join} WHERE ${isWorthHistory}`,
            );
      const changed =
        wanted.changed === 0
          ? 0
          : await session.run(
              `UPDATE ${names.discovery} AS t SET ${[
                ...listed.map(({ name }) => `${name} = s.${name}`),
                ...details.map(({ name }) => `${name} = ${newDetails(name)}`),
              ].join(
                ', ',
              )}, lifecycle = s.lifecycle, lifecycle_since = CASE WHEN t.lifecycle = s.lifecycle THEN t.lifecycle_since ELSE ${time} END, changed_at = ${time}, changed_by = ${by}, changed_run = ${run}, details_read_at = CASE WHEN s.has_details THEN ${time} ELSE t.details_read_at END FROM ${stage} s WHERE t.device_id = s.device_id AND (${isChanged})`,
            );
      const added =
        wanted.new === 0
          ? 0
          : await session.run(
              `INSERT INTO ${names.discovery} (device_id, ${columns.map(({ name }) => `${name}, `).join('')}lifecycle, lifecycle_since, first_seen, changed_at, changed_by, changed_run, details_read_at) SELECT s.device_id, ${columns.map(({ name }) => `s.${name}, `).join('')}s.lifecycle, ${time}, ${time}, ${time}, ${by}, ${run}, CASE WHEN s.has_details THEN ${time} END FROM ${stage} s WHERE NOT EXISTS (SELECT 1 FROM ${names.discovery} t WHERE t.device_id = s.device_id)`,
            );
      // Details that were read again and are the same: no change of the device, but a date to remember.
      if (hasDetails)
        await session.run(
          `UPDATE ${names.discovery} AS t SET details_read_at = ${time} FROM ${stage} s WHERE t.device_id = s.device_id AND s.has_details AND t.details_read_at < ${time}`,
        );
      return { new: added, changed, rows: history + changed + added };
    },

    async knownDetails(ids: readonly string[]): Promise<ReadonlyMap<string, KnownDetails>> {
      if (details.length === 0) return new Map();
      hadDetails ||=
        (
          await session.rows(
            `SELECT 1 AS one FROM ${names.discovery} WHERE details_read_at IS NOT NULL LIMIT 1`,
          )
        ).length > 0;
      if (!hadDetails) return new Map();
      const rows = await session.rows(
        `SELECT t.device_id, CAST(t.details_read_at AS ${text}) AS details_read_at${details.map(({ name }) => `, t.${name}`).join('')} FROM ${names.discovery} t JOIN ${dialect.jsonRows('$1', [{ name: 'id', type: text }])} ON t.device_id = id WHERE t.details_read_at IS NOT NULL`,
        [JSON.stringify(ids.map((id) => ({ id })))],
      );
      return new Map(
        rows.map((row) => [
          textOf(row, 'device_id'),
          {
            readAt: parseTime(row['details_read_at']) ?? 0,
            values: Object.fromEntries(
              details.map(({ field, bare }) => [field.graph, detailValue(field, row[bare])]),
            ),
          },
        ]),
      );
    },

    /** Not among the devices of the chain, and not marked yet. */
    async missing(chain: string, most: number): Promise<readonly string[]> {
      const list =
        dialect.kind === 'duckdb'
          ? 'unnest(from_json(p.devices::JSON, \'["VARCHAR"]\'))'
          : 'json_array_elements_text(p.devices::json)';
      const rows = await session.rows(
        `SELECT t.device_id FROM ${names.discovery} t WHERE t.lifecycle <> 'left' AND t.device_id NOT IN (SELECT ${list} FROM ${names.progress} p WHERE p.chain = $1) ORDER BY t.device_id LIMIT ${most}`,
        [chain],
      );
      return rows.map((row) => textOf(row, 'device_id'));
    },

    async markLeft(
      ids: readonly string[],
      { runId, user, now }: Stamp,
    ): Promise<{ left: number; rows: number }> {
      const time = timeSql(dialect, now);
      const [by, run] = [textSql(user), textSql(runId)];
      const which = `t.lifecycle <> 'left' AND t.device_id IN (SELECT id FROM ${dialect.jsonRows('$1', [{ name: 'id', type: text }])})`;
      const json = JSON.stringify(ids.map((id) => ({ id })));
      const history = await session.run(
        `INSERT INTO ${names.discoveryHistory} SELECT t.device_id, ${time}, 'left', ${run}, ${by}, ${dialect.rowAsJson('t')} FROM ${names.discovery} t WHERE ${which}`,
        [json],
      );
      const left = await session.run(
        `UPDATE ${names.discovery} AS t SET lifecycle = 'left', lifecycle_since = ${time}, changed_at = ${time}, changed_by = ${by}, changed_run = ${run} WHERE ${which}`,
        [json],
      );
      return { left, rows: history + left };
    },
  };
}

function detailValue(field: Field, value: SqlRow[string] | undefined): FieldValue {
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'number':
      return Number(value);
    case 'boolean':
      return value === true || value === 't' || value === 'true';
    default:
      return String(value);
  }
}
