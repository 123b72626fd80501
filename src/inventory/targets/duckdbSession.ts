import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../expressions/deviceSource.ts';
import {
  splitTable,
  type SqlDialect,
  type SqlParameter,
  type SqlRow,
  type SqlSession,
} from './sqlSession.ts';
import { TargetError } from './targetError.ts';

export const DUCKDB_DIALECT: SqlDialect = {
  kind: 'duckdb',
  types: { text: 'VARCHAR', integer: 'BIGINT', decimal: 'DOUBLE', boolean: 'BOOLEAN', date: 'TIMESTAMP' },
  jsonRows(parameter, columns) {
    const structure = JSON.stringify([Object.fromEntries(columns.map(({ name, type }) => [name, type]))]);
    return `(SELECT r.* FROM (SELECT unnest(from_json(${parameter}, ${quoteText(structure)})) AS r))`;
  },
  rowAsJson: (alias) => `CAST(to_json(${alias}) AS VARCHAR)`,
  jsonText: (json, key) => `json_extract_string(${json}, ${quoteText(`$."${key}"`)})`,
  fits(type, existing) {
    if (existing.startsWith('varchar')) return true;
    switch (type) {
      case 'text':
        return false;
      case 'integer':
        return /^(?:bigint|hugeint|double|decimal)/.test(existing);
      case 'decimal':
        return /^(?:double|decimal|float)/.test(existing);
      case 'boolean':
        return existing === 'boolean';
      case 'date':
        return existing.startsWith('timestamp');
    }
  },
};

/** Files that this process has open, as the system tells only processes apart. */
const claimed = new Set<string>();

/**
 * A DuckDB file, or `:memory:`. No statement of a user runs here. DuckDB itself lets one process in at a time.
 *
 * @throws TargetError `busy` if another process has the file open; `unreachable` if it cannot be opened
 */
export async function openDuckdbSession(file: string, { readOnly = false } = {}): Promise<SqlSession> {
  const instance = await openInstance(file, readOnly);
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'").catch(() => undefined);
  let hasClaim = false;

  const rows = async (sql: string, parameters?: readonly SqlParameter[]): Promise<readonly SqlRow[]> =>
    (await readAll(connection, sql, parameters)) as readonly SqlRow[];

  return {
    dialect: DUCKDB_DIALECT,
    async run(sql, parameters) {
      const result = await connection.run(sql, parameters && [...parameters]);
      return result.rowsChanged;
    },
    rows,
    async transaction(work) {
      await connection.run('BEGIN TRANSACTION');
      try {
        const value = await work();
        await connection.run('COMMIT');
        return value;
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    async columnsOf(table) {
      const [schema = 'main', name] = splitTable(table);
      const found = await rows(
        'SELECT column_name, data_type FROM information_schema.columns WHERE lower(table_schema) = lower($1) AND lower(table_name) = lower($2)',
        [schema, name],
      );
      return found.map((row) => ({
        name: String(row['column_name']),
        type: String(row['data_type']).toLowerCase(),
        maxLength: undefined,
      }));
    },
    async uniqueKeysOf(table) {
      const [schema = 'main', name] = splitTable(table);
      const found = await rows(
        "SELECT array_to_string(constraint_column_names, chr(31)) AS names FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)",
        [schema, name],
      );
      return found.map((row) => String(row['names']).split('\x1f'));
    },
    claim() {
      if (file === ':memory:') return Promise.resolve(true);
      if (claimed.has(file)) return Promise.resolve(false);
      claimed.add(file);
      hasClaim = true;
      return Promise.resolve(true);
    },
    close() {
      if (hasClaim) claimed.delete(file);
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

async function openInstance(file: string, readOnly: boolean): Promise<DuckDBInstance> {
  const options = {
    threads: '2',
    memory_limit: '512MB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(readOnly ? { access_mode: 'READ_ONLY' } : {}),
  };
  try {
    // Within one process there is one instance for a file: two would not know of each other.
    return file === ':memory:'
      ? await DuckDBInstance.create(file, options)
      : await DuckDBInstance.fromCache(file, options);
  } catch (error) {
    const { message } = error as Error;
    if (/conflicting lock|could not set lock|being used by another process/i.test(message))
      throw new TargetError('busy', `another process uses ${file}`, { cause: error });
    throw new TargetError(
      'unreachable',
      `${file} cannot be opened: ${message.split('\n')[0]?.slice(0, 200) ?? ''}`,
      {
        cause: error,
      },
    );
  }
}

async function readAll(
  connection: DuckDBConnection,
  sql: string,
  parameters?: readonly SqlParameter[],
): Promise<readonly unknown[]> {
  const reader = await connection.runAndReadAll(sql, parameters && [...parameters]);
  return reader.getRowObjectsJson();
}
