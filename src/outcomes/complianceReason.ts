import type { Reason } from './reason.ts';

/**
 * What each value of Intune's `managedDevice.complianceState` means to us. The seven values are those of Graph v1.0 and beta; the
 * comparison is exact, as Graph is case-sensitive here and `nonCompliant` (the spelling of policy rows) is no device state.
 */
const REASON_BY_STATE: ReadonlyMap<string, Reason> = new Map([
  ['compliant', 'compliant'],
  ['noncompliant', 'noncompliant'],
  ['inGracePeriod', 'inGracePeriod'],
  ['configManager', 'configManager'],
  ['conflict', 'conflict'],
  ['unknown', 'complianceUnknown'],
  ['error', 'deviceComplianceError'],
]);

/** Total over strings: whatever Microsoft invents next has a row of its own and is never Compliant. */
export function complianceReason(complianceState: string): Reason {
  return REASON_BY_STATE.get(complianceState) ?? 'complianceStateUnrecognised';
}
