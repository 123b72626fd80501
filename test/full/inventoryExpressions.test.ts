import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openExpressionEngine,
  type Expression,
  type ExpressionEngine,
} from '../../src/inventory/expressions/expressionEngine.ts';
import { FIELDS } from '../../src/inventory/fields/fieldCatalogue.ts';
import { openPostgresSession } from '../../src/inventory/targets/postgresSession.ts';
import type { SqlSession } from '../../src/inventory/targets/sqlSession.ts';
import {
  createPostgresServer,
  findPostgres,
  POSTGRES_PASSWORD,
  POSTGRES_USER,
  type PostgresServer,
} from './postgresServer.ts';

const bin = findPostgres();
const EXPRESSIONS = 2_000;
const DEVICES = 8;
const AT_ONCE = 50;

/** Text that both databases can hold, without a backslash, which LIKE reads differently, and without letters whose case is a matter of opinion. */
const words = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019 -_.@%éÄ😀')), maxLength: 12 });
const quoted = (text: string): string => `CAST('${text}' AS VARCHAR)`;
const small = fc.integer({ min: 0, max: 9 }).map(String);

/** Expressions in the words that both databases have, by what comes of them. */
const { text, whole, truth } = fc.letrec<{ text: string; whole: string; truth: string }>((tie) => {
  const t = tie('text');
  const n = tie('whole');
  const b = tie('truth');
  const call = (name: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...parts).map((given) => `${name}(${given.join(', ')})`);
  const infix = (
    left: fc.Arbitrary<string>,
    operators: readonly string[],
    right: fc.Arbitrary<string>,
  ): fc.Arbitrary<string> =>
    fc.tuple(left, fc.constantFrom(...operators), right).map((parts) => `(${parts.join(' ')})`);
  const choice = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc
      .tuple(b, value, value)
      .map(([when, then, other]) => `CASE WHEN ${when} THEN ${then} ELSE ${other} END`);
  return {
    text: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom('DeviceName', 'SerialNumber', 'Model'),
      words.map(quoted),
      ...['UPPER', 'LOWER', 'TRIM', 'LTRIM', 'RTRIM', 'REVERSE'].map((name) => call(name, t)),
      ...['LEFT', 'RIGHT'].map((name) => call(name, t, small)),
      call('SUBSTRING', t, fc.integer({ min: 1, max: 9 }).map(String), small),
      call('REPLACE', t, fc.constantFrom('a', 'X', ' ', '-', 'é', '😀').map(quoted), words.map(quoted)),
      call('SPLIT_PART', t, fc.constantFrom('-', '.', '@').map(quoted), fc.constantFrom('1', '2', '3')),
      call('COALESCE', t, t),
      call('NULLIF', t, t),
      call('CONCAT', t, t),
      infix(t, ['||'], t),
      choice(t),
    ),
    whole: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('PhysicalMemoryBytes', 'TotalStorageBytes'),
      fc.integer({ min: -99, max: 99 }).map((number) => `CAST(${number} AS BIGINT)`),
      call('LENGTH', t),
      fc.tuple(t, t).map(([part, all]) => `POSITION(${part} IN ${all})`),
      call('ABS', n),
      call('GREATEST', n, n),
      call('LEAST', n, n),
      call('COALESCE', n, n),
      call('NULLIF', n, n),
      call('MOD', n, fc.integer({ min: 1, max: 99 }).map(String)),
      infix(n, ['+', '-'], n),
      choice(n),
    ),
    truth: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('IsEncrypted', 'IsEncrypted IS NULL', 'Model IS NOT NULL', 'NOT IsEncrypted'),
      infix(n, ['=', '<>', '<', '<=', '>', '>='], n),
      infix(t, ['=', '<>', '<', '>='], t),
      infix(b, ['AND', 'OR'], b),
      fc.tuple(t, words).map(([value, pattern]) => `(${value} LIKE '${pattern}')`),
      fc
        .tuple(t, fc.array(words, { minLength: 1, maxLength: 3 }))
        .map(([value, list]) => `(${value} IN (${list.map(quoted).join(', ')}))`),
      fc.tuple(n, n, n).map(([value, low, high]) => `(${value} BETWEEN ${low} AND ${high})`),
      call('STARTS_WITH', t, t),
    ),
  };
});

type Kind = 'same' | 'near';
const generated: fc.Arbitrary<{ sql: string; kind: Kind }> = fc.oneof(
  { arbitrary: text.map((sql) => ({ sql, kind: 'same' as const })), weight: 6 },
  { arbitrary: whole.map((sql) => ({ sql, kind: 'same' as const })), weight: 3 },
  { arbitrary: truth.map((sql) => ({ sql, kind: 'same' as const })), weight: 3 },
  { arbitrary: whole.map((sql) => ({ sql: `${sql} / 1073741824.0`, kind: 'near' as const })), weight: 2 },
);

const device = fc.record({
  deviceName: fc.option(words),
  serialNumber: fc.option(words),
  model: fc.option(words),
  physicalMemoryInBytes: fc.option(fc.integer({ min: 0, max: 2 ** 40 })),
  totalStorageSpaceInBytes: fc.option(fc.integer({ min: 0, max: 2 ** 45 })),
  isEncrypted: fc.option(fc.boolean()),
});

describe.skipIf(bin === undefined)('expressions beside PostgreSQL’s own answers', () => {
  const parent = mkdtempSync(join(tmpdir(), 'intune-gate-postgres-'));
  let server: PostgresServer;
  let session: SqlSession;
  let engine: ExpressionEngine;

  beforeAll(async () => {
    server = await createPostgresServer(bin ?? '', parent);
    session = await openPostgresSession({
      host: '127.0.0.1',
      port: server.port,
      database: 'postgres',
      user: POSTGRES_USER,
      password: POSTGRES_PASSWORD,
      tls: { caPem: server.caPem },
    });
    engine = await openExpressionEngine(Date.now());
    await session.run(
      'CREATE TEMPORARY TABLE devices (n int, devicename text, serialnumber text, model text, physicalmemorybytes bigint, totalstoragebytes bigint, isencrypted boolean)',
    );
  });
  afterAll(async () => {
    engine.close();
    await session.close();
    await server.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  test(
    `${EXPRESSIONS} expressions over ${DEVICES} devices each give the same`,
    { timeout: 300_000 },
    async () => {
      const { seed } = fc.readConfigureGlobal() as { seed?: number };
      const chosenSeed = seed ?? Date.now();
      // What could grow beyond measure is refused, and is no question to anybody.
      const accepted = new Map<string, Expression>();
      const expressions: { sql: string; kind: Kind }[] = [];
      for (const one of fc.sample(generated, { numRuns: EXPRESSIONS * 2, seed: chosenSeed })) {
        if (expressions.length === EXPRESSIONS) break;
        const compiled = await engine.compile(one.sql, () => true);
        if (compiled.ok) {
          accepted.set(one.sql, compiled.expression);
          expressions.push(one);
        } else if (!/too long|too large|characters/.test(compiled.finding.message))
          throw new Error(`${one.sql}: ${compiled.finding.message}`);
      }
      const fields = FIELDS.filter(
        ({ graph }) =>
          graph in
          {
            deviceName: 0,
            serialNumber: 0,
            model: 0,
            physicalMemoryInBytes: 0,
            totalStorageSpaceInBytes: 0,
            isEncrypted: 0,
          },
      );
      const different: unknown[] = [];
      let compared = 0;
      let told = 0;
      for (let start = 0; start < expressions.length; start += AT_ONCE) {
        const some = expressions.slice(start, start + AT_ONCE);
        const devices = fc
          .sample(device, { numRuns: DEVICES, seed: chosenSeed + start })
          .map((values, index) => ({ ...values, _n: index + 1 }));
        await session.run('TRUNCATE devices');
        await session.run(
          `INSERT INTO devices SELECT r._n, r."deviceName", r."serialNumber", r.model, r."physicalMemoryInBytes", r."totalStorageSpaceInBytes", r."isEncrypted" FROM json_to_recordset($1::json) AS r(_n int, "deviceName" text, "serialNumber" text, model text, "physicalMemoryInBytes" bigint, "totalStorageSpaceInBytes" bigint, "isEncrypted" boolean)`,
          [JSON.stringify(devices)],
        );
        const compiled = some.flatMap(({ sql }) => accepted.get(sql) ?? []);
        const theirs = await session.rows(
          `SELECT ${some.map(({ sql }, index) => `CAST(${sql} AS text) AS e${index}`).join(', ')} FROM devices ORDER BY n`,
        );
        const ours = await engine.select(
          compiled.map(({ sql }) => `CAST((${sql}) AS VARCHAR)`),
          fields,
          JSON.stringify(devices),
          60_000,
        );
        for (const [row, values] of ours.entries())
          for (const [index, value] of values.entries()) {
            const expected = theirs[row]?.[`e${index}`] ?? null;
            compared += 1;
            if (value !== null) told += 1;
            if (!isSame(value, expected as string | null, some[index]?.kind ?? 'same'))
              different.push({
                seed: chosenSeed,
                sql: some[index]?.sql,
                device: devices[row],
                ours: value,
                theirs: expected,
              });
          }
      }
      expect(different.slice(0, 5)).toEqual([]);
      expect(compared).toBe(EXPRESSIONS * DEVICES);
      // An answer that is nothing proves little: most are something.
      expect(told).toBeGreaterThan(compared / 2);
    },
  );
});

/** What is divided is a double here and a decimal there. */
function isSame(ours: string | null, theirs: string | null, kind: Kind): boolean {
  if (kind === 'same' || ours === null || theirs === null) return ours === theirs;
  const [one, other] = [Number(ours), Number(theirs)];
  return Math.abs(one - other) <= 1e-12 * Math.max(1, Math.abs(one), Math.abs(other));
}
