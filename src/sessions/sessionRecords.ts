import type { Reason } from '../outcomes/reason.ts';

/** Something that was said of a device, and when it was said last, milliseconds since 1970. */
export interface DeviceNote {
  readonly reason: Reason;
  readonly at: number;
}

/**
 * Port: what is known of sessions beside their tokens. The memory implementation knows what happened in one process; several gates
 * behind one address need one that they share.
 */
export interface SessionRecords {
  /** Ends a session for good. @param expiresAt - when its token ends anyway, milliseconds since 1970 */
  revoke(id: string, expiresAt: number): Promise<void>;
  isRevoked(id: string): Promise<boolean>;
  /** Notes that a session was used. @param at - milliseconds since 1970 */
  touch(id: string, at: number, expiresAt: number): Promise<void>;
  /** Notes that this was said of a device. Never rejects. @param at - when, milliseconds since 1970 */
  noteDevice(deviceId: string, reason: Reason, at: number): Promise<void>;
  /** What was noted of a device, the latest time of each reason. */
  notedOf(deviceId: string): Promise<readonly DeviceNote[]>;
  /** When it was used last, milliseconds since 1970; undefined if nobody knows. */
  lastUsed(id: string): Promise<number | undefined>;
}
