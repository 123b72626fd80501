import { fleetId, LARGEST_FLEET } from '../../src/simulator/fleet.ts';

/** The states of a fleet take turns; every seventh device is compliant. */
const STEP = 7;

/** How many compliant devices the simulator's fleet has. */
export const COMPLIANT_DEVICES = Math.floor((LARGEST_FLEET - 1) / STEP) + 1;

/** managedDevice.id of a compliant device of the fleet; `index` counts from 0. */
export function compliantDeviceId(index: number): string {
  return fleetId('c', index * STEP + 1);
}
