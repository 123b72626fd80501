import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nextRunAt, isMissed } from '../../src/inventory/schedule/schedule.ts';
import { runGate, type Run } from '../cli/runGate.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { EXAMPLE, mappingText } from './inventoryHarness.ts';
import { openKillGround, type KillGround } from './killedSync.ts';
import { DEVICE, REFUSED, TRANSFORMS } from './transforms.ts';

const folder = temporaryFolder();
const inventory = (...args: readonly string[]): Promise<Run> => runGate(['inventory', ...args]);

describe('inventory try', () => {
  const file = join(folder, 'device.json');
  beforeAll(() => writeFileSync(file, JSON.stringify(DEVICE)));

  test('prints a JSON array with what each expression gives', async () => {
    const run = await inventory('try', ...TRANSFORMS.map(([expression]) => expression), '--device', file);
    expect([run.exitCode, run.err]).toEqual([0, '']);
    expect(JSON.parse(run.out)).toEqual(TRANSFORMS.map(([, value]) => value));
  });

  test.each(REFUSED.filter(([expression]) => expression !== '').slice(0, 6))(
    '%s: the finding, and exit code 2',
    async (expression, code) => {
      const run = await inventory('try', "'fine'", expression, '--device', file);
      expect(run.exitCode).toBe(2);
      expect(JSON.parse(run.out)).toMatchObject({ findings: [{ code, todo: expect.any(String) as string }] });
      expect(run.err).toContain(code);
    },
  );

  test('a device in the wrapper of the documentation is taken too; what is no device is a finding', async () => {
    writeFileSync(join(folder, 'wrapped.json'), JSON.stringify({ value: DEVICE }));
    expect((await inventory('try', 'LEFT(IMEI, 3)', '--device', join(folder, 'wrapped.json'))).out).toBe(
      '["356"]\n',
    );
    for (const text of ['[]', '"x"', '{', '{"id":"1","id":"2"}']) {
      writeFileSync(join(folder, 'none.json'), text);
      expect(await inventory('try', 'IMEI', '--device', join(folder, 'none.json'))).toMatchObject({
        exitCode: 2,
        out: expect.stringContaining('deviceInvalid') as string,
      });
    }
    writeFileSync(join(folder, 'odd.json'), JSON.stringify({ ...DEVICE, physicalMemoryInBytes: 'much' }));
    expect(
      (await inventory('try', 'PhysicalMemoryBytes', '--device', join(folder, 'odd.json'))).err,
    ).toContain('PhysicalMemoryBytes is not a whole number');
    expect((await inventory('try', 'IMEI', '--device', join(folder, 'odd.json'))).exitCode).toBe(0);
  });

  test('with a mapping, blanks are what they are in its runs', async () => {
    const run = await inventory(
      'try',
      'COALESCE(SerialNumber, IMEI)',
      '--device',
      file,
      '--mapping',
      EXAMPLE,
    );
    expect(run.out).toBe('["356938035643809"]\n');
  });

  test('says what is missing', async () => {
    expect((await inventory('try', 'IMEI')).err).toContain('--device FILE.json is required');
    expect((await inventory('try', '--device', file)).exitCode).toBe(2);
    expect((await inventory('nothing')).err).toContain(
      'say one of: fields, try, check, sync, report, serve, schema',
    );
  });
});

describe('the inventory of a simulated tenant', () => {
  let ground: KillGround;
  let config: string;
  let mapping: string;
  beforeAll(async () => {
    ground = await openKillGround(folder);
    config = join(folder, 'gate.yaml');
    mapping = join(folder, 'mapping.yaml');
    writeFileSync(mapping, ground.text({ kind: 'duckdb', file: 'inventory.duckdb' }));
  });
  afterAll(() => ground.close());

  test('check finds nothing wrong, and writes nothing', async () => {
    const run = await inventory('check', '--config', config, '--mapping', mapping);
    expect(run).toMatchObject({ exitCode: 0, out: 'The mapping can be used.\n' });
  });

  test('check finds that serial numbers repeat, with file and line', async () => {
    const file = join(folder, 'serial.yaml');
    writeFileSync(
      file,
      mappingText((m) =>
        Object.assign(m, {
          key: 'SerialNo',
          columns: { SerialNo: 'SerialNumber' },
          target: { kind: 'duckdb', file: 'x.duckdb' },
          defaults: {},
          categories: undefined,
        }),
      ),
    );
    const run = await inventory('check', '--config', config, '--mapping', file);
    expect(run.exitCode).toBe(2);
    expect(run.out).toMatch(/serial\.yaml:\d+: keyNotUnique: the key SerialNo is not unique/);
  });

  test('a dry run, a run, a second run and a report', async () => {
    const dry = await inventory('sync', '--config', config, '--mapping', mapping, '--dry-run');
    expect(dry.out).toMatch(/^Dry run, nothing was written: a full run, 821 devices\./);
    expect(dry.out).toContain('FLEET-000001');
    const first = await inventory('sync', '--config', config, '--mapping', mapping, '--report');
    expect([first.exitCode, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/821 +0 +0 +0 +0 +0 +1642\n/);
    expect(first.out).toContain('Duplicates by serial number\nserial number  ');
    const second = await inventory('sync', '--config', config, '--mapping', mapping, '--full', '--json');
    expect(JSON.parse(second.out)).toMatchObject({
      kind: 'full',
      counts: { new: 0, changed: 0, unchanged: 821, rowsWritten: 0 },
    });
    const html = join(folder, 'report.html');
    expect(
      (await inventory('report', '--mapping', mapping, '--format', 'html', '--output', html)).exitCode,
    ).toBe(0);
    expect(readFileSync(html, 'utf8')).toContain('<svg');
    expect((await inventory('report', '--mapping', mapping, '--format', 'csv')).out).toContain(
      'Life cycle,active,',
    );
  });

  test('fields tells what Intune sends; when it cannot be asked, the last list is shown and said to be old', async () => {
    const cache = join(folder, 'fields.json');
    const run = await inventory('fields', '--config', config, '--cache', cache, '--json');
    const told = JSON.parse(run.out) as {
      old: boolean;
      fields: { name: string; example?: string; identifier: string; personal: boolean }[];
    };
    const byName = new Map(told.fields.map((field) => [field.name, field]));
    expect(told.old).toBe(false);
    expect(byName.get('Id')?.identifier).toBe('yes');
    expect(byName.get('DeviceName')?.identifier).toBe('no');
    expect(byName.get('PhysicalMemoryBytes')).toMatchObject({ unit: 'bytes', note: 'told device by device' });
    expect(byName.get('UserPrincipalName')).toMatchObject({ personal: true });
    expect(byName.get('UserPrincipalName')).not.toHaveProperty('example');
    expect(readFileSync(cache, 'utf8')).not.toContain('@contoso.example');
    ground.simulator.world.tenant.licensed = false;
    try {
      const failed = await inventory('fields', '--config', config, '--cache', cache);
      expect(failed.exitCode).toBe(3);
      expect(failed.err).toMatch(/Intune could not be asked: .*\nThis list is old, from 20/);
      expect(failed.out).toContain('SerialNumber');
      expect((await inventory('fields', '--config', config, '--cache', join(folder, 'none.json'))).out).toBe(
        '',
      );
    } finally {
      ground.simulator.world.tenant.licensed = true;
    }
  });

  test('serve runs a mapping when it is due, makes up for a missed run once, and ends when it is stopped', async () => {
    const file = join(folder, 'served.yaml');
    writeFileSync(
      file,
      mappingText((m) =>
        Object.assign(m, {
          name: 'served',
          target: { kind: 'duckdb', file: 'served.duckdb' },
          schedule: { cron: '* * * * * *' },
          sync: { detailsPerRun: 0 },
        }),
      ),
    );
    const stop = new AbortController();
    const served = runGate(['inventory', 'serve', '--config', config, '--mapping', file], {
      stopped: stop.signal,
    });
    const deadline = Date.now() + 15_000;
    for (let runs = 0; runs < 2 && Date.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      runs = (await inventory('report', '--mapping', file)).exitCode === 0 ? 2 : 0;
    }
    stop.abort();
    const { exitCode, err } = await served;
    expect(exitCode).toBe(0);
    expect(err).toMatch(/served: the next run is at /);
    expect(err).toMatch(/served: A full run, 821 devices/);
  });
});

describe('a schedule', () => {
  const schedule = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
  const at = (text: string): number => Date.parse(text);

  test('is of its time zone, and skips what the clock skips', () => {
    expect(nextRunAt(schedule, at('2026-11-21T10:00:00Z'))).toBe(at('2026-11-22T01:30:00Z'));
    expect(nextRunAt(schedule, at('2026-07-01T10:00:00Z'))).toBe(at('2026-07-02T00:30:00Z'));
  });

  test('is missed if a run was due since the last one began', () => {
    expect(isMissed(schedule, at('2026-11-20T01:30:00Z'), at('2026-11-21T10:00:00Z'))).toBe(true);
    expect(isMissed(schedule, at('2026-11-21T01:30:00Z'), at('2026-11-21T10:00:00Z'))).toBe(false);
    expect(isMissed(schedule, undefined, at('2026-11-21T10:00:00Z'))).toBe(false);
  });
});
