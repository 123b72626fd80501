import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMapping } from '../../src/inventory/mapping/parseMapping.ts';
import { EXAMPLE, findingsOf, mappingText, planOf } from './inventoryHarness.ts';

type Change = (mapping: Record<string, unknown>) => void;

const columns =
  (more: Record<string, unknown>): Change =>
  (mapping) => {
    mapping['columns'] = { ...(mapping['columns'] as object), ...more };
  };

describe('a mapping', () => {
  test('of the documentation has no findings, and tells what it reads', async () => {
    const planned = await planOf(readFileSync(EXAMPLE, 'utf8'));
    if ('findings' in planned) throw new Error(JSON.stringify(planned.findings));
    const { plan } = planned;
    expect(plan.keyIsDeviceId).toBe(true);
    expect(plan.columns.filter(({ personal }) => personal).map(({ name }) => name)).toEqual(['Owner_Login']);
    expect(plan.columns.filter(({ stamp }) => stamp).map(({ name }) => name)).toEqual(['Imported_At']);
    expect(plan.columns.filter(({ restless }) => restless).map(({ name }) => name)).toEqual(['Last_Seen']);
    expect(plan.columns.filter(({ once }) => once).map(({ name }) => name)).toEqual([
      'Condition',
      'Sub_Status',
      'Store',
    ]);
    expect(plan.fields.map(({ graph }) => graph)).toContain('managementState');
  });

  test('holds the default columns as people know them', () => {
    const parsed = parseMapping(readFileSync(EXAMPLE, 'utf8'), EXAMPLE);
    expect(parsed.ok && parsed.mapping.columns).toMatchObject({
      SystemName: 'COALESCE(ManagedDeviceName, DeviceName)',
      SerialNo: 'COALESCE(SerialNumber, IMEI, MEID, WiFiMacAddress, EthernetMacAddress)',
      MACAddress: 'COALESCE(EthernetMacAddress, WiFiMacAddress)',
      RAM_Size: 'PhysicalMemoryBytes / 1073741824.0',
      HDD_Size: 'TotalStorageBytes / 1073741824.0',
      Data_Source: "'Intune'",
    });
  });

  test.each<[string, Change, string, RegExp]>([
    ['an expression that is none', columns({ X: 'UPPER(' }), 'expressionInvalid', /columns\.X/],
    [
      'an expression that reads a file',
      columns({ X: "read_text('/etc/passwd')" }),
      'expressionRefused',
      /read_text/,
    ],
    ['a field that was not chosen', columns({ X: 'UserDisplayName' }), 'fieldNotChosen', /UserDisplayName/],
    [
      'a field that is none',
      (m) => (m['fields'] as string[]).push('Serialnumbr'),
      'unknownField',
      /Serialnumbr/,
    ],
    ['a star for fields', (m) => (m['fields'] as string[]).push('*'), 'personalField', /\*/],
    [
      'a secret as a field',
      (m) => (m['fields'] as string[]).push('activationLockBypassCode'),
      'unknownField',
      /never copied/,
    ],
    [
      'a type that cannot fit',
      columns({ X: { value: 'Model', type: 'integer' } }),
      'typeMismatch',
      /text, which cannot fit integer/,
    ],
    [
      'a default that cannot fit',
      (m) => Object.assign(m['defaults'] as object, { HDD_Size: 'large' }),
      'typeMismatch',
      /defaults\.HDD_Size/,
    ],
    [
      'a default for no column',
      (m) => Object.assign(m['defaults'] as object, { Colour: 'red' }),
      'unknownColumn',
      /defaults\.Colour/,
    ],
    ['a key that is no column', (m) => (m['key'] = 'Nothing'), 'unknownColumn', /Nothing/],
    ['a key of a name', (m) => (m['key'] = 'SystemName'), 'unfitIdentifier', /DeviceName does not identify/],
    ['a key of a MAC address', (m) => (m['key'] = 'MACAddress'), 'unfitIdentifier', /MacAddress/],
    ['a key that is the same for all', (m) => (m['key'] = 'Data_Source'), 'unfitIdentifier', /no field/],
    ['a key that tells the time', (m) => (m['key'] = 'Imported_At'), 'unfitIdentifier', /no field|time/],
    [
      'a key of an IMEI for all devices',
      (m) => (columns({ Phone: 'IMEI' })(m), (m['key'] = 'Phone')),
      'unfitIdentifier',
      /only phones/,
    ],
    ['a filter that is no condition', (m) => (m['filter'] = 'OperatingSystem'), 'typeMismatch', /filter/],
    [
      'a rule that is no condition',
      (m) =>
        ((m['categories'] as { rules: { when: string }[] }).rules[0] = {
          when: '1 + 1',
          category: 'x',
        } as never),
      'typeMismatch',
      /rules\.0\.when/,
    ],
    [
      'two columns of one name',
      columns({ systemname: 'DeviceName' }),
      'malformed',
      /systemname is there twice/,
    ],
    [
      'a column with a name of the gate',
      columns({ Lifecycle: 'DeviceName' }),
      'malformed',
      /Lifecycle is there twice/,
    ],
    [
      'a schedule that is none',
      (m) => (m['schedule'] = { cron: 'every day at noon' }),
      'malformed',
      /schedule/,
    ],
    [
      'a time zone that is none',
      (m) => (m['schedule'] = { cron: '0 3 * * *', timeZone: 'Mars/Olympus' }),
      'malformed',
      /schedule/,
    ],
    ['an unknown key', (m) => (m['colums'] = {}), 'malformed', /colums is no known key/],
    ['an unknown kind of target', (m) => (m['target'] = { kind: 'oracle' }), 'malformed', /target\.kind/],
    [
      'a column name that could be SQL',
      columns({ 'a"; DROP TABLE x; --': 'Id' }),
      'malformed',
      /Invalid key/,
    ],
    [
      'a table name that could be SQL',
      (m) => (m['target'] = { kind: 'duckdb', file: 'x', tables: { inventory: 'x; y' } }),
      'malformed',
      /table/,
    ],
  ])('%s is a finding with its line and what to do', async (_, change, code, words) => {
    const findings = await findingsOf(mappingText(change));
    const finding = findings.find((one) => one.code === code);
    expect(findings.map((one) => one.code)).toContain(code);
    expect(finding).toMatchObject({ file: 'mapping.yaml', line: expect.any(Number) as number });
    expect(finding?.message).toMatch(words);
    expect(finding?.todo.length).toBeGreaterThan(5);
  });

  test('all findings come at once', async () => {
    const findings = await findingsOf(
      mappingText((m) => (columns({ A: 'UPPER(', B: 'Nope', C: "getenv('x')" })(m), (m['key'] = 'Nothing'))),
    );
    expect(findings.map(({ code }) => code)).toEqual([
      'expressionInvalid',
      'unknownField',
      'expressionRefused',
      'unknownColumn',
    ]);
  });

  test('IMEI is a key where a filter lets only phones through', async () => {
    const text = mappingText(
      (m) => (
        columns({ Phone: 'IMEI' })(m),
        (m['key'] = 'Phone'),
        (m['filter'] = "OperatingSystem IN ('iOS', 'Android')")
      ),
    );
    expect(await findingsOf(text)).toEqual([]);
  });

  test('YAML that is none, with Windows line ends, is a finding with its line', () => {
    expect(parseMapping('name: x\r\ncolumns:\r\n  - [\r\n', 'm.yaml')).toMatchObject({
      ok: false,
      findings: [{ code: 'unreadable', file: 'm.yaml' }],
    });
    expect(parseMapping(readFileSync(EXAMPLE, 'utf8').replaceAll('\n', '\r\n'), 'm.yaml').ok).toBe(true);
  });
});
