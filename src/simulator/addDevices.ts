import { fleetDevice, fleetId } from './fleet.ts';
import { entraDeviceFor } from './simulatedDevice.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';
import type { World } from './world.ts';

/**
 * Adds `count` devices of the kind a fleet has, and their Entra records, as devices that can be changed one by one. They are numbered
 * behind the fleet, and further calls go on counting. For more than a few thousand set the size of the fleet instead.
 *
 * @returns the new devices, in order
 */
export function addDevices(world: World, count: number): SimulatedDevice[] {
  const added: SimulatedDevice[] = [];
  for (let number = world.fleet.size + 1; added.length < count; number += 1) {
    if (world.devices.has(fleetId('c', number))) continue;
    const device = fleetDevice(number, world);
    world.devices.set(device.properties.id, device);
    const entra = entraDeviceFor(device);
    if (entra !== undefined) world.entraDevices.set(entra.deviceId, entra);
    added.push(device);
  }
  return added;
}
