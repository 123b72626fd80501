import { REASON_NAMES, REASONS, type Reason } from '../outcomes/reason.ts';

/** Nothing was presented: no device, or nobody who is logged in. */
const ABSENCES: ReadonlySet<Reason> = new Set(['noDeviceId', 'loginUserMissing']);

/**
 * What was presented is not good: malformed, conflicting, from somebody who may not say it, or a certificate that does not count. No
 * policy lets it pass, and none treats it as "no id".
 */
export function isRefused(reason: Reason): boolean {
  return REASONS[reason].about === 'presented' && !ABSENCES.has(reason);
}

/**
 * Of those, the ones that show somebody saying what is not theirs to say. They do not pass in monitor mode either. The others may come
 * from a roll-out that is not finished: a certificate that has expired, one without an id, a revocation list that is missing.
 */
const SPOOFING: ReadonlySet<Reason> = new Set([
  'headerSpoofed',
  'hopNotTrusted',
  'deviceIdMalformed',
  'deviceIdConflict',
  'certificateMalformed',
  'certificateUntrusted',
  'certificateRevoked',
]);

export function isSpoofing(reason: Reason): boolean {
  return SPOOFING.has(reason);
}

/** Every reason that a policy may name. */
export const NAMEABLE_REASONS: readonly Reason[] = REASON_NAMES.filter((reason) => !isRefused(reason));
