import type { Reason, UpstreamReason } from '../outcomes/reason.ts';
import type { DeviceId } from './deviceId.ts';
import type { EndSignal } from './ending.ts';
import type { DetectedApp, EntraDevice, ManagedDevice } from './managedDevice.ts';
import type { Soon } from './soon.ts';

/** Where an answer came from and when it was true. */
export interface Provenance {
  readonly source: 'graph' | 'cache' | 'staleCache';
  /** When Microsoft gave the answer, milliseconds since 1970. */
  readonly fetchedAt: number;
  /** Why the answer is not as new as it could be, where there is something to say. */
  readonly warning?: AnswerWarning;
}

/** Why a remembered answer was given although another one was wanted. */
export interface AnswerWarning {
  readonly reason: Reason;
  /** In words an operator can use; free of secrets. */
  readonly detail: string;
}

/** Microsoft could not answer, or too many are waiting for it already. Expected, so a value; the cause keeps the stack for the Error entries. */
export interface LookupFailure {
  readonly ok: false;
  readonly reason: UpstreamReason | 'overloaded';
  /** What happened, in words an operator can use; free of secrets. */
  readonly detail: string;
  /** Undefined where nothing went wrong: there was merely no room. */
  readonly cause: Error | undefined;
  /** How long nobody asks Microsoft again: as long as it said, or as the gate holds off by itself. */
  readonly retryAfterMs?: number;
}

export type Lookup<T> = ({ readonly ok: true; readonly value: T } & Provenance) | LookupFailure;

export interface LookupOptions {
  /** Ends when the decision's deadline passes or its caller goes away. */
  readonly signal: EndSignal;
  /** The decision's deadline on the same clock as `now`, milliseconds since 1970: nothing waits past it. */
  readonly deadline: number;
  /** Oldest answer that may be used, milliseconds; 0 asks Microsoft each time. Default: whatever the directory remembers. */
  readonly maxAnswerAgeMs?: number | undefined;
  /** Ask Microsoft again, whatever is remembered. A directory that remembers grants it to each device once in a while only. */
  readonly recheck?: boolean | undefined;
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
 * failure. Absence is an answer (`undefined`, `[]`), not a failure. What is remembered is answered at once.
 */
export interface DeviceDirectory {
  /** By Intune's own id. */
  findManagedDevice(id: DeviceId, options: DeviceLookupOptions): Soon<Lookup<ManagedDevice | undefined>>;
  /** All managed devices with this Entra id; each one is checked to really have it. More than one is for the caller to judge. */
  findManagedDevicesByEntraId(
    id: DeviceId,
    options: DeviceLookupOptions,
  ): Soon<Lookup<readonly ManagedDevice[]>>;
  /** Entra's own record, by `device.deviceId` (not the object id). */
  findEntraDevice(id: DeviceId, options: LookupOptions): Soon<Lookup<EntraDevice | undefined>>;
  /** The whole app inventory of one managed device, all pages, in Intune's order. */
  listDetectedApps(id: DeviceId, options: LookupOptions): Soon<Lookup<readonly DetectedApp[]>>;
}
