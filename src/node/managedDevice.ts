import type { DeviceId } from './deviceId.ts';

/** A JSON value as Graph returned it. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * A device as the decision sees it: the few facts it judges by, typed, and whatever was asked for beside them, untouched.
 * Dates are milliseconds since 1970; `undefined` where Graph gave none, or one of its sentinels for "never" (year 1) and "no end"
 * (year 9999) that are no dates at all, except that a deadline in year 9999 stays a date: it is a deadline that has not passed.
 */
export interface ManagedDevice {
  readonly id: DeviceId;
  /** Undefined if Graph gave none, an empty or the all-zero id: not registered in Entra. */
  readonly azureADDeviceId: DeviceId | undefined;
  readonly complianceState: string;
  readonly managementState: string | undefined;
  readonly deviceRegistrationState: string | undefined;
  readonly graceDeadline: number | undefined;
  readonly lastSync: number | undefined;
  readonly serialNumber: string | undefined;
  /** The primary user; undefined for a device without one. */
  readonly userPrincipalName: string | undefined;
  /** Every top-level property of Graph's answer, `@odata` annotations included, in Graph's order. */
  readonly properties: Readonly<Record<string, JsonValue>>;
}

/** A device as Entra's directory sees it. */
export interface EntraDevice {
  readonly deviceId: DeviceId;
  readonly accountEnabled: boolean;
}

/** One row of Intune's app inventory. */
export interface DetectedApp {
  readonly displayName: string;
  readonly version: string | undefined;
  readonly publisher: string | undefined;
}
