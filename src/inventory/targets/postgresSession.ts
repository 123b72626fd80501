import { Client, type QueryResult } from 'pg';
import { splitTable, type SqlDialect, type SqlRow, type SqlSession } from './sqlSession.ts';
import { TargetError } from './targetError.ts';

export const POSTGRES_DIALECT: SqlDialect = {
  kind: 'postgres',
  types: {
    text: 'text',
    integer: 'bigint',
    decimal: 'double precision',
    boolean: 'boolean',
    date: 'timestamptz',
  },
  jsonRows: (parameter, columns) =>
    `json_to_recordset(${parameter}::json) AS r(${columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`,
  rowAsJson: (alias) => `row_to_json(${alias})::text`,
  jsonText: (json, key) => `(${json}::json ->> '${key.replaceAll("'", "''")}')`,
  fits(type, existing) {
    if (/^(?:text|character varying|character|citext)\b/.test(existing)) return true;
    switch (type) {
      case 'text':
        return false;
      case 'integer':
        return /^(?:bigint|numeric|double precision)/.test(existing);
      case 'decimal':
        return /^(?:double precision|numeric|real)/.test(existing);
      case 'boolean':
        return existing === 'boolean';
      case 'date':
        return existing.startsWith('timestamp');
    }
  },
};

export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** PEM of authorities beside those Node trusts; undefined without TLS. */
  readonly tls: { readonly caPem: string | undefined } | undefined;
}

const CONNECT_MS = 10_000;
const STATEMENT_MS = 300_000;
/** Names the lock among the advisory locks of a database: "intune gate" in digits. */
const LOCK_KEY = 467_886_342;

/**
 * One connection to PostgreSQL. The lock is an advisory one: it ends with the connection of its holder, whatever ends that.
 *
 * @throws TargetError `unreachable` if there is no connection
 */
export async function openPostgresSession(options: PostgresOptions): Promise<SqlSession> {
  const { tls, ...rest } = options;
  const client = new Client({
    ...rest,
    ssl:
      tls === undefined
        ? false
        : { ...(tls.caPem === undefined ? {} : { ca: tls.caPem }), rejectUnauthorized: true },
    application_name: 'intune-gate inventory',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5_000,
    keepAlive: true,
    types: { getTypeParser: () => (text: string | Buffer) => text.toString() },
  });
  // A connection that ends while nobody asks; the next statement says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query("SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET lock_timeout = '60s'");
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new TargetError('unreachable', `PostgreSQL at ${options.host}:${options.port}: ${wordsOf(error)}`, {
      cause: error,
    });
  }
  const query = async (sql: string, parameters?: readonly unknown[]): Promise<QueryResult> => {
    try {
      return await client.query(sql, parameters && [...parameters]);
    } catch (error) {
      // Errors of the server have a class of five letters; whatever has none came from the connection.
      if (isServerError(error)) throw error;
      throw new TargetError('unreachable', `the connection to PostgreSQL was lost: ${wordsOf(error)}`, {
        cause: error,
      });
    }
  };
  const rows = async (sql: string, parameters?: readonly unknown[]): Promise<readonly SqlRow[]> =>
    (await query(sql, parameters)).rows as readonly SqlRow[];

  return {
    dialect: POSTGRES_DIALECT,
    run: async (sql, parameters) => (await query(sql, parameters)).rowCount ?? 0,
    rows,
    async transaction(work) {
      await query('BEGIN');
      try {
        const value = await work();
        await query('COMMIT');
        return value;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    async columnsOf(table) {
      const [schema, name] = splitTable(table);
      const found = await rows(
        `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname = COALESCE($1, current_schema()) AND c.relname = $2
         ORDER BY a.attnum`,
        [schema ?? null, name],
      );
      return found.map((row) => {
        const type = String(row['type']);
        const length = /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1];
        return {
          name: String(row['name']),
          type,
          maxLength: length === undefined ? undefined : Number(length),
        };
      });
    },
    async uniqueKeysOf(table) {
      const [schema, name] = splitTable(table);
      const found = await rows(
        `SELECT array_to_string(array_agg(a.attname::text), chr(31)) AS names
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
         WHERE i.indisunique AND i.indpred IS NULL AND n.nspname = COALESCE($1, current_schema()) AND c.relname = $2
         GROUP BY i.indexrelid`,
        [schema ?? null, name],
      );
      return found.map((row) => String(row['names']).split('\x1f'));
    },
    async claim() {
      const [row] = await rows('SELECT pg_try_advisory_lock($1) AS held', [LOCK_KEY]);
      return row?.['held'] === 't' || row?.['held'] === 'true';
    },
    close: () => client.end(),
  };
}

function isServerError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(?:57P|08)/.test(code);
}

/** The message of a server may quote values; its code never does. */
function wordsOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  return typeof code === 'string' ? code : (message ?? 'unknown').slice(0, 100);
}
