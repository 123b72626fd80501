import { quoteText } from '../expressions/deviceSource.ts';
import { cleanText } from '../fields/fieldValue.ts';
import type { SqlDialect, SqlRow } from './sqlSession.ts';

/** A moment as SQL; `ms` since 1970. */
export function timeSql(dialect: SqlDialect, ms: number): string {
  return `CAST('${new Date(ms).toISOString()}' AS ${dialect.types.date})`;
}

export function textSql(text: string): string {
  return quoteText(cleanText(text));
}

/** Milliseconds since 1970 of what a database writes for a moment in UTC. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const ms = Date.parse(`${value.replace(' ', 'T').replace(/(?:Z|\+00(?::?00)?)$/, '')}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}

export function numberOf(row: SqlRow | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** `a IS DISTINCT FROM b`, any of them. FALSE for none. */
export function anyDistinct(pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0
    ? 'FALSE'
    : pairs.map(([one, other]) => `${one} IS DISTINCT FROM ${other}`).join(' OR ');
}
