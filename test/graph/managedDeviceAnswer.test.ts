import { check, constantFrom, dictionary, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManagedDevice } from '../../src/graph/managedDeviceAnswer.ts';
import type { JsonValue, ManagedDevice } from '../../src/node/managedDevice.ts';

const ID = 'aaaaaaaa-1111-4111-8111-111111111111';
const ENTRA = 'bbbbbbbb-1111-4111-8111-111111111111';
const VALID = {
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#deviceManagement/managedDevices/$entity',
  id: ID,
  azureADDeviceId: ENTRA,
  complianceState: 'compliant',
  managementState: 'managed',
  deviceRegistrationState: 'registered',
  complianceGracePeriodExpirationDateTime: '9999-12-31T23:59:59Z',
  lastSyncDateTime: '2026-03-02T21:18:00Z',
  serialNumber: 'SN-1',
  userPrincipalName: 'acarter@contoso.test',
} as const;

function device(change: Record<string, JsonValue | undefined>): ManagedDevice {
  const entries = Object.entries({ ...VALID, ...change }).filter(([, value]) => value !== undefined);
  const parsed = parseManagedDevice(Object.fromEntries(entries));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.device;
}

describe('parseManagedDevice', () => {
  it('reads a device', () => {
    const { properties, ...facts } = device({});
    expect(facts).toEqual({
      id: ID,
      azureADDeviceId: ENTRA,
      complianceState: 'compliant',
      managementState: 'managed',
      deviceRegistrationState: 'registered',
      graceDeadline: Date.parse('9999-12-31T23:59:59Z'),
      lastSync: Date.parse('2026-03-02T21:18:00Z'),
      serialNumber: 'SN-1',
      userPrincipalName: 'acarter@contoso.test',
    });
    expect(Object.entries(properties)).toEqual(Object.entries(VALID));
  });

  it.each([
    ['an id in another case', { id: ID.toUpperCase() }, 'id', ID],
    ['no Entra id', { azureADDeviceId: null }, 'azureADDeviceId', undefined],
    ['an empty Entra id', { azureADDeviceId: '' }, 'azureADDeviceId', undefined],
    [
      'the all-zero Entra id',
      { azureADDeviceId: '00000000-0000-0000-0000-000000000000' },
      'azureADDeviceId',
      undefined,
    ],
    ['a state of tomorrow', { complianceState: 'quantum' }, 'complianceState', 'quantum'],
    ['no management state', { managementState: undefined }, 'managementState', undefined],
    ['no user', { userPrincipalName: '' }, 'userPrincipalName', undefined],
    ['a blank serial number', { serialNumber: ' ' }, 'serialNumber', undefined],
    [
      'synced on a day that does not exist',
      { lastSyncDateTime: '2026-11-31T00:00:00Z' },
      'lastSync',
      undefined,
    ],
    ['never synced', { lastSyncDateTime: '0001-01-01T00:00:00Z' }, 'lastSync', undefined],
    ['synced at the end of time', { lastSyncDateTime: '9999-12-31T23:59:59Z' }, 'lastSync', undefined],
    ['a sync date without a zone', { lastSyncDateTime: '2026-03-02T21:18:00' }, 'lastSync', undefined],
    ['a sync date in prose', { lastSyncDateTime: 'yesterday' }, 'lastSync', undefined],
    ['a sync date that is no date', { lastSyncDateTime: '2026-13-40T00:00:00Z' }, 'lastSync', undefined],
    [
      'seven digits of a second',
      { lastSyncDateTime: '2026-03-02T21:18:00.1234567Z' },
      'lastSync',
      Date.parse('2026-03-02T21:18:00.123Z'),
    ],
    [
      'a grace deadline in year 1',
      { complianceGracePeriodExpirationDateTime: '0001-01-01T00:00:00Z' },
      'graceDeadline',
      undefined,
    ],
    ['no grace deadline', { complianceGracePeriodExpirationDateTime: null }, 'graceDeadline', undefined],
  ] as const)('%s', (_name, change, fact, expected) => {
    expect(device(change)[fact]).toBe(expected);
  });

  it.each<[string, JsonValue]>([
    ['nothing', null],
    ['a list', []],
    ['text', 'compliant'],
    ['the wrapper of the documentation', { value: { ...VALID } }],
    ['no id', { ...VALID, id: null }],
    ['an id that is no GUID', { ...VALID, id: '../../users' }],
    ['no compliance state', { ...VALID, complianceState: null }],
    ['an empty compliance state', { ...VALID, complianceState: '' }],
    ['a compliance state that is a number', { ...VALID, complianceState: 1 }],
    ['a compliance state that is a list', { ...VALID, complianceState: ['compliant'] }],
    ['a management state that is a number', { ...VALID, managementState: 4 }],
    ['a registration state that is an object', { ...VALID, deviceRegistrationState: {} }],
  ])('refuses %s', (_name, wire) => {
    expect(parseManagedDevice(wire)).toMatchObject({ ok: false });
  });

  it('keeps a property called __proto__ as a property and nothing more', () => {
    const wire = JSON.parse(
      `{"__proto__":{"complianceState":"compliant"},"constructor":"x","id":"${ID}","complianceState":"unknown"}`,
    ) as JsonValue;
    const parsed = parseManagedDevice(wire);
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(parsed.device.complianceState).toBe('unknown');
    expect(Object.keys(parsed.device.properties)).toEqual([
      '__proto__',
      'constructor',
      'id',
      'complianceState',
    ]);
    expect(Object.getPrototypeOf(parsed.device.properties)).toBeNull();
  });

  it('takes no fact from a prototype', () => {
    const wire = JSON.parse(`{"__proto__":{"complianceState":"compliant"},"id":"${ID}"}`) as JsonValue;
    expect(parseManagedDevice(wire)).toMatchObject({ ok: false });
  });

  it('never throws, and never invents "compliant"', () => {
    const changes = dictionary(constantFrom(...Object.keys(VALID)), jsonValue());
    const claim = property(jsonValue(), changes, (whole, change) => {
      const wires = [whole, { ...VALID, complianceState: 'noncompliant', ...change }] as JsonValue[];
      return wires.every((wire) => {
        const parsed = parseManagedDevice(wire);
        const isCompliant = parsed.ok && parsed.device.complianceState === 'compliant';
        return !isCompliant || (wire as Record<string, JsonValue>)['complianceState'] === 'compliant';
      });
    });
    expect(check(claim).failed).toBe(false);
  });
});
