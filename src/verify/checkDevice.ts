import { randomUUID } from 'node:crypto';
import type { GraphTenant } from '../graph/graphTenant.ts';
import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import { currentEnrolment } from '../node/identifyDevice.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';
import type { Cause, Check } from './check.ts';

/** The device that was looked for, and what came of it. */
export type DeviceFinding =
  | { readonly is: 'device'; readonly check: Check; readonly device: ManagedDevice }
  /** Intune answered, but not with one device. */
  | { readonly is: 'none'; readonly check: Check }
  | { readonly is: 'failed'; readonly failure: LookupFailure };

/**
 * Looks for a device by its Intune id, then by its Entra id, as a node does with an id of unknown kind. Without an id, one is made up,
 * and "not found" is the good answer.
 */
export async function checkDevice(
  tenant: GraphTenant,
  wanted: DeviceId | undefined,
  options: LookupOptions,
): Promise<DeviceFinding> {
  const lookup = { ...options, properties: 'none' } as const;
  const id = wanted ?? madeUpId();
  const found = await tenant.directory.findManagedDevice(id, lookup);
  if (!found.ok) return { is: 'failed', failure: found };
  if (found.value !== undefined) return known(found.value);
  if (wanted === undefined) {
    const finding = 'Intune answers questions about devices';
    return { is: 'none', check: { name: 'device', status: 'good', finding } };
  }
  const listed = await tenant.directory.findManagedDevicesByEntraId(wanted, lookup);
  if (!listed.ok) return { is: 'failed', failure: listed };
  const device = currentEnrolment(listed.value);
  if (device !== undefined) return known(device);
  return { is: 'none', check: listed.value.length === 0 ? notFound() : ambiguous(listed.value.length) };
}

/** An id that no device has. */
export function madeUpId(): DeviceId {
  const id = parseGuid(randomUUID());
  if (id === undefined) throw new Error('a random UUID is no GUID');
  return id;
}

function known(device: ManagedDevice): DeviceFinding {
  const seen = device.lastSync === undefined ? 'never' : new Date(device.lastSync).toISOString();
  const finding = `Intune knows the device: ${device.complianceState}, last check-in ${seen}`;
  return { is: 'device', device, check: { name: 'device', status: 'good', finding } };
}

function notFound(): Check {
  return {
    name: 'device',
    status: 'failed',
    finding: 'Intune answers, but knows no such device, neither by Intune id nor by Entra id',
    reason: 'deviceNotFound',
    causes: [
      {
        cause: 'the id is not that of an enrolled device, or the device was enrolled again and has a new one',
        who: 'whoever gave you the id',
        todo: 'look the device up in the Intune admin center, Devices, Hardware: "Intune Device ID"',
      },
    ],
  };
}

const AMBIGUOUS: Cause = {
  cause:
    'the device was enrolled more than once, and serial numbers and check-ins of its records do not tell which one is current',
  who: 'an Intune Administrator of the tenant',
  todo: 'delete the records that are no longer in use in the Intune admin center, Devices; or present the Intune device id, which is never shared',
};

function ambiguous(count: number): Check {
  return {
    name: 'device',
    status: 'failed',
    finding: `${count} managed devices have this Entra id, and none of them is clearly the current one`,
    reason: 'deviceAmbiguous',
    causes: [AMBIGUOUS],
  };
}
