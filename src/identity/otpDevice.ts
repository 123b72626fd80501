/** How far a device has come. Whatever lies behind is never accepted again. */
export interface OtpProgress {
  /** TOTP: start of the time step accepted last, seconds since 1970. Absent before the first. */
  readonly lastAcceptedSeconds?: number | undefined;
  /** TOTP: how far the device's clock runs ahead of ours, in seconds; behind is negative. */
  readonly driftSeconds: number;
  /** HOTP: the counter expected next. */
  readonly counter: number;
}

export const NO_PROGRESS: OtpProgress = { driftSeconds: 0, counter: 0 };

/** What registers a device. */
export interface NewOtpDevice {
  /** Shown to its owner, e.g. beside recovery codes. */
  readonly name: string;
  readonly algorithm: 'totp' | 'hotp';
  readonly digits: 6 | 8;
  readonly secret: Uint8Array;
  /** Default: a random UUID. */
  readonly id?: string;
  /** Where the device stands already, e.g. after a proof of possession. Default: nothing was accepted yet. */
  readonly progress?: OtpProgress;
  /** In clear; they are stored as hashes. Default: none. */
  readonly recoveryCodes?: readonly string[];
}

/** A registered one-time-password device. */
export interface OtpDevice {
  readonly id: string;
  readonly name: string;
  readonly algorithm: 'totp' | 'hotp';
  readonly digits: 6 | 8;
  readonly secret: Uint8Array;
  readonly progress: OtpProgress;
  /** How many recovery codes are left. */
  readonly recoveryCodesLeft: number;
  /** Milliseconds since 1970. */
  readonly registeredAt: number;
}

/** A device that is about to be registered. It is stored only once a code of it was accepted. */
export interface PendingOtpDevice extends NewOtpDevice {
  readonly id: string;
  readonly progress: OtpProgress;
}

/** Has a code of the device been accepted? */
export function isProven({ progress }: PendingOtpDevice): boolean {
  return progress.lastAcceptedSeconds !== undefined || progress.counter > 0;
}
