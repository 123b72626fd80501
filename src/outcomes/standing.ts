import type { Outcome } from './outcome.ts';
import { REASONS, type Reason } from './reason.ts';

/** From the best that can be said of a device to the worst. */
const RANKS: Readonly<Partial<Record<Outcome, number>>> = {
  Compliant: 0,
  InGracePeriod: 1,
  ConfigManager: 2,
  Unknown: 3,
  Conflict: 4,
  Error: 5,
  NotCompliant: 6,
};

/** These depend on what a node asks for, so that another node says something else of the same device at the same time. */
const OWN_VIEW: ReadonlySet<Reason> = new Set(['checkInTooOld', 'userMismatch']);

/**
 * How a device stands, by what is said of the device itself: 0 is best. Undefined if nothing is said of it, as when Microsoft cannot be
 * asked.
 */
function standingOf(reason: Reason): number | undefined {
  const { about, outcome } = REASONS[reason];
  return about === 'device' && !isOwnView(reason) ? RANKS[outcome] : undefined;
}

/** Says something of the device for one node and its requests alone? */
export function isOwnView(reason: Reason): boolean {
  return OWN_VIEW.has(reason);
}

/**
 * Has a device become worse than it was? What says nothing of the device is not worse; where nothing was known of it before, anything but
 * the best is.
 */
export function isWorse(reason: Reason, than: Reason): boolean {
  const now = standingOf(reason);
  const before = standingOf(than);
  return now !== undefined && now > (before ?? 0);
}
