import type { Lookup, LookupOptions, WantedProperties } from './deviceDirectory.ts';
import type { ManagedDevice } from './managedDevice.ts';

/** Which rows of the list of all devices are wanted, and what of them. */
export interface ListScope {
  /** Beside what a decision judges by. */
  readonly properties: WantedProperties;
  /** Only devices that checked in after this time, milliseconds since 1970. Default: all. */
  readonly checkedInAfter?: number;
}

/** A part of the list. */
export interface DevicePage {
  readonly devices: readonly ManagedDevice[];
  /** Rows that no device could be made of. */
  readonly unreadable: number;
  /** Where the next page begins; undefined at the end. Opaque, and not for logs: it may hold the name of a device. */
  readonly next: string | undefined;
}

/**
 * Port: who lists the devices of a tenant, page by page. A row proves that a device is there and how it was; that a device is in no
 * row proves nothing. Neither method throws for an expected failure.
 */
export interface DeviceList {
  /** False if rows lack some of these properties, so that a device must be asked about by its id. */
  canTell(properties: WantedProperties): boolean;
  /** @param position `next` of the page before, of the same scope; undefined for the first page */
  readPage(
    scope: ListScope,
    position: string | undefined,
    options: LookupOptions,
  ): Promise<Lookup<DevicePage>>;
}
