import { findDevice, findDeviceToChange } from './deviceTable.ts';
import { graphDate } from './simulatedDevice.ts';
import type { JsonValue } from './managedDeviceEntity.ts';
import type { SimulatedDevice } from './simulatedDevice.ts';
import type { PendingAction, World } from './world.ts';

/** Actions that take no body. */
export const PLAIN_ACTIONS = [
  'syncDevice',
  'remoteLock',
  'retire',
  'rebootNow',
  'shutDown',
  'resetPasscode',
  'locateDevice',
] as const;

/** States of management while an action is under way, and after it. The record stays until somebody deletes it. */
const MANAGEMENT: Readonly<Record<string, readonly [string, string]>> = {
  retire: ['retirePending', 'retireIssued'],
  wipe: ['wipePending', 'wipeIssued'],
};

/** Tells a device to do something: it is pending, then active, then done. */
export function beginAction(world: World, device: SimulatedDevice, action: string, now: number): void {
  const { id } = device.properties;
  const kept = findDeviceToChange(world, id) ?? device;
  world.pendingActions = world.pendingActions.filter(
    (pending) => pending.deviceId !== id || pending.action !== action,
  );
  world.pendingActions.push({ deviceId: id, action, startedAt: now });
  const management = MANAGEMENT[action];
  if (management !== undefined) [kept.properties.managementState] = management;
  report(kept, { deviceId: id, action, startedAt: now }, 'pending', now);
}

/** Lets devices get as far as they are by now. To be called before anybody looks. */
export function settleActions(world: World, now: number): void {
  if (world.pendingActions.length === 0) return;
  const { actionMs } = world.service;
  world.pendingActions = world.pendingActions.filter((pending) => {
    const device = findDevice(world, pending.deviceId);
    if (device === undefined) return false;
    const doneAt = pending.startedAt + actionMs;
    if (now < pending.startedAt + actionMs / 2) return true;
    if (now < doneAt) {
      report(device, pending, 'active', pending.startedAt + actionMs / 2);
      return true;
    }
    report(device, pending, 'done', doneAt);
    const [, after] = MANAGEMENT[pending.action] ?? [];
    if (after !== undefined) device.properties.managementState = after;
    // Whatever it was told, it checked in to hear of it.
    device.properties.lastSyncDateTime = graphDate(doneAt);
    return false;
  });
}

function report(
  device: SimulatedDevice,
  { action, startedAt }: PendingAction,
  state: string,
  at: number,
): void {
  const results = device.properties.deviceActionResults;
  const others = (Array.isArray(results) ? results : []).filter(
    (row) => (row as { actionName?: JsonValue }).actionName !== action,
  );
  device.properties.deviceActionResults = [
    ...others,
    {
      actionName: action,
      actionState: state,
      startDateTime: graphDate(startedAt),
      lastUpdatedDateTime: graphDate(at),
    },
  ];
}
