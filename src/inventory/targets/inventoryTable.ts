import { quoteName } from '../expressions/deviceSource.ts';
import type { Finding } from '../finding.ts';
import type { Plan, PlannedColumn } from '../mapping/plan.ts';
import type { Stamp } from './discoveryTable.ts';
import type { AssetRow, Change } from './inventoryTarget.ts';
import { quoteTable, type ExistingColumn, type SqlSession } from './sqlSession.ts';
import { anyDistinct, numberOf, textOf, textSql, timeSql } from './sqlValues.ts';
import type { TargetNames } from './targetNames.ts';

/** What became of the staged rows before they were written. */
export interface StagedFacts {
  readonly assigned: number;
  readonly unassigned: Readonly<Record<string, number>>;
  /** Keys that belong to another device which is still there. */
  readonly duplicateKeys: number;
}

/**
 * The table of assets: one row for each unique key, with the mapped columns, and the history of its rows. The user's own columns
 * beside them are never touched.
 */
export function createInventoryTable(session: SqlSession, names: TargetNames, plan: Plan) {
  const { dialect } = session;
  const { mapping } = plan.source;
  const { systemColumns: system, tables } = mapping.target;
  const { assignment } = mapping;
  const { text, date } = dialect.types;
  const stage = '"intune_gate_stage_a"';
  const columns = plan.columns.map((column, index) => ({
    column,
    name: quoteName(column.name),
    staged: `c${index}`,
  }));
  const keyIndex = plan.columns.indexOf(plan.key);
  const keyStaged = `c${keyIndex}`;
  const key = quoteName(plan.key.name);
  const sys = {
    device: quoteName(system.deviceId),
    lifecycle: quoteName(system.lifecycle),
    since: quoteName(system.lifecycleSince),
    createdAt: quoteName(system.createdAt),
    changedAt: quoteName(system.changedAt),
    changedBy: quoteName(system.changedBy),
  };
  const assign = assignment && { column: quoteName(assignment.column), note: quoteName(assignment.note) };
  const compared = columns.filter(({ column }) => !column.stamp && !column.once && column !== plan.key);
  const pair = ({ name, staged }: { name: string; staged: string }): readonly [string, string] => [
    `t.${name}`,
    `s.${staged}`,
  ];
  const assignPairs: readonly (readonly [string, string])[] =
    assign === undefined
      ? []
      : [
          // Nobody was found: whoever has the device keeps it.
          [`t.${assign.column}`, `COALESCE(s.a, CAST(t.${assign.column} AS ${text}))`],
          [`t.${assign.note}`, 's.n'],
        ];
  const lifePairs: readonly (readonly [string, string])[] = [
    [`t.${sys.lifecycle}`, 's.l'],
    [`t.${sys.device}`, 's.d'],
  ];
  const isChanged = anyDistinct([...compared.map(pair), ...assignPairs, ...lifePairs]);
  const isWorthHistory = anyDistinct([
    ...compared.filter(({ column }) => !column.restless).map(pair),
    ...assignPairs,
    ...lifePairs,
  ]);
  const join = `${names.inventory} t JOIN ${stage} s ON t.${key} = s.${keyStaged}`;
  let types: readonly string[] = columns.map(({ column }) => dialect.types[column.type]);

  const count = async (): Promise<{ total: number; new: number; changed: number }> => {
    const [row] = await session.rows(
      `SELECT count(*) AS total, sum(CASE WHEN t.${key} IS NULL THEN 1 ELSE 0 END) AS fresh, sum(CASE WHEN t.${key} IS NOT NULL AND (${isChanged}) THEN 1 ELSE 0 END) AS changed FROM ${stage} s LEFT JOIN ${names.inventory} t ON t.${key} = s.${keyStaged}`,
    );
    return {
      total: numberOf(row, 'total'),
      new: numberOf(row, 'fresh'),
      changed: numberOf(row, 'changed'),
    };
  };

  const adoptTypes = async (): Promise<void> => {
    const existing = byName(await session.columnsOf(tables.inventory));
    types = columns.map(
      ({ column }) => existing.get(column.name.toLowerCase())?.type ?? dialect.types[column.type],
    );
  };

  return {
    /** What the table lacks, has otherwise, or cannot do. */
    async check(mayCreate: boolean): Promise<readonly Finding[]> {
      const existing = await session.columnsOf(tables.inventory);
      const findings: Finding[] = [];
      const at = (path: readonly (string | number)[], finding: Finding): void => {
        const line = plan.source.lineOf(path);
        findings.push({ ...finding, file: plan.source.file, ...(line === undefined ? {} : { line }) });
      };
      if (existing.length === 0) {
        if (!mayCreate)
          at(['target', 'tables', 'inventory'], {
            code: 'missingTable',
            message: `the target has no table ${tables.inventory}.`,
            todo: 'Make it, correct the name, or set `target.create: true`.',
          });
        return findings;
      }
      const known = byName(existing);
      for (const column of plan.columns) findings.push(...checkColumn(column, known, mayCreate, at));
      for (const [what, name] of [
        ...Object.entries(system).map(([part, column]) => [`target.systemColumns.${part}`, column] as const),
        ...(assignment === undefined
          ? []
          : ([
              ['assignment.column', assignment.column],
              ['assignment.note', assignment.note],
            ] as const)),
      ]) {
        if (!known.has(name.toLowerCase()) && !mayCreate)
          at(what.split('.'), {
            code: 'unknownColumn',
            message: `the table ${tables.inventory} has no column ${name} (${what}).`,
            todo: 'Add it to the table, name another one, or set `target.create: true`.',
          });
      }
      const unique = await session.uniqueKeysOf(tables.inventory);
      if (
        known.has(plan.key.name.toLowerCase()) &&
        !unique.some((set) => set.length === 1 && set[0]?.toLowerCase() === plan.key.name.toLowerCase())
      )
        at(['key'], {
          code: 'unfitIdentifier',
          message: `the target does not keep ${plan.key.name} unique.`,
          todo: `Make it the primary key of ${tables.inventory}, or give it a unique index.`,
        });
      if (assignment !== undefined) {
        const users = byName(await session.columnsOf(assignment.users.table));
        const missing = [...assignment.users.match, assignment.users.value].filter(
          (name) => !users.has(name.toLowerCase()),
        );
        if (missing.length > 0)
          at(['assignment', 'users'], {
            code: users.size === 0 ? 'missingTable' : 'unknownColumn',
            message: `the table ${assignment.users.table} has no ${missing.join(', ')}.`,
            todo: 'Name a table of the target with columns that hold the mail address or login of its users.',
          });
      }
      return findings;

      function checkColumn(
        column: PlannedColumn,
        columnsOf: ReadonlyMap<string, ExistingColumn>,
        mayAdd: boolean,
        tell: typeof at,
      ): readonly Finding[] {
        const found = columnsOf.get(column.name.toLowerCase());
        if (found === undefined && !mayAdd)
          tell(column.path, {
            code: 'unknownColumn',
            message: `the table ${tables.inventory} has no column ${column.name}.`,
            todo: 'Correct the name, add the column, or set `target.create: true`.',
          });
        else if (found !== undefined && !dialect.fits(column.type, found.type))
          tell(column.path, {
            code: 'typeMismatch',
            message: `${column.name} gives ${column.type}, which cannot fit the type ${found.type} of the target.`,
            todo: 'CAST the value, or change the column.',
          });
        return [];
      }
    },

    async limits(): Promise<ReadonlyMap<string, number>> {
      const existing = await session.columnsOf(tables.inventory);
      return new Map(
        existing.flatMap(({ name, maxLength }) =>
          maxLength === undefined ? [] : [[name.toLowerCase(), maxLength] as const],
        ),
      );
    },

    async createTables(mayCreate: boolean): Promise<void> {
      const wanted = [
        ...columns.map(({ column, name }) => ({
          bare: column.name,
          name,
          type: dialect.types[column.type],
          personal: column.personal,
        })),
        ...[system.deviceId, system.lifecycle, system.changedBy].map((bare) => ({
          bare,
          name: quoteName(bare),
          type: text,
          personal: false,
        })),
        ...[system.lifecycleSince, system.createdAt, system.changedAt].map((bare) => ({
          bare,
          name: quoteName(bare),
          type: date,
          personal: false,
        })),
        ...(assignment === undefined
          ? []
          : [
              { bare: assignment.column, name: quoteName(assignment.column), type: text, personal: true },
              { bare: assignment.note, name: quoteName(assignment.note), type: text, personal: false },
            ]),
      ];
      if (mayCreate) {
        await session.run(
          `CREATE TABLE IF NOT EXISTS ${names.inventory} (${wanted.map(({ name, type }) => `${name} ${type}${name === key ? ' PRIMARY KEY' : ''}`).join(', ')})`,
        );
        const existing = byName(await session.columnsOf(tables.inventory));
        for (const { bare, name, type } of wanted)
          if (!existing.has(bare.toLowerCase()))
            await session.run(`ALTER TABLE ${names.inventory} ADD COLUMN ${name} ${type}`);
        for (const { name, personal } of wanted)
          if (personal) await session.run(`COMMENT ON COLUMN ${names.inventory}.${name} IS 'personal data'`);
      }
      await session.run(
        `CREATE TABLE IF NOT EXISTS ${names.inventoryHistory} (asset_key ${text} NOT NULL, changed_at ${date} NOT NULL, change ${text} NOT NULL, changed_run ${text} NOT NULL, changed_by ${text} NOT NULL, former ${text} NOT NULL)`,
      );
    },

    async createStage(): Promise<void> {
      await adoptTypes();
      await session.run(`DROP TABLE IF EXISTS ${stage}`);
      await session.run(
        `CREATE TEMPORARY TABLE ${stage} (${columns.map(({ staged }, index) => `${staged} ${types[index] ?? text}, `).join('')}d ${text}, l ${text}, o ${text}, a ${text}, n ${text})`,
      );
    },

    /** Stages rows, finds their owners, and takes out those whose key belongs to another living device. */
    async fill(assets: readonly AssetRow[]): Promise<StagedFacts> {
      await session.run(`DELETE FROM ${stage}`);
      const source = [
        ...columns.map(({ staged }, index) => ({ name: staged, type: types[index] ?? text })),
        ...['d', 'l', 'o'].map((name) => ({ name, type: text })),
      ];
      await session.run(
        `INSERT INTO ${stage} (${source.map(({ name }) => name).join(', ')}) SELECT ${source.map(({ name }) => name).join(', ')} FROM ${dialect.jsonRows('$1', source)}`,
        [`[${assets.map(({ json }) => json).join(',')}]`],
      );
      const duplicateKeys = plan.keyIsDeviceId
        ? 0
        : await session.run(
            `DELETE FROM ${stage} WHERE d IN (SELECT s.d FROM ${join} JOIN ${names.discovery} o ON o.device_id = t.${sys.device} WHERE t.${sys.device} <> s.d AND o.lifecycle <> 'left')`,
          );
      if (assignment === undefined) return { assigned: 0, unassigned: {}, duplicateKeys };
      const { users } = assignment;
      const value = `CAST(u.${quoteName(users.value)} AS ${text})`;
      const references = users.match
        .map(
          (name) =>
            `SELECT lower(CAST(u.${quoteName(name)} AS ${text})) AS reference, ${value} AS value FROM ${quoteTable(users.table)} u WHERE u.${quoteName(name)} IS NOT NULL`,
        )
        .join(' UNION ');
      await session.run(
        `UPDATE ${stage} AS s SET a = CASE WHEN m.found = 1 THEN m.value END, n = CASE WHEN m.found = 1 THEN NULL WHEN m.found = 0 THEN 'no user with this reference' ELSE 'several users with this reference' END FROM (SELECT w.d AS device, count(DISTINCT r.value) AS found, min(r.value) AS value FROM ${stage} w LEFT JOIN (${references}) r ON r.reference = w.o WHERE w.o IS NOT NULL GROUP BY w.d) m WHERE s.d = m.device`,
      );
      const facts = await session.rows(
        `SELECT CASE WHEN a IS NOT NULL THEN 'assigned' WHEN n IS NULL THEN 'no owner' ELSE n END AS fact, count(*) AS devices FROM ${stage} GROUP BY 1`,
      );
      const byFact = new Map(facts.map((row) => [textOf(row, 'fact'), numberOf(row, 'devices')]));
      const assigned = byFact.get('assigned') ?? 0;
      byFact.delete('assigned');
      return { assigned, unassigned: Object.fromEntries(byFact), duplicateKeys };
    },

    count,

    async merge({
      runId,
      user,
      now,
    }: Stamp): Promise<{ total: number; new: number; changed: number; rows: number }> {
      const time = timeSql(dialect, now);
      const [by, run] = [textSql(user), textSql(runId)];
      const wanted = await count();
      const history =
        wanted.changed === 0
          ? 0
          : await session.run(
              `INSERT INTO ${names.inventoryHistory} SELECT CAST(t.${key} AS ${text}), ${time}, CASE WHEN t.${sys.lifecycle} IS NOT DISTINCT FROM s.l THEN 'changed' WHEN s.l = 'active' THEN 'returned' ELSE s.l END, ${run}, ${by}, ${dialect.rowAsJson('t')} FROM ${join} WHERE ${isWorthHistory}`,
            );
      const sets = columns.filter(({ column }) => !column.once && column !== plan.key);
      const changed =
        wanted.changed === 0
          ? 0
          : await session.run(
              `UPDATE ${names.inventory} AS t SET ${[
                ...sets.map(({ name, staged }) => `${name} = s.${staged}`),
                ...(assign === undefined
                  ? []
                  : [
                      `${assign.column} = COALESCE(s.a, CAST(t.${assign.column} AS ${text}))`,
                      `${assign.note} = s.n`,
                    ]),
                `${sys.device} = s.d`,
                `${sys.lifecycle} = s.l`,
                `${sys.since} = CASE WHEN t.${sys.lifecycle} IS NOT DISTINCT FROM s.l THEN t.${sys.since} ELSE ${time} END`,
                `${sys.changedAt} = ${time}`,
                `${sys.changedBy} = ${by}`,
              ].join(', ')} FROM ${stage} s WHERE t.${key} = s.${keyStaged} AND (${isChanged})`,
            );
      const added =
        wanted.new === 0
          ? 0
          : await session.run(
              `INSERT INTO ${names.inventory} (${[
                ...columns.map(({ name }) => name),
                ...(assign === undefined ? [] : [assign.column, assign.note]),
                sys.device,
                sys.lifecycle,
                sys.since,
                sys.createdAt,
                sys.changedAt,
                sys.changedBy,
              ].join(', ')}) SELECT ${[
                ...columns.map(({ staged }) => `s.${staged}`),
                ...(assign === undefined ? [] : ['s.a', 's.n']),
                's.d',
                's.l',
                time,
                time,
                time,
                by,
              ].join(
                ', ',
              )} FROM ${stage} s WHERE NOT EXISTS (SELECT 1 FROM ${names.inventory} t WHERE t.${key} = s.${keyStaged})`,
            );
      return { total: wanted.total, new: added, changed, rows: history + changed + added };
    },

    /** The first changes among the staged rows, column by column. */
    async changes(most: number): Promise<readonly Change[]> {
      if (most <= 0) return [];
      const asText = (value: string): string => `CAST(${value} AS ${text})`;
      const shown = compared.concat(columns.filter(({ column }) => column === plan.key));
      const rows = await session.rows(
        `SELECT ${asText(`s.${keyStaged}`)} AS asset_key, CASE WHEN t.${key} IS NULL THEN 'new' ELSE 'changed' END AS change${shown.map(({ staged, name }) => `, ${asText(`t.${name}`)} AS f_${staged}, ${asText(`s.${staged}`)} AS t_${staged}`).join('')}, ${asText(`t.${sys.lifecycle}`)} AS f_l, s.l AS t_l FROM ${stage} s LEFT JOIN ${names.inventory} t ON t.${key} = s.${keyStaged} WHERE t.${key} IS NULL OR (${isChanged}) ORDER BY 1 LIMIT ${most}`,
      );
      return rows.map((row) => ({
        key: textOf(row, 'asset_key'),
        change: row['change'] === 'new' ? 'new' : 'changed',
        columns: [
          ...shown.map(({ staged, column }) => [staged, column.name] as const),
          ['l', system.lifecycle] as const,
        ]
          .map(([staged, name]) => ({
            name,
            from: (row[`f_${staged}`] ?? null) as string | null,
            to: (row[`t_${staged}`] ?? null) as string | null,
          }))
          .filter(({ from, to }) => from !== to),
      }));
    },

    async markLeft(
      ids: readonly string[],
      { runId, user, now }: Stamp,
    ): Promise<{ left: number; rows: number }> {
      const time = timeSql(dialect, now);
      const [by, run] = [textSql(user), textSql(runId)];
      const which = `t.${sys.lifecycle} IS DISTINCT FROM 'left' AND t.${sys.device} IN (SELECT id FROM ${dialect.jsonRows('$1', [{ name: 'id', type: text }])})`;
      const json = JSON.stringify(ids.map((id) => ({ id })));
      const history = await session.run(
        `INSERT INTO ${names.inventoryHistory} SELECT CAST(t.${key} AS ${text}), ${time}, 'left', ${run}, ${by}, ${dialect.rowAsJson('t')} FROM ${names.inventory} t WHERE ${which}`,
        [json],
      );
      const left = await session.run(
        `UPDATE ${names.inventory} AS t SET ${sys.lifecycle} = 'left', ${sys.since} = ${time}, ${sys.changedAt} = ${time}, ${sys.changedBy} = ${by} WHERE ${which}`,
        [json],
      );
      return { left, rows: history + left };
    },
  };
}

function byName(columns: readonly ExistingColumn[]): ReadonlyMap<string, ExistingColumn> {
  return new Map(columns.map((column) => [column.name.toLowerCase(), column]));
}
