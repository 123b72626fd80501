import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { csvCell, csvReport } from '../../src/inventory/reports/csvReport.ts';
import { htmlReport } from '../../src/inventory/reports/htmlReport.ts';
import { readReport } from '../../src/inventory/reports/readReport.ts';
import type { Report } from '../../src/inventory/reports/report.ts';
import { openDuckdbSession } from '../../src/inventory/targets/duckdbSession.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createFakeFeed, fakeDevice } from './fakeFeed.ts';
import { mappingText, planOf, sync } from './inventoryHarness.ts';

const folder = temporaryFolder();
const NOW = Date.parse('2026-11-21T00:00:00Z');
const HOSTILE = '<script>alert("1")</script>';

describe('a report', () => {
  let report: Report;
  beforeAll(async () => {
    const file = join(folder, 'inventory.duckdb');
    const text = mappingText((mapping) => {
      mapping['target'] = { kind: 'duckdb', file };
      mapping['name'] = `Fleet ${HOSTILE}`;
    });
    const feed = createFakeFeed([
      fakeDevice(1),
      fakeDevice(2, {
        serialNumber: '=SN',
        operatingSystem: HOSTILE,
        lastSyncDateTime: '2026-11-01T00:00:00Z',
      }),
      fakeDevice(3, {
        serialNumber: '=SN',
        complianceState: 'noncompliant',
        lastSyncDateTime: '0001-01-01T00:00:00Z',
      }),
      fakeDevice(4, { managedDeviceOwnerType: 'personal', complianceState: 'noncompliant' }),
    ]);
    let clock = NOW - 10 * 86_400_000;
    const run = () => sync({ text, feed, full: true, now: () => clock });
    const change = (number: number, changes: object): void =>
      void feed.devices.set(String(fakeDevice(number)['id']), fakeDevice(number, { ...changes }));
    await run();
    change(1, { complianceState: 'noncompliant' });
    clock += 86_400_000;
    await run();
    change(1, { complianceState: 'compliant', model: 'Notebook 8' });
    clock += 86_400_000;
    await run();
    feed.devices.delete(String(fakeDevice(4)['id']));
    clock += 86_400_000;
    await run();
    const planned = await planOf(text);
    if ('findings' in planned) throw new Error('no plan');
    const session = await openDuckdbSession(file);
    const read = await readReport(session, planned.plan, { now: NOW, since: NOW - 9 * 86_400_000 });
    await session.close();
    if (read === undefined) throw new Error('no report');
    report = read;
  });
  const section = (title: string): Report['sections'][number] | undefined =>
    report.sections.find((one) => one.title.startsWith(title));

  test('counts the fleet by compliance, platform, version, owner and check-in, without those that left', () => {
    expect(report.devices).toBe(3);
    expect(section('Compliance')?.rows).toEqual([
      ['compliant', '2'],
      ['noncompliant', '1'],
    ]);
    expect(section('Platform')?.rows).toEqual([
      ['Windows', '2'],
      [HOSTILE, '1'],
    ]);
    expect(section('Version')?.rows[0]).toEqual(['Windows 10.0.26100.4351', '2']);
    expect(section('Owner')?.rows).toEqual([['company', '3']]);
    expect(section('Last check-in')?.rows).toEqual([
      ['within a day', '1'],
      ['within 30 days', '1'],
      ['never', '1'],
    ]);
    expect(section('Life cycle')?.rows).toEqual([
      ['active', '3'],
      ['left', '1'],
    ]);
  });

  test('lists duplicates by serial number', () => {
    expect(section('Duplicates')?.rows).toEqual([
      ['=SN', `${String(fakeDevice(2)['id'])} ${String(fakeDevice(3)['id'])}`, '2'],
    ]);
  });

  test('lists devices that changed state since a date, newest first', () => {
    expect(section('Changed state')?.rows.map(([at, , from, to]) => [at, from, to])).toEqual([
      ['2026-11-14 00:00:00', 'noncompliant', 'left'],
      ['2026-11-13 00:00:00', 'noncompliant', 'compliant'],
      ['2026-11-12 00:00:00', 'compliant', 'noncompliant'],
    ]);
  });

  test('as HTML is one file that loads and runs nothing, and shows hostile names as text', () => {
    const html = htmlReport(report);
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(?:src|href)=|url\(|@import|https?:/);
  });

  test('as CSV holds no formula', () => {
    expect(csvReport(report)).toContain("\r\nDuplicates by serial number,'=SN,");
    expect(['=1', '+1', '-1', '@x', '\tx', 'a,"b"', 'plain'].map(csvCell)).toEqual([
      "'=1",
      "'+1",
      "'-1",
      "'@x",
      "'\tx",
      '"a,""b"""',
      'plain',
    ]);
  });
});
