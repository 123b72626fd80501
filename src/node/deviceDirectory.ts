import type { UpstreamReason } from '../outcomes/reason.ts';
import type { DeviceId } from './deviceId.ts';
import type { DetectedApp, EntraDevice, ManagedDevice } from './managedDevice.ts';

/** Where an answer came from and when it was true. */
export interface Provenance {
  readonly source: 'graph' | 'cache' | 'staleCache';
  /** When Microsoft gave the answer, milliseconds since 1970. */
  readonly fetchedAt: number;
}

/** Microsoft could not answer. Expected, so a value; the cause keeps the stack for the Error entries. */
export interface LookupFailure {
  readonly ok: false;
  readonly reason: UpstreamReason;
  /** What happened, in words an operator can use; free of secrets. */
  readonly detail: string;
  readonly cause: Error;
  /** How long Microsoft asked to be left alone, if it said so. */
  readonly retryAfterMs?: number;
}

export type Lookup<T> = ({ readonly ok: true; readonly value: T } & Provenance) | LookupFailure;

export interface LookupOptions {
  /** Ends when the decision's deadline passes or its caller goes away. */
  readonly signal: AbortSignal;
  /** The decision's deadline on the same clock as `now`, milliseconds since 1970: nothing waits past it. */
  readonly deadline: number;
}

/**
 * Which properties of a managed device a node wants beside those it judges by: none, all that a plain GET returns, or exactly these
 * (some exist only when named, see `sharedState/intuneKeys.ts`).
 */
export type WantedProperties = 'none' | 'all' | readonly string[];

export interface DeviceLookupOptions extends LookupOptions {
  readonly properties: WantedProperties;
}

/**
 * Port: who knows devices. Implemented by `graph`; another device manager would implement it too. No method throws for an expected
 * failure. Absence is an answer (`undefined`, `[]`), not a failure.
 */
export interface DeviceDirectory {
  /** By Intune's own id. */
  findManagedDevice(id: DeviceId, options: DeviceLookupOptions): Promise<Lookup<ManagedDevice | undefined>>;
  /** All managed devices with this Entra id; each one is checked to really have it. More than one is for the caller to judge. */
  findManagedDevicesByEntraId(
    id: DeviceId,
    options: DeviceLookupOptions,
  ): Promise<Lookup<readonly ManagedDevice[]>>;
  /** Entra's own record, by `device.deviceId` (not the object id). */
  findEntraDevice(id: DeviceId, options: LookupOptions): Promise<Lookup<EntraDevice | undefined>>;
  /** The whole app inventory of one managed device, all pages, in Intune's order. */
  listDetectedApps(id: DeviceId, options: LookupOptions): Promise<Lookup<readonly DetectedApp[]>>;
}
