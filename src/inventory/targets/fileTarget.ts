import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { quoteName, quoteText } from '../expressions/deviceSource.ts';
import type { Plan } from '../mapping/plan.ts';
import type { InventoryTarget } from './inventoryTarget.ts';
import type { SqlSession } from './sqlSession.ts';
import { columnOfField, targetNames } from './targetNames.ts';

/** One column of a written file, as its schema tells it. */
interface FileColumn {
  readonly name: string;
  readonly type: string;
  readonly personal: boolean;
}

/** What a program that opens CSV would take for a formula, or for a way to begin one. */
const FORMULA = '^[=+\\-@\t\r]';

/**
 * A file as a target: what is known stands in a DuckDB file beside it, and after a good run that changed something the whole file is
 * written anew and put in place of the old one at once, with a schema beside it that marks personal columns.
 */
export function createFileTarget(
  inner: InventoryTarget,
  session: SqlSession,
  plan: Plan,
  file: string,
): InventoryTarget {
  const { target: settings, mode } = plan.source.mapping;
  if (settings.kind !== 'file') throw new Error('the target is no file');
  const { format, tables } = settings;
  const names = targetNames(plan);
  const [table, bare] =
    mode === 'inventory' ? [names.inventory, tables.inventory] : [names.discovery, tables.discovery];

  const writeFile = async (): Promise<void> => {
    const personal = new Set(
      mode === 'inventory'
        ? [
            ...plan.columns.filter((column) => column.personal).map(({ name }) => name),
            plan.source.mapping.assignment?.column ?? '',
          ]
        : plan.fields.filter((field) => field.personal).map(columnOfField),
    );
    const columns: readonly FileColumn[] = (await session.columnsOf(bare)).map(({ name, type }) => ({
      name,
      type,
      personal: personal.has(name),
    }));
    const order = quoteName(mode === 'inventory' ? plan.key.name : 'device_id');
    const select = `SELECT ${columns.map((column) => selected(column, format)).join(', ')} FROM ${table} ORDER BY ${order}`;
    const part = `${file}.part`;
    await session.run(`COPY (${select}) TO ${quoteText(part)} (${copyOptions(format, columns)})`);
    const schema = {
      format,
      columns,
      personal: columns.filter((column) => column.personal).map(({ name }) => name),
    };
    writeFileSync(`${file}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`, { mode: 0o600 });
    renameSync(part, file);
  };

  return {
    ...inner,
    async finish(end) {
      if (end.status === 'done' && (end.counts.rowsWritten > 0 || !existsSync(file))) {
        try {
          await writeFile();
        } catch (error) {
          rmSync(`${file}.part`, { force: true });
          throw error;
        }
      }
      await inner.finish(end);
    },
  };
}

/** Dates are written as Graph writes them. In CSV, text that a spreadsheet would run gets an apostrophe in front. */
function selected({ name, type }: FileColumn, format: 'csv' | 'jsonl' | 'parquet'): string {
  const column = quoteName(name);
  if (type === 'timestamp' && format !== 'parquet')
    return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ') AS ${column}`;
  if (type === 'varchar' && format === 'csv')
    return `CASE WHEN regexp_matches(${column}, ${quoteText(FORMULA)}) THEN chr(39) || ${column} ELSE ${column} END AS ${column}`;
  return column;
}

function copyOptions(format: 'csv' | 'jsonl' | 'parquet', columns: readonly FileColumn[]): string {
  switch (format) {
    case 'csv':
      return 'FORMAT csv, HEADER true';
    case 'jsonl':
      return 'FORMAT json';
    case 'parquet': {
      const personal = columns.filter((column) => column.personal).map(({ name }) => name);
      return `FORMAT parquet, KV_METADATA {personal: ${quoteText(JSON.stringify(personal))}}`;
    }
  }
}
