import { DuckDBTypeId } from '@duckdb/node-api';

export type JsonScalar = string | number | boolean | null;

/** A value of a result in JSON: numbers as numbers where JSON's can hold them, dates as Graph writes them. */
export function toJsonValue(value: unknown, type: DuckDBTypeId): JsonScalar {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  // DuckDB's JSON form of whatever else a scalar can be.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  switch (type) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case DuckDBTypeId.DECIMAL:
      return Number(text);
    case DuckDBTypeId.TIMESTAMP:
      return `${text.replace(' ', 'T')}Z`;
    default:
      return text;
  }
}
