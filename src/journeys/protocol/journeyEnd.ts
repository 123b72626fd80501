import type { FailureCause } from '../engine/stepEnd.ts';

/** How a journey ended, for the log. Free of secrets and of personal data. */
export interface JourneyEnd {
  readonly journeyId: string;
  readonly tree: string;
  readonly result:
    | 'succeeded'
    | FailureCause
    /** It had no user at its end, or one the identity store does not know or has switched off, or who has logged out meanwhile. */
    | 'noUser'
    /** The user at its end is not the one who proved something. */
    | 'userChanged'
    /** The session has so many properties that no browser would keep its cookie. */
    | 'tooLarge'
    /** The step was sent before. */
    | 'replayed';
  /** Of the session that began, if one did. */
  readonly sessionId?: string;
  /** Of the last decision about a device, if there was one. */
  readonly decisionId?: string;
  /** Why it came out as it did, by the closed list of reasons. */
  readonly reason?: string;
}
