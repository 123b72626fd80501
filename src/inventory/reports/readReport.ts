import type { Plan } from '../mapping/plan.ts';
import type { SqlSession } from '../targets/sqlSession.ts';
import { numberOf, parseTime, textOf, textSql, timeSql } from '../targets/sqlValues.ts';
import { columnOfField, targetNames } from '../targets/targetNames.ts';
import { findField } from '../fields/fieldCatalogue.ts';
import type { Report, ReportSection } from './report.ts';

const DAY_MS = 86_400_000;
const MOST_VERSIONS = 25;
const MOST_ROWS = 500;

export interface ReportOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Changes of state since then; milliseconds since 1970. */
  readonly since: number;
}

/**
 * Counts what the discovery table knows. Devices that left are counted in the section on the life cycle alone. Personal fields are in
 * no report.
 *
 * @returns undefined if nothing was ever copied
 */
export async function readReport(
  session: SqlSession,
  plan: Plan,
  { now, since }: ReportOptions,
): Promise<Report | undefined> {
  const { mapping } = plan.source;
  const names = targetNames(plan);
  const existing = new Set(
    (await session.columnsOf(mapping.target.tables.discovery)).map(({ name }) => name.toLowerCase()),
  );
  if (existing.size === 0) return undefined;
  const { dialect } = session;
  const { text } = dialect.types;
  const columnOf = (graph: string): string | undefined => {
    const field = findField(graph);
    const column = field === undefined ? undefined : columnOfField(field);
    return column !== undefined && existing.has(column) ? column : undefined;
  };

  const counted = async (
    title: string,
    name: string,
    needed: readonly string[],
    value: (columns: readonly string[]) => string,
    most = MOST_ROWS,
  ): Promise<ReportSection> => {
    const columns = needed.map(columnOf);
    const missing = needed.filter((_, index) => columns[index] === undefined);
    const section = { title, columns: [name, 'devices'], isChart: true };
    if (missing.length > 0) return { ...section, rows: [], note: `Not chosen: ${missing.join(', ')}.` };
    const rows = await session.rows(
      `SELECT ${value(columns.map((column) => `"${column ?? ''}"`))} AS value, count(*) AS devices FROM ${names.discovery} WHERE lifecycle <> 'left' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${most}`,
    );
    return {
      ...section,
      rows: rows.map((row) => [textOf(row, 'value') || '(nothing)', textOf(row, 'devices')]),
      note: undefined,
    };
  };

  const ago = (days: number): string => timeSql(dialect, now - days * DAY_MS);
  const [total] = await session.rows(
    `SELECT count(*) AS devices FROM ${names.discovery} WHERE lifecycle <> 'left'`,
  );
  const [last] =
    (await session.columnsOf(`${mapping.target.bookkeeping}_runs`)).length === 0
      ? []
      : await session.rows(
          `SELECT CAST(max(finished_at) AS ${text}) AS at FROM ${names.runs} WHERE status = 'done' AND mapping = ${textSql(mapping.name)}`,
        );
  return {
    title: mapping.name,
    madeAt: now,
    devices: numberOf(total, 'devices'),
    lastRunAt: parseTime(last?.['at']),
    sections: [
      await counted('Compliance', 'state', ['complianceState'], ([state = '']) => state),
      await counted('Platform', 'operating system', ['operatingSystem'], ([system = '']) => system),
      await counted(
        'Version',
        'operating system and version',
        ['operatingSystem', 'osVersion'],
        ([system = '', version = '']) => `trim(COALESCE(${system}, '') || ' ' || COALESCE(${version}, ''))`,
        MOST_VERSIONS,
      ),
      await counted('Owner', 'owner type', ['managedDeviceOwnerType'], ([owner = '']) => owner),
      await counted(
        'Last check-in',
        'age',
        ['lastSyncDateTime'],
        ([at = '']) =>
          `CASE WHEN ${at} IS NULL THEN '6 never' WHEN ${at} >= ${ago(1)} THEN '1 within a day' WHEN ${at} >= ${ago(7)} THEN '2 within a week' WHEN ${at} >= ${ago(30)} THEN '3 within 30 days' WHEN ${at} >= ${ago(90)} THEN '4 within 90 days' ELSE '5 longer ago' END`,
      ).then(inOrder),
      {
        title: 'Life cycle',
        columns: ['state', 'devices'],
        isChart: true,
        note: undefined,
        rows: (
          await session.rows(
            `SELECT lifecycle AS value, count(*) AS devices FROM ${names.discovery} GROUP BY 1 ORDER BY 2 DESC, 1`,
          )
        ).map((row) => [textOf(row, 'value'), textOf(row, 'devices')]),
      },
      await duplicates(),
      await changes(),
    ],
  };

  async function duplicates(): Promise<ReportSection> {
    const serial = columnOf('serialNumber');
    const section = {
      title: 'Duplicates by serial number',
      columns: ['serial number', 'Intune ids', 'devices'],
      isChart: false,
    };
    if (serial === undefined) return { ...section, rows: [], note: 'Not chosen: serialNumber.' };
    const rows = await session.rows(
      `SELECT ${serial} AS serial, string_agg(device_id, ' ' ORDER BY device_id) AS ids, count(*) AS devices FROM ${names.discovery} WHERE lifecycle <> 'left' AND trim(${serial}) <> '' GROUP BY 1 HAVING count(*) > 1 ORDER BY 3 DESC, 1 LIMIT ${MOST_ROWS}`,
    );
    return {
      ...section,
      rows: rows.map((row) => [textOf(row, 'serial'), textOf(row, 'ids'), textOf(row, 'devices')]),
      note: rows.length === 0 ? 'None.' : undefined,
    };
  }

  /** A row of the history holds what was; what came after it is in the next one, or in the table. */
  async function changes(): Promise<ReportSection> {
    const state = columnOf('complianceState');
    const section = {
      title: `Changed state since ${new Date(since).toISOString().slice(0, 10)}`,
      columns: ['at (UTC)', 'Intune id', 'from', 'to'],
      isChart: false,
    };
    const former = (key: string): string => dialect.jsonText('h.former', key);
    const was =
      state === undefined
        ? former('lifecycle')
        : `CASE WHEN ${former('lifecycle')} = 'active' THEN ${former(state)} ELSE ${former('lifecycle')} END`;
    const is =
      state === undefined
        ? 't.lifecycle'
        : `CASE WHEN t.lifecycle = 'active' THEN t.${state} ELSE t.lifecycle END`;
    const rows = await session.rows(
      `SELECT CAST(changed_at AS ${text}) AS at, device_id, was, became FROM (SELECT h.device_id, h.changed_at, ${was} AS was, COALESCE(lead(${was}) OVER (PARTITION BY h.device_id ORDER BY h.changed_at), ${is}) AS became FROM ${names.discoveryHistory} h JOIN ${names.discovery} t ON t.device_id = h.device_id) c WHERE changed_at >= ${timeSql(dialect, since)} AND was IS DISTINCT FROM became ORDER BY changed_at DESC, device_id LIMIT ${MOST_ROWS}`,
    );
    return {
      ...section,
      rows: rows.map((row) => [
        textOf(row, 'at').slice(0, 19),
        textOf(row, 'device_id'),
        textOf(row, 'was') || '(nothing)',
        textOf(row, 'became') || '(nothing)',
      ]),
      note: rows.length === 0 ? 'None.' : undefined,
    };
  }
}

/** The digit in front keeps the ages in their order. */
function inOrder(section: ReportSection): ReportSection {
  return {
    ...section,
    rows: [...section.rows]
      .sort(([a = ''], [b = '']) => a.localeCompare(b))
      .map(([value = '', ...rest]) => [value.slice(2), ...rest]),
  };
}
