import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileDeviceFilter } from '../../src/simulator/deviceFilter.ts';
import { formatSkipToken, parseSkipToken } from '../../src/simulator/deviceKeyset.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../../src/simulator/managedDeviceEntity.ts';
import type { ManagedDeviceEntity } from '../../src/simulator/managedDeviceEntity.ts';

const device = (properties: Partial<ManagedDeviceEntity>): ManagedDeviceEntity => ({
  ...MANAGED_DEVICE_DEFAULTS,
  ...properties,
});
const devices = [
  device({
    id: 'a',
    deviceName: "Anna's PC",
    complianceState: 'compliant',
    model: 'Latitude',
    lastSyncDateTime: '2026-06-01T00:00:00Z',
    userPrincipalName: 'anna@x',
  }),
  device({
    id: 'b',
    deviceName: 'Bob',
    complianceState: 'noncompliant',
    model: 'ThinkPad',
    lastSyncDateTime: '2026-06-10T00:00:00Z',
    serialNumber: 'S1',
    azureADDeviceId: 'B',
  }),
  device({
    id: 'c',
    deviceName: 'Cara',
    complianceState: 'inGracePeriod',
    osVersion: '15.5',
    operatingSystem: 'iOS',
    lastSyncDateTime: '2026-06-20T00:00:00Z',
    azureADDeviceId: 'C',
  }),
];

function matching(filter: string): string | undefined {
  const predicate = compileDeviceFilter(filter);
  return (
    predicate &&
    devices
      .filter((one) => predicate((name) => one[name]))
      .map(({ id }) => id)
      .join('')
  );
}

describe('supported filters', () => {
  test.each([
    ["complianceState eq 'compliant'", 'a'],
    ["complianceState eq 'COMPLIANT'", 'a'],
    ["complianceState eq 'compliant' or complianceState eq 'noncompliant'", 'ab'],
    ["complianceState eq 'noncompliant' and serialNumber eq 'S1'", 'b'],
    ["complianceState eq 'noncompliant' and serialNumber eq 'S2'", ''],
    ["(complianceState eq 'compliant')", 'a'],
    ["deviceName eq 'Anna''s PC'", 'a'],
    ["contains(deviceName,'a')", 'ac'],
    ["contains(model, 'pad')", 'b'],
    ["startsWith(deviceName,'bo')", 'b'],
    ["userPrincipalName ne 'anna@x'", 'bc'],
    ['lastSyncDateTime gt 2026-06-05T00:00:00Z', 'bc'],
    ['lastSyncDateTime gt 2026-06-10T00:00:00Z', 'c'],
    ['lastSyncDateTime ge 2026-06-10T00:00:00Z', 'bc'],
    ['lastSyncDateTime lt 2026-06-05T00:00:00Z', 'a'],
    ["operatingSystem eq 'iOS' and contains(osVersion,'15')", 'c'],
    [
      "(operatingSystem eq 'Windows' or operatingSystem eq 'iOS') and lastSyncDateTime gt 2026-06-05T00:00:00Z",
      'bc',
    ],
  ])('%s', (filter, expected) => {
    expect(matching(filter)).toBe(expected);
  });
});

describe('hazards', () => {
  test.each([
    ['unsupported property', "userId eq 'x'", 'abc'],
    ['unsupported operator', "complianceState ne 'compliant'", 'abc'],
    ['ge, which nobody documents', 'enrolledDateTime ge 2026-06-05T00:00:00Z', 'abc'],
    ['unknown function', "endswith(deviceName,'b')", 'abc'],
    ['date that is none', 'lastSyncDateTime gt yesterday', 'abc'],
    ['unsupported clause beside a supported one', "complianceState eq 'compliant' and userId eq 'x'", 'a'],
    ['empty key', "userPrincipalName eq ''", 'abc'],
    ['or on a property without or', "azureADDeviceId eq 'b' or azureADDeviceId eq 'c'", 'b'],
    ['or of different properties', "complianceState eq 'compliant' or serialNumber eq 'S1'", 'a'],
    ['or with an unsupported first part', "userId eq 'x' or serialNumber eq 'S1'", 'b'],
  ])('%s', (_name, filter, expected) => {
    expect(matching(filter)).toBe(expected);
  });
});

describe('refused', () => {
  test.each([
    "roleScopeTagIds eq '0'",
    "complianceState eq 'x",
    'complianceState',
    'complianceState eq',
    "complianceState eq 'a' and",
    "(complianceState eq 'a'",
    "complianceState eq 'a')",
    "contains(deviceName 'a')",
    "contains('a',deviceName",
    "complianceState eq 'a' complianceState eq 'b'",
    ';',
    `${'('.repeat(500)}complianceState eq 'a'${')'.repeat(500)}`,
  ])('%s', (filter) => {
    expect(matching(filter)).toBeUndefined();
  });
});

test('no text makes the parser throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z'() ,]{0,30}$/)), (text) => {
      const predicate = compileDeviceFilter(text);
      if (predicate !== undefined) devices.filter((one) => predicate((name) => one[name]));
    }),
  );
  expect(matching('')).toBeUndefined();
});

test('every literal finds itself, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const predicate = compileDeviceFilter(`deviceName eq '${name.replaceAll("'", "''")}'`);
      expect(predicate?.((property) => device({ deviceName: name })[property])).toBe(true);
    }),
  );
});

test('every position survives its token', () => {
  const id = 'f61dc341-c9c9-40c1-abbd-6997016f4c9e';
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (deviceName) => {
      const token = formatSkipToken({ deviceName, id });
      expect(token).not.toMatch(/%[0-9a-f]?[A-F]/);
      const decoded = new URLSearchParams(`$skiptoken=${token}`).get('$skiptoken') ?? '';
      expect(parseSkipToken(decoded)).toEqual({ deviceName, id });
    }),
  );
});
