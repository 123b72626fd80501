import { DuckDBTypeId, type DuckDBConnection } from '@duckdb/node-api';
import type { Field } from '../fields/field.ts';
import type { Finding } from '../finding.ts';
import { deviceSource } from './deviceSource.ts';
import { judgeTree, type MayUse } from './judgeTree.ts';
import { openLockedDuckdb, TimeIsUp } from './lockedDuckdb.ts';
import { toJsonValue, type JsonScalar } from './resultValue.ts';
import { parseSqlTree } from './sqlTree.ts';

/** What comes of an expression, roughly: enough to say whether it fits a column. */
export type ResultType = 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'null';

/** An expression that was judged and may run. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** As it is run: made anew from the tree that was judged, so that nobody reads the text in another way. */
  readonly sql: string;
  readonly fields: ReadonlySet<Field>;
  readonly usesTime: boolean;
  readonly type: ResultType;
}

export type Compiled =
  { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly finding: Finding };

/** One row of what was asked for, texts or nothing. */
export type TextRow = readonly (string | null)[];

/** Runs expressions over devices. Close it when done. */
export interface ExpressionEngine {
  compile(text: string, mayUse: MayUse): Promise<Compiled>;
  /** What the expressions give for one device, as JSON shows it. */
  evaluate(
    expressions: readonly Expression[],
    device: Readonly<Record<string, unknown>>,
  ): Promise<
    | { readonly ok: true; readonly values: readonly JsonScalar[] }
    | { readonly ok: false; readonly finding: Finding }
  >;
  /**
   * Runs `SELECT columns` over devices, a JSON list. For SQL of our own around expressions that were compiled; every column is text.
   *
   * @throws Error if a device makes an expression fail; TimeIsUp if it takes longer than `limitMs`
   */
  select(
    columns: readonly string[],
    fields: Iterable<Field>,
    devicesJson: string,
    limitMs: number,
  ): Promise<readonly TextRow[]>;
  close(): void;
}

const LONGEST_EXPRESSION = 4_000;
const COMPILE_MS = 2_000;
const EVALUATE_MS = 2_000;

/** @param now - milliseconds since 1970; what GETUTCDATE() gives for as long as the engine lives */
export async function openExpressionEngine(now: number, memoryMegabytes?: number): Promise<ExpressionEngine> {
  const duckdb = await openLockedDuckdb(now, memoryMegabytes);

  return {
    async compile(text, mayUse) {
      if (text.length > LONGEST_EXPRESSION || text.includes('\0') || text.trim() === '')
        return invalid(`an expression has 1 to ${LONGEST_EXPRESSION} characters.`, 'Write one that has.');
      try {
        return await duckdb.within(COMPILE_MS, async (connection) => {
          // The closing bracket stands on a line of its own: a comment at the end must not swallow it.
          const serialized = await scalar(
            connection,
            "SELECT json_serialize_sql('SELECT (' || $1 || chr(10) || ')')",
            text,
          );
          const parsed = parseSqlTree(serialized);
          if (!parsed.ok)
            return parsed.kind === 'syntax'
              ? invalid(
                  `it is no SQL expression: ${firstLine(parsed.detail)}.`,
                  'Texts stand in single quotes; CASE ends with END.',
                )
              : refused(`${parsed.detail}.`, 'Write one expression, without SELECT and without a semicolon.');
          const verdict = judgeTree(parsed.node, mayUse);
          if (!verdict.ok) return verdict;
          const whole = await scalar(connection, 'SELECT json_deserialize_sql($1::JSON)', serialized);
          const sql = whole.replace(/^SELECT /, '');
          const { fields, usesTime } = verdict.tree;
          let type: ResultType;
          try {
            type = await resultType(connection, sql, fields);
          } catch (error) {
            if (isInterrupt(error)) throw error;
            return invalid(
              `${firstLine((error as Error).message)}.`,
              'See that types fit; CAST(… AS …) changes one.',
            );
          }
          return { ok: true, expression: { text, sql, fields, usesTime, type } };
        });
      } catch (error) {
        if (error instanceof TimeIsUp) return slow();
        return invalid(`it cannot be read: ${firstLine((error as Error).message)}.`, 'Write it more simply.');
      }
    },

    async evaluate(expressions, device) {
      const fields = new Set(expressions.flatMap((expression) => [...expression.fields]));
      try {
        return await duckdb.within(EVALUATE_MS, async (connection) => {
          const reader = await connection.runAndReadAll(
            `SELECT ${expressions.map(({ sql }, index) => `(${sql}) AS v${index}`).join(', ')} FROM ${deviceSource(fields)}`,
            [JSON.stringify([device])],
          );
          const [row = []] = reader.getRowsJson();
          const types = reader.columnTypes();
          return {
            ok: true,
            values: row.map((value, index) =>
              toJsonValue(value, types[index]?.typeId ?? DuckDBTypeId.VARCHAR),
            ),
          };
        });
      } catch (error) {
        if (error instanceof TimeIsUp) return slow();
        return {
          ok: false,
          finding: {
            code: 'expressionFailed',
            message: `it cannot be worked out for this device: ${firstLine((error as Error).message)}.`,
            todo: 'TRY_CAST gives NULL where CAST fails.',
          },
        };
      }
    },

    select: (columns, fields, devicesJson, limitMs) =>
      duckdb.within(limitMs, async (connection) => {
        const reader = await connection.runAndReadAll(
          `SELECT ${columns.join(', ')} FROM ${deviceSource(fields)} ORDER BY "_n"`,
          [devicesJson],
        );
        return reader.getRows() as unknown as readonly TextRow[];
      }),

    close: () => duckdb.close(),
  };
}

async function scalar(connection: DuckDBConnection, sql: string, parameter: string): Promise<string> {
  const reader = await connection.runAndReadAll(sql, [parameter]);
  const value = reader.getRowsJson()[0]?.[0];
  if (typeof value !== 'string') throw new Error('no text came of it');
  return value;
}

/** Binds the expression over no device at all. */
async function resultType(
  connection: DuckDBConnection,
  sql: string,
  fields: Iterable<Field>,
): Promise<ResultType> {
  const reader = await connection.runAndReadAll(`SELECT (${sql}) AS v FROM ${deviceSource(fields)}`, ['[]']);
  const type = reader.columnTypes()[0]?.typeId;
  switch (type) {
    case DuckDBTypeId.VARCHAR:
      return 'text';
    case DuckDBTypeId.BOOLEAN:
      return 'boolean';
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
      return 'integer';
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.DECIMAL:
      return 'decimal';
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
      return 'date';
    case DuckDBTypeId.SQLNULL:
      return 'null';
    default:
      throw new Error('What comes of it is no text, number, date or truth value');
  }
}

function isInterrupt(error: unknown): boolean {
  return error instanceof Error && /interrupt/i.test(error.message);
}

/** DuckDB shows the statement below its message, with what we put around it. */
function firstLine(message: string): string {
  const [first = ''] = message.split('\n');
  return first.slice(0, 200).replace(/[.!]+$/, '');
}

function invalid(message: string, todo: string): { ok: false; finding: Finding } {
  return { ok: false, finding: { code: 'expressionInvalid', message, todo } };
}

function refused(message: string, todo: string): { ok: false; finding: Finding } {
  return { ok: false, finding: { code: 'expressionRefused', message, todo } };
}

function slow(): { ok: false; finding: Finding } {
  return {
    ok: false,
    finding: { code: 'expressionSlow', message: 'it takes too long.', todo: 'Write it more simply.' },
  };
}
