import type { ColumnType } from '../mapping/mappingSchema.ts';

export type SqlParameter = string | number | null;
export type SqlRow = Readonly<Record<string, string | number | boolean | null>>;

/** A column as a database has it. */
export interface ExistingColumn {
  readonly name: string;
  /** The database's own word for the type, lower case. */
  readonly type: string;
  readonly maxLength: number | undefined;
}

/** What the databases write differently. */
export interface SqlDialect {
  readonly kind: 'duckdb' | 'postgres';
  readonly types: Readonly<Record<ColumnType, string>>;
  /** A row source over `parameter`, a JSON list of objects with these keys. */
  jsonRows(parameter: string, columns: readonly { readonly name: string; readonly type: string }[]): string;
  /** The row of an alias as JSON text. */
  rowAsJson(alias: string): string;
  /** A text in a JSON text under a key. */
  jsonText(json: string, key: string): string;
  /** Whether values of a type fit a column of the database's type. */
  fits(type: ColumnType, existing: string): boolean;
}

/** One connection to a database that speaks SQL. Statements run one after the other. */
export interface SqlSession {
  readonly dialect: SqlDialect;
  /** How many rows were written. @throws Error as the database does */
  readonly run: (sql: string, parameters?: readonly SqlParameter[]) => Promise<number>;
  readonly rows: (sql: string, parameters?: readonly SqlParameter[]) => Promise<readonly SqlRow[]>;
  /** All of it, or nothing. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Empty if there is no such table. */
  columnsOf(table: string): Promise<readonly ExistingColumn[]>;
  /** Sets of columns that are unique in a table. */
  uniqueKeysOf(table: string): Promise<readonly (readonly string[])[]>;
  /** Takes what only one living process can have for this database. @returns false if another has it */
  claim(): Promise<boolean>;
  close(): Promise<void>;
}

/** `schema.table` or `table`, quoted. */
export function quoteTable(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** Schema, if one was named, and table. */
export function splitTable(table: string): readonly [schema: string | undefined, table: string] {
  const [first = '', second] = table.split('.');
  return second === undefined ? [undefined, first] : [first, second];
}
