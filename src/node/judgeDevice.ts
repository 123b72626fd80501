import { complianceReason } from '../outcomes/complianceReason.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { EntraDevice, ManagedDevice } from './managedDevice.ts';

/** Everything a judgement depends on, gathered before it. */
export interface DeviceFacts {
  readonly device: ManagedDevice;
  /** The login name, if the node compares users; undefined if it does not. */
  readonly loginUser: string | undefined;
  /** Entra's record if the node asks for it: `absent` if Entra has none, `notAsked` if it was not asked. */
  readonly entraDevice: EntraDevice | 'absent' | 'notAsked';
  readonly largestCheckInAgeMs: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Check = (facts: DeviceFacts) => Reason | undefined;

/** What overrules the compliance state, in the order in which it is told. The first that speaks wins. */
const CHECKS: readonly Check[] = [
  checkInTooOld,
  deviceBeingRemoved,
  graceExpired,
  userMismatch,
  deviceDisabled,
];

/** The reason behind the answer about a device that Intune knows. Pure: the same facts give the same reason. */
export function judgeDevice(facts: DeviceFacts): Reason {
  for (const check of CHECKS) {
    const reason = check(facts);
    if (reason !== undefined) return reason;
  }
  return complianceReason(facts.device.complianceState);
}

/** A check-in this far in the future is a broken clock somewhere, and no proof of a recent one. */
const CLOCK_SKEW_MS = 24 * 60 * 60 * 1000;

function checkInTooOld({ device, largestCheckInAgeMs, now }: DeviceFacts): Reason | undefined {
  if (largestCheckInAgeMs === undefined) return undefined;
  const age = device.lastSync === undefined ? Infinity : now - device.lastSync;
  return age > largestCheckInAgeMs || age < -CLOCK_SKEW_MS ? 'checkInTooOld' : undefined;
}

/**
 * A removal that failed counts as under way: somebody wanted the device gone, and it is not. One that was cancelled does not.
 */
const BEING_REMOVED: ReadonlySet<string> = new Set([
  'retirepending',
  'retireissued',
  'retirefailed',
  'wipepending',
  'wipeissued',
  'wipefailed',
  'deletepending',
]);

function deviceBeingRemoved({ device }: DeviceFacts): Reason | undefined {
  // In any letter case: what only restricts is read generously.
  return BEING_REMOVED.has(device.managementState?.toLowerCase() ?? '') ||
    device.deviceRegistrationState?.toLowerCase() === 'revoked'
    ? 'deviceBeingRemoved'
    : undefined;
}

/** Intune updates the state at check-ins only. A deadline that is not known cannot be running. */
function graceExpired({ device, now }: DeviceFacts): Reason | undefined {
  if (device.complianceState !== 'inGracePeriod') return undefined;
  return device.graceDeadline === undefined || device.graceDeadline <= now ? 'graceExpired' : undefined;
}

function userMismatch({ device, loginUser }: DeviceFacts): Reason | undefined {
  if (loginUser === undefined) return undefined;
  return device.userPrincipalName !== undefined && foldCase(device.userPrincipalName) === foldCase(loginUser)
    ? undefined
    : 'userMismatch';
}

/** ASCII only: Unicode case folding makes different characters equal (the Kelvin sign and k). */
function foldCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function deviceDisabled({ entraDevice }: DeviceFacts): Reason | undefined {
  if (entraDevice === 'notAsked') return undefined;
  return entraDevice !== 'absent' && entraDevice.accountEnabled ? undefined : 'deviceDisabled';
}
