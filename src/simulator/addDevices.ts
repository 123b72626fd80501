import { createSimulatedDevice, entraDeviceFor, graphDate } from './simulatedDevice.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';
import type { World } from './world.ts';

const STATES = [
  'compliant',
  'noncompliant',
  'inGracePeriod',
  'configManager',
  'conflict',
  'unknown',
  'error',
];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Adds `count` devices and their Entra records. They are deterministic and distinguishable: device number n is named `FLEET-<n>`, and the
 * compliance states take turns. Further calls go on counting.
 *
 * @returns the new devices, in order
 */
export function addDevices(world: World, count: number): SimulatedDevice[] {
  const added: SimulatedDevice[] = [];
  for (let number = 1; added.length < count; number += 1) {
    if (world.devices.has(fleetId('c', number))) continue;
    const device = fleetDevice(world, number);
    world.devices.set(device.properties.id, device);
    const entra = entraDeviceFor(device);
    if (entra !== undefined) world.entraDevices.set(entra.deviceId, entra);
    added.push(device);
  }
  return added;
}

function fleetId(letter: string, number: number): string {
  return `${letter}f000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function fleetDevice(world: World, number: number): SimulatedDevice {
  const digits = String(number).padStart(6, '0');
  const complianceState = STATES[(number - 1) % STATES.length] ?? 'unknown';
  const user = `fleet${digits}@${world.tenant.domain}`;
  const deadline = { inGracePeriod: 3 * DAY, noncompliant: -14 * DAY }[complianceState];
  return createSimulatedDevice({
    note: `fleet device ${number}, ${complianceState}`,
    properties: {
      id: fleetId('c', number),
      azureADDeviceId: fleetId('a', number),
      userId: fleetId('b', number),
      deviceName: `FLEET-${digits}`,
      complianceState,
      enrolledDateTime: graphDate(world.createdAt - 100 * DAY),
      lastSyncDateTime: graphDate(world.createdAt - (number % 48) * HOUR),
      managementCertificateExpirationDate: graphDate(world.createdAt + 265 * DAY),
      ...(deadline === undefined
        ? {}
        : { complianceGracePeriodExpirationDateTime: graphDate(world.createdAt + deadline) }),
      userPrincipalName: user,
      emailAddress: user,
      userDisplayName: `Fleet ${digits}`,
      serialNumber: `FLEET-SN-${digits}`,
      isEncrypted: complianceState === 'compliant',
      model: 'Surface Laptop 7',
      manufacturer: 'Microsoft Corporation',
      totalStorageSpaceInBytes: 254_000_000_000,
      freeStorageSpaceInBytes: 100_000_000_000 + number,
    },
    selectOnly: { physicalMemoryInBytes: 17_179_869_184 },
  });
}
