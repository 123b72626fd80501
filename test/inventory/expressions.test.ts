import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openExpressionEngine,
  type ExpressionEngine,
} from '../../src/inventory/expressions/expressionEngine.ts';
import { ALLOWED_FUNCTIONS } from '../../src/inventory/expressions/allowedFunctions.ts';
import { openLockedDuckdb, TimeIsUp } from '../../src/inventory/expressions/lockedDuckdb.ts';
import { DEVICE, REFUSED, TRANSFORMS } from './transforms.ts';

const NOW = Date.parse('2026-11-21T08:30:00.125Z');

describe('expressions', () => {
  let engine: ExpressionEngine;
  beforeAll(async () => {
    engine = await openExpressionEngine(NOW);
  });
  afterAll(() => engine.close());

  const evaluate = async (text: string, device: Record<string, unknown> = DEVICE): Promise<unknown> => {
    const compiled = await engine.compile(text, () => true);
    if (!compiled.ok) return compiled.finding;
    const result = await engine.evaluate([compiled.expression], device);
    return result.ok ? result.values[0] : result.finding;
  };

  test.each(TRANSFORMS)('%s', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  test('GETUTCDATE() is the time of the run, in any letter case', async () => {
    expect(await evaluate('GETUTCDATE()')).toBe('2026-11-21T08:30:00.125Z');
    expect(await evaluate("DATE_DIFF('hour', LastSyncDateTime, GetUtcDate())")).toBe(22);
  });

  test.each(REFUSED)('%s is refused', async (expression, code) => {
    expect(await evaluate(expression)).toMatchObject({ code });
  });

  test('a comment swallows nothing, and names no other expression', async () => {
    expect(await evaluate("LEFT(DeviceName, 3) -- ) || 'x'")).toBe('Lap');
    expect(await evaluate("/* a */ 'b'")).toBe('b');
  });

  test('a field that was not chosen is a finding that says so', async () => {
    const compiled = await engine.compile('UPPER(UserPrincipalName)', ({ personal }) => !personal);
    expect(compiled).toMatchObject({
      ok: false,
      finding: { code: 'fieldNotChosen', todo: 'Add UserPrincipalName to `fields`.' },
    });
  });

  test('what cannot be worked out for a device is a finding, and what is divided by nothing is nothing', async () => {
    expect(await evaluate('CAST(OSVersion AS INTEGER)')).toMatchObject({ code: 'expressionFailed' });
    expect(await evaluate('TRY_CAST(OSVersion AS INTEGER)')).toBeNull();
    expect(await evaluate('1 / 0')).toBeNull();
    expect(await evaluate('9223372036854775807 + 1')).toMatchObject({ code: 'expressionFailed' });
  });

  test('numbers that JSON cannot hold stay what they are, as text', async () => {
    expect(await evaluate('9007199254740993')).toBe('9007199254740993');
  });
});

test('the documentation lists functions that are allowed, and only those', () => {
  const page = readFileSync(new URL('../../docs/inventory.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^- (?:text|choice|numbers|dates): `([A-Z_ ]+)`/gm)].flatMap(
    ([, names = '']) => names.split(' '),
  );
  expect(listed.length).toBeGreaterThan(30);
  const byOtherMeans = new Set(['COALESCE', 'EXTRACT']);
  expect(
    listed.filter((name) => !byOtherMeans.has(name) && !Object.hasOwn(ALLOWED_FUNCTIONS, name.toLowerCase())),
  ).toEqual([]);
});

describe('the database behind expressions', () => {
  test('reaches no file, no network and no extension, and cannot be told to', async () => {
    const duckdb = await openLockedDuckdb(NOW);
    try {
      for (const sql of [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.duckdb' AS x",
        'INSTALL httpfs',
        'LOAD httpfs',
        "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
        'SET enable_external_access = true',
        "SET memory_limit = '100GB'",
        'SET threads = 64',
        'SET lock_configuration = false',
        "SET temp_directory = '/tmp'",
        'RESET memory_limit',
      ])
        await expect(duckdb.within(5_000, (connection) => connection.run(sql))).rejects.toThrow(
          /disabled|locked|not allowed|cannot|permission|does not exist/i,
        );
    } finally {
      duckdb.close();
    }
  });

  test('is interrupted when its time is up, and can be used again', async () => {
    const duckdb = await openLockedDuckdb(NOW);
    try {
      const endless = 'SELECT sum(range % 7) FROM range(1000000000000)';
      await expect(duckdb.within(200, (connection) => connection.run(endless))).rejects.toThrow(TimeIsUp);
      const again = await duckdb.within(5_000, (connection) => connection.runAndReadAll('SELECT 1'));
      expect(again.getRowsJson()).toEqual([[1]]);
    } finally {
      duckdb.close();
    }
  });

  test('gives up when its memory is used up', async () => {
    const duckdb = await openLockedDuckdb(NOW, 64);
    try {
      const large = "SELECT list(repeat('x', 1000) || range) FROM range(1000000)";
      await expect(duckdb.within(60_000, (connection) => connection.run(large))).rejects.toThrow(/memory/i);
    } finally {
      duckdb.close();
    }
  });
});
