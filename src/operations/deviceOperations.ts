import type { Lookup, LookupOptions } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { ManagedDevice } from '../node/managedDevice.ts';

export interface DeviceQuery {
  /** Only devices that checked in at this time or later, milliseconds since 1970. */
  readonly checkedInSince: number | undefined;
  /** 1 to 999. A page may hold fewer, or none, although there are more. */
  readonly pageSize: number;
  /** Where the page before ended. */
  readonly next: string | undefined;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
  /** How many there are in all, where Microsoft says so. */
  readonly total: number | undefined;
}

export interface WipeOptions {
  readonly keepEnrollmentData?: boolean | undefined;
  readonly keepUserData?: boolean | undefined;
  readonly persistEsimDataPlan?: boolean | undefined;
  /** Six digits. */
  readonly macOsUnlockCode?: string | undefined;
}

/** What can be done to a device. */
export type DeviceAction =
  | { readonly kind: 'sync' | 'lock' | 'retire' | 'delete' }
  | { readonly kind: 'wipe'; readonly options: WipeOptions };

/**
 * Port: who lists and changes devices, beside `node/deviceDirectory.ts`, which finds one. No method throws for an expected failure.
 */
export interface DeviceOperations {
  listDevices(query: DeviceQuery, options: LookupOptions): Promise<Lookup<Page<ManagedDevice>>>;
  /** Up to 20 by Intune id, in one call where that can be. Each has its own answer: the device, undefined if there is none, or a failure. */
  readDevices(
    ids: readonly DeviceId[],
    options: LookupOptions,
  ): Promise<Lookup<ReadonlyMap<DeviceId, Lookup<ManagedDevice | undefined>>>>;
  findDevicesBySerialNumber(
    serialNumber: string,
    options: LookupOptions,
  ): Promise<Lookup<readonly ManagedDevice[]>>;
  /** By user principal name, letter case aside. */
  findDevicesByUser(
    userPrincipalName: string,
    options: LookupOptions,
  ): Promise<Lookup<readonly ManagedDevice[]>>;
  /** Asks for an action once. True: Microsoft took it up; false: there is no such device. What it comes to, the device tells later. */
  act(id: DeviceId, action: DeviceAction, options: LookupOptions): Promise<Lookup<boolean>>;
}
