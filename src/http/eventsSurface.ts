import type { DeviceHistory } from '../history/deviceHistory.ts';
import type { Erasure } from '../history/sharedHistory.ts';

/** What the HTTP routes know of events. */
export interface EventsSurface {
  /** Undefined if no history is kept. */
  readonly history: Pick<DeviceHistory, 'find'> | undefined;
  /** Erases records and takes that down. @param by - the principal. @returns as `DeviceHistory.erase` */
  readonly erase: (whose: Erasure, by: string) => Promise<number | undefined>;
  /** Public keys and names of those who send security event tokens; undefined if nobody does. */
  readonly transmitter: Transmitter | undefined;
}

export interface Transmitter {
  readonly issuers: readonly string[];
  readonly jwks: () => Promise<{ readonly keys: readonly object[] }>;
}
