import type { Lookup, LookupOptions } from './deviceDirectory.ts';
import type { DeviceId } from './deviceId.ts';

/** A setting of a compliance policy that a device does not fulfil. */
export interface FailedSetting {
  /** Name of the policy, as an administrator wrote it. */
  readonly policy: string;
  /** As Intune names it, e.g. `Windows10CompliancePolicy.BitLockerEnabled`. */
  readonly setting: string;
  /** As Intune writes it: `nonCompliant`, `error`, `conflict`, `unknown`, or what it may write one day. */
  readonly state: string;
}

/** Port: why Intune judges a device as it does. Implemented by `graph`; remembered by `answers`. No method throws for an expected failure. */
export interface PolicyStates {
  /** By Intune's own id; each setting of a policy once, whoever it was judged for. Empty if nothing fails, or Intune does not say. */
  findFailedSettings(id: DeviceId, options: LookupOptions): Promise<Lookup<readonly FailedSetting[]>>;
}
