import { compareDevices, positionOf } from './deviceKeyset.ts';
import { fleetDevice, fleetId, fleetName, fleetNumber, fleetProperty } from './fleet.ts';
import { entraDeviceFor } from './simulatedDevice.ts';
import type { DevicePosition } from './deviceKeyset.ts';
import type { ManagedDeviceEntity } from './managedDeviceEntity.ts';
import type { SimulatedDevice, SimulatedEntraDevice } from './simulatedDevice.ts';
import type { World } from './world.ts';

/** A device in a list: what a filter or a selection needs of it is worked out when it is asked for. */
export interface DeviceRow {
  readonly position: DevicePosition;
  readonly read: <K extends keyof ManagedDeviceEntity>(name: K) => ManagedDeviceEntity[K];
  /** All of it. A device of the fleet is made for the occasion: changing it changes nothing. */
  device(): SimulatedDevice;
}

/** The device with this id, lower case. A device of the fleet is made for the occasion: changing it changes nothing. */
export function findDevice(world: World, id: string): SimulatedDevice | undefined {
  const own = world.devices.get(id);
  if (own !== undefined) return own;
  const number = fleetNumber('c', id);
  return number !== undefined && isInFleet(world, number, id) ? fleetDevice(number, world) : undefined;
}

/** The device with this id, lower case, in a form that stays when it is changed. */
export function findDeviceToChange(world: World, id: string): SimulatedDevice | undefined {
  const device = findDevice(world, id);
  if (device !== undefined) world.devices.set(id, device);
  return device;
}

/** The Entra record stays, as it does when a device leaves Intune. @returns whether there was such a device */
export function removeDevice(world: World, id: string): boolean {
  const found = findDevice(world, id) !== undefined;
  world.devices.delete(id);
  if (found && fleetNumber('c', id) !== undefined) world.fleet.removed.add(id);
  return found;
}

/** The Entra record with this deviceId, lower case. As with devices, one of the fleet is made for the occasion. */
export function findEntraDevice(world: World, deviceId: string): SimulatedEntraDevice | undefined {
  const own = world.entraDevices.get(deviceId);
  if (own !== undefined) return own;
  const number = fleetNumber('a', deviceId);
  return number !== undefined && number <= world.fleet.size
    ? entraDeviceFor(fleetDevice(number, world))
    : undefined;
}

/** By object id, lower case: the way few ask, so it looks through all of them. */
export function findEntraDeviceByObjectId(world: World, id: string): SimulatedEntraDevice | undefined {
  for (const device of listEntraDevices(world)) if (device.id === id) return device;
  return undefined;
}

/** The Entra record with this deviceId, lower case, in a form that stays when it is changed. */
export function findEntraDeviceToChange(world: World, deviceId: string): SimulatedEntraDevice | undefined {
  const device = findEntraDevice(world, deviceId);
  if (device !== undefined) world.entraDevices.set(deviceId, device);
  return device;
}

/** Every Entra record: those the world holds, then those of the fleet. */
export function* listEntraDevices(world: World): Generator<SimulatedEntraDevice> {
  yield* world.entraDevices.values();
  for (let number = 1; number <= world.fleet.size; number += 1) {
    if (world.entraDevices.has(fleetId('a', number))) continue;
    const device = entraDeviceFor(fleetDevice(number, world));
    if (device !== undefined) yield device;
  }
}

/**
 * All devices behind a position, in the order of the service; `undefined` for all there are.
 *
 * @param entraId - lower case; whoever wants only the devices with this azureADDeviceId is spared most of the others
 */
export function* listDevices(
  world: World,
  after: DevicePosition | undefined,
  entraId?: string,
): Generator<DeviceRow> {
  const own = [...world.devices.values()]
    .filter((device) => after === undefined || compareDevices(positionOf(device), after) > 0)
    .map(rowOf)
    .sort((left, right) => compareDevices(left.position, right.position));
  const only = entraId === undefined ? undefined : (fleetNumber('a', entraId) ?? 0);
  const first = firstBehind(world.fleet.size, after);
  const last = Math.min(world.fleet.size, only ?? world.fleet.size);
  const absent = new Set([...world.devices.keys(), ...world.fleet.removed].map((id) => fleetNumber('c', id)));
  let next = 0;
  for (let number = Math.max(first, only ?? 1); number <= last; number += 1) {
    if (absent.has(number)) continue;
    for (; next < own.length; next += 1) {
      const row = own[next];
      if (row === undefined || compareDevices(row.position, fleetPosition(number)) > 0) break;
      yield row;
    }
    yield {
      get position() {
        return fleetPosition(number);
      },
      read: (name) => fleetProperty(name, number, world),
      device: () => fleetDevice(number, world),
    };
  }
  yield* own.slice(next);
}

/** A device that was changed is one of the world's own, whatever it is called now. */
function isInFleet(world: World, number: number, id: string): boolean {
  return number <= world.fleet.size && !world.devices.has(id) && !world.fleet.removed.has(id);
}

function rowOf(device: SimulatedDevice): DeviceRow {
  return { position: positionOf(device), read: (name) => device.properties[name], device: () => device };
}

/** Names and numbers of a fleet go up together, so the first one behind a position is found by halving. */
function firstBehind(size: number, after: DevicePosition | undefined): number {
  if (after === undefined) return 1;
  let low = 1;
  let high = size + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compareDevices(fleetPosition(middle), after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function fleetPosition(number: number): DevicePosition {
  return { deviceName: fleetName(number), id: fleetId('c', number) };
}
