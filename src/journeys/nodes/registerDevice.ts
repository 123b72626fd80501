import { GateError } from '../../errors.ts';
import type { PendingOtpDevice } from '../../identity/otpDevice.ts';
import { createRecoveryCodes } from '../../identity/recoveryCodes.ts';
import type { NodeContext } from '../nodeContext.ts';
import { goTo, type NodeResult } from '../nodeResult.ts';
import type { NodeOutcome } from '../nodeType.ts';
import { PENDING_DEVICE, WITH_RECOVERY_CODES, type PendingDevice } from './pendingDevice.ts';
import { proveDevice } from './proveDevice.ts';

/** AM's keys: recovery codes in clear, for the one time they are shown, and the name of their device. */
export const RECOVERY_CODES_KEY = 'recoveryCodes';
export const RECOVERY_CODE_DEVICE = 'recoveryCodeDeviceName';

/** What a registration comes to. */
export const REGISTRATION_OUTCOMES: readonly NodeOutcome[] = [
  { id: 'successOutcome', displayName: 'Success' },
  { id: 'failureOutcome', displayName: 'Failure' },
];

/** Stores a device once its owner has proved to have it, and asks them until then. */
export async function registerDevice(
  context: NodeContext<unknown>,
  pending: PendingDevice,
  withRecoveryCodes: boolean,
): Promise<NodeResult> {
  const proving = await proveDevice(context, pending);
  if (proving.is === 'asking') return proving.result;
  const { state } = context;
  state.remove(PENDING_DEVICE);
  state.remove(WITH_RECOVERY_CODES);
  if (proving.is === 'refused') return goTo('failureOutcome');
  const recoveryCodes = withRecoveryCodes ? createRecoveryCodes() : [];
  const { identityId } = pending;
  if (!(await store(context, identityId, proving.device, recoveryCodes))) return goTo('failureOutcome');
  if (withRecoveryCodes) {
    state.putTransient(RECOVERY_CODES_KEY, recoveryCodes);
    state.putTransient(RECOVERY_CODE_DEVICE, proving.device.name);
  }
  return goTo('successOutcome');
}

/** False if the store does not want the device, e.g. because there are too many. */
async function store(
  { ports, signal }: NodeContext<unknown>,
  identityId: string,
  device: PendingOtpDevice,
  recoveryCodes: readonly string[],
): Promise<boolean> {
  try {
    await ports.identities.otp.add(identityId, { ...device, recoveryCodes }, signal);
    return true;
  } catch (error) {
    if (error instanceof GateError && error.code === 'identityRefused') return false;
    throw error;
  }
}
