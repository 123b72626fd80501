import { parseGuid, type DeviceId } from '../../src/node/deviceId.ts';
import type { DeviceDirectory, Lookup, LookupFailure } from '../../src/node/deviceDirectory.ts';
import type { DetectedApp, EntraDevice, ManagedDevice } from '../../src/node/managedDevice.ts';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const HOUR = 3_600_000;

export function guid(text: string): DeviceId {
  const id = parseGuid(text);
  if (id === undefined) throw new Error(`${text} is no GUID`);
  return id;
}

export const DEVICE_ID = guid('f61dc341-c9c9-40c1-abbd-6997016f4c9e');
export const ENTRA_ID = guid('e0000001-0000-4000-8000-000000000001');
export const OTHER_ID = guid('d0000002-0000-4000-8000-000000000002');

/** One good device; tests change one field. */
export function managedDevice(changes: Partial<ManagedDevice> = {}): ManagedDevice {
  const device: ManagedDevice = {
    id: DEVICE_ID,
    azureADDeviceId: ENTRA_ID,
    complianceState: 'compliant',
    managementState: 'managed',
    deviceRegistrationState: 'registered',
    graceDeadline: Date.UTC(9999, 11, 31),
    lastSync: NOW - HOUR,
    serialNumber: 'SN-1',
    userPrincipalName: 'acarter@contoso.example',
    properties: {},
    ...changes,
  };
  return {
    ...device,
    properties: { id: device.id, complianceState: device.complianceState, ...changes.properties },
  };
}

export function failure(
  reason: UpstreamReason,
  detail = 'as the test wants it',
  retryAfterMs?: number,
): LookupFailure {
  return {
    ok: false,
    reason,
    detail,
    cause: new Error(detail),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

export interface FakeDirectory extends DeviceDirectory {
  readonly calls: string[];
}

/** A directory with the given devices, which counts what it is asked. Single methods can be replaced. */
export function fakeDirectory(
  devices: readonly ManagedDevice[],
  more: {
    readonly entraDevices?: readonly EntraDevice[];
    readonly apps?: readonly DetectedApp[];
    readonly replace?: Partial<DeviceDirectory>;
  } = {},
): FakeDirectory {
  const calls: string[] = [];
  const answer = <T>(call: string, value: T): Promise<Lookup<T>> => {
    calls.push(call);
    return Promise.resolve({ ok: true, value, source: 'graph', fetchedAt: NOW });
  };
  return {
    calls,
    findManagedDevice: (id) =>
      answer(
        `intune ${id}`,
        devices.find((device) => device.id === id),
      ),
    findManagedDevicesByEntraId: (id) =>
      answer(
        `entra ${id}`,
        devices.filter((device) => device.azureADDeviceId === id),
      ),
    findEntraDevice: (id) =>
      answer(
        `device ${id}`,
        more.entraDevices?.find((device) => device.deviceId === id),
      ),
    listDetectedApps: (id) => answer(`apps ${id}`, more.apps ?? []),
    ...more.replace,
  };
}
