import type { OathHash } from './oathCode.ts';

/** How time-based codes are checked. It must be what the device was registered with; nothing of it is kept with the device. */
export interface TotpSettings {
  readonly algorithm: 'totp';
  /** How long one code lasts. AM: `totpTimeInterval`, default 30. */
  readonly intervalSeconds: number;
  /** How many time steps a code may be early or late. AM: `totpTimeSteps`, default 2. */
  readonly timeSteps: number;
  /** AM: `totpHashAlgorithm`, default sha1. */
  readonly hash: OathHash;
  /** How many time steps the device's clock may be away from ours altogether. AM: `maximumAllowedClockDrift`, default 5. */
  readonly largestDriftSteps: number;
}

/** How counter-based codes are checked. */
export interface HotpSettings {
  readonly algorithm: 'hotp';
  /** How many codes a device may be ahead; so many and one more are tried. AM: `hotpWindowSize`, default 100. */
  readonly windowSize: number;
  /** AM: `truncationOffset` of the registration, default -1 (found as in RFC 4226). */
  readonly truncationOffset?: number;
  /** AM: `addChecksum` of the registration. No code is ever accepted then, as with AM: an answer has no room for a check digit. */
  readonly addChecksum?: boolean;
}

export const DEFAULT_TOTP_SETTINGS: TotpSettings = {
  algorithm: 'totp',
  intervalSeconds: 30,
  timeSteps: 2,
  hash: 'sha1',
  largestDriftSteps: 5,
};

export const DEFAULT_HOTP_SETTINGS: HotpSettings = { algorithm: 'hotp', windowSize: 100 };
