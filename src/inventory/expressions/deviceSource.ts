import type { Field, FieldType } from '../fields/field.ts';
import { namesOfField } from '../fields/fieldCatalogue.ts';

const DUCKDB_TYPES = {
  text: 'VARCHAR',
  number: 'BIGINT',
  boolean: 'BOOLEAN',
  date: 'TIMESTAMP',
} as const satisfies Record<FieldType, string>;

/**
 * A table of SQL that holds the devices of `$1`, a JSON list of objects with Graph's names, with a column for every name a field can be
 * written by, and `_n`, the place in the list from 1.
 */
export function deviceSource(fields: Iterable<Field>): string {
  const wanted = [...fields];
  const structure = JSON.stringify([
    Object.fromEntries([...wanted.map((field) => [field.graph, DUCKDB_TYPES[field.type]]), ['_n', 'BIGINT']]),
  ]);
  const columns = wanted.flatMap((field) =>
    namesOfField(field).map((name) => `r.${quoteName(field.graph)} AS ${quoteName(name)}`),
  );
  return `(SELECT ${['r."_n" AS "_n"', ...columns].join(', ')} FROM (SELECT unnest(from_json($1, ${quoteText(structure)})) AS r))`;
}

/** A name of SQL, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text of SQL, whatever is in it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
