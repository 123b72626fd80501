import { CHANGES } from './changes.ts';
import type { Operation, ReadOperation } from './operation.ts';
import { checkMembership } from './readings/checkMembership.ts';
import { findDevices } from './readings/findDevices.ts';
import { findGroups } from './readings/findGroups.ts';
import { getDevice } from './readings/getDevice.ts';
import { getDeviceActions } from './readings/getDeviceActions.ts';
import { getDeviceCompliance } from './readings/getDeviceCompliance.ts';
import { listDeviceApps } from './readings/listDeviceApps.ts';
import { listDevices } from './readings/listDevices.ts';
import { listGroupMembers } from './readings/listGroupMembers.ts';
import { explainDecision, wouldThisDevicePass } from './readings/wouldThisDevicePass.ts';

/** Everything that changes nothing. */
const READINGS: readonly ReadOperation[] = [
  listDevices,
  findDevices,
  getDevice,
  getDeviceCompliance,
  listDeviceApps,
  getDeviceActions,
  wouldThisDevicePass,
  explainDecision,
  findGroups,
  listGroupMembers,
  checkMembership,
];

/**
 * Every operation. HTTP routes, the command line, the tools of assistants, OpenAPI and the table of tests all come from this list: a new
 * operation is a file, and a row here.
 */
export const OPERATIONS: readonly Operation[] = [...READINGS, ...CHANGES];

export function findOperation(name: string): Operation | undefined {
  return OPERATIONS.find((operation) => operation.name === name);
}
