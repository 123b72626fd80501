import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createFakeFeed, fakeDevice } from './fakeFeed.ts';
import { mappingText, rowsIn, sync } from './inventoryHarness.ts';

const folder = temporaryFolder();

function settings(format: string, more: object = {}): { readonly file: string; readonly text: string } {
  const file = join(folder, `devices.${format}`);
  const text = mappingText((mapping) => {
    mapping['target'] = { kind: 'file', file, format, ...more };
    mapping['sync'] = { detailsPerRun: 0 };
  });
  return { file, text };
}

describe('a file as a target', () => {
  const devices = [
    fakeDevice(1, { deviceName: '=HYPERLINK("http://x","y")' }),
    fakeDevice(2, { deviceName: 'comma, "quote"\nline' }),
    fakeDevice(3, { deviceName: '@SUM(A1)', model: '-1+2' }),
  ];

  test('CSV: formulas are text, dates are Graph’s, and a run without changes leaves the file alone', async () => {
    const { file, text } = settings('csv');
    const feed = createFakeFeed(devices);
    await sync({ text, feed });
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(head.split(',').slice(0, 3)).toEqual(['Intune_Id', 'SystemName', 'SerialNo']);
    expect(lines.join('\n')).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(lines.join('\n')).toContain('"comma, ""quote""\nline"');
    expect(lines.join('\n')).toContain(",'@SUM(A1),");
    expect(lines.join('\n')).toContain(",'-1+2,");
    expect(lines.join('\n')).toContain('2026-11-20T10:00:00.000Z');
    const written = statSync(file).mtimeMs;
    expect((await sync({ text, feed, full: true })).counts.rowsWritten).toBe(0);
    expect(statSync(file).mtimeMs).toBe(written);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  test('a schema beside the file marks personal columns', async () => {
    const { file, text } = settings('jsonl');
    await sync({ text, feed: createFakeFeed(devices) });
    expect(JSON.parse(readFileSync(`${file}.schema.json`, 'utf8'))).toMatchObject({
      format: 'jsonl',
      personal: ['Owner_Login'],
    });
  });

  test('JSON Lines: one object in each line, by the key', async () => {
    const { file, text } = settings('jsonl');
    await sync({ text, feed: createFakeFeed(devices) });
    const rows = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => row['SystemName'])).toEqual(devices.map((device) => device['deviceName']));
    expect(rows[0]).toMatchObject({
      HDD_Size: 256e9 / 1073741824,
      Last_Seen: '2026-11-20T10:00:00.000Z',
      lifecycle: 'active',
    });
  });

  test('Parquet: the same rows, typed, with personal columns in its metadata', async () => {
    const { file, text } = settings('parquet');
    await sync({ text, feed: createFakeFeed(devices) });
    const rows = await rowsIn(
      ':memory:',
      `SELECT "SystemName", typeof("Last_Seen") AS type FROM '${file}' ORDER BY "Intune_Id"`,
    );
    expect(rows.map((row) => row['SystemName'])).toEqual(devices.map((device) => device['deviceName']));
    expect(rows[0]?.['type']).toBe('TIMESTAMP');
    const [metadata] = await rowsIn(
      ':memory:',
      `SELECT decode(value) AS value FROM parquet_kv_metadata('${file}') WHERE decode(key) = 'personal'`,
    );
    expect(JSON.parse(String(metadata?.['value']))).toEqual(['Owner_Login']);
  });
});
