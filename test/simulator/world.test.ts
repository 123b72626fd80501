import { describe, expect, test } from 'vitest';
import { addDevices } from '../../src/simulator/addDevices.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../../src/simulator/managedDeviceEntity.ts';
import { createWorld } from '../../src/simulator/world.ts';

const now = Date.parse('2026-06-15T12:00:00Z');
const world = createWorld({ now: () => now });
const get = (id: string) => world.devices.get(id)?.properties ?? MANAGED_DEVICE_DEFAULTS;

describe('the default world', () => {
  test('has every device id that documentation may name', () => {
    expect([...world.devices.keys()].sort()).toEqual(Object.values(deviceIds).sort());
  });

  test('every device has a note and every property in the order of Graph', () => {
    for (const device of world.devices.values()) {
      expect(device.note).not.toBe('');
      expect(Object.keys(device.properties)).toEqual(Object.keys(MANAGED_DEVICE_DEFAULTS));
    }
  });

  test('has all seven states and one nobody knows', () => {
    const states = new Set([...world.devices.values()].map(({ properties }) => properties.complianceState));
    expect([...states].sort()).toEqual(
      [
        'compliant',
        'configManager',
        'conflict',
        'error',
        'inGracePeriod',
        'noncompliant',
        'quarantinedByVendor',
        'unknown',
      ].sort(),
    );
  });

  test('the special devices are what they are named for', () => {
    expect(get(deviceIds.compliant)).toMatchObject({
      complianceState: 'compliant',
      userPrincipalName: 'acarter@contoso.example',
    });
    expect(get(deviceIds.inGracePeriod).complianceGracePeriodExpirationDateTime).toBe('2026-06-18T12:00:00Z');
    expect(get(deviceIds.graceExpired).complianceGracePeriodExpirationDateTime).toBe('2026-06-14T12:00:00Z');
    expect(get(deviceIds.silent).lastSyncDateTime).toBe('2026-05-06T12:00:00Z');
    expect(get(deviceIds.reenrolled).azureADDeviceId).toBe(get(deviceIds.ghost).azureADDeviceId);
    expect(get(deviceIds.reenrolled).serialNumber).toBe(get(deviceIds.ghost).serialNumber);
    expect(get(deviceIds.ambiguousOne).azureADDeviceId).toBe(get(deviceIds.ambiguousTwo).azureADDeviceId);
    expect(get(deviceIds.ambiguousOne).serialNumber).not.toBe(get(deviceIds.ambiguousTwo).serialNumber);
    expect(get(deviceIds.wipePending)).toMatchObject({
      complianceState: 'compliant',
      managementState: 'wipePending',
    });
    expect(get(deviceIds.revoked)).toMatchObject({
      complianceState: 'compliant',
      deviceRegistrationState: 'revoked',
    });
    expect(get(deviceIds.userless)).toMatchObject({
      userId: '',
      userPrincipalName: '',
      userDisplayName: '',
      emailAddress: '',
    });
    expect(get(deviceIds.unregistered).azureADDeviceId).toBe('00000000-0000-0000-0000-000000000000');
    expect(world.devices.get(deviceIds.manyApps)?.detectedApps).toHaveLength(57);
  });

  test('every registered device has its Entra record', () => {
    const without = [...world.devices.values()]
      .filter(({ properties }) => !world.entraDevices.has(properties.azureADDeviceId ?? ''))
      .map(({ properties }) => properties.id);
    expect(without).toEqual([deviceIds.unregistered]);
  });

  test('one Entra record is disabled', () => {
    const disabled = [...world.entraDevices.values()].filter(({ accountEnabled }) => !accountEnabled);
    expect(disabled.map(({ deviceId }) => deviceId)).toEqual([get(deviceIds.entraDisabled).azureADDeviceId]);
  });

  test('can be copied, so it is plain data', () => {
    expect(structuredClone(world)).toEqual(world);
  });

  test('two worlds share nothing that can be changed', () => {
    const [one, two] = [createWorld({ now: () => now }), createWorld({ now: () => now })];
    one.acceptedScopes.managedDevice.push('x');
    expect(two.acceptedScopes.managedDevice).not.toContain('x');
  });
});

describe('addDevices', () => {
  test('adds distinguishable, deterministic devices and goes on counting', () => {
    const [one, two] = [createWorld({ now: () => now }), createWorld({ now: () => now })];
    const before = one.devices.size;
    const first = addDevices(one, 1000);
    expect(addDevices(two, 400)).toEqual(first.slice(0, 400));
    expect(addDevices(two, 600)).toEqual(first.slice(400));
    expect(one.devices.size).toBe(before + 1000);
    for (const name of [
      'id',
      'deviceName',
      'azureADDeviceId',
      'serialNumber',
      'userPrincipalName',
    ] as const) {
      expect(new Set(first.map(({ properties }) => properties[name])).size).toBe(1000);
    }
    expect(new Set(first.map(({ properties }) => properties.complianceState)).size).toBe(7);
    expect(first[0]?.properties.deviceName).toBe('FLEET-000001');
    expect(new Set([...one.entraDevices.values()].map(({ id }) => id)).size).toBe(one.entraDevices.size);
  });
});
