import { createHash } from 'node:crypto';
import { equalSecrets } from './equalSecrets.ts';
import type { IdentityStore } from './identityStore.ts';
import type { Lockout } from './lockout.ts';

/** Several gates share a journey, but not a clock. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A one-time password that was sent. */
export interface SentPassword {
  readonly password: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly validMs: number;
}

export type OneTimePasswordVerdict =
  | { readonly is: 'accepted' }
  /** Wrong, or used before. */
  | { readonly is: 'rejected' }
  /** Right, but too late. */
  | { readonly is: 'expired' }
  | { readonly is: 'lockedOut'; readonly retryAfterMs: number };

export interface OneTimePasswordCheckerOptions {
  readonly store: Pick<IdentityStore, 'once'>;
  readonly lockout: Lockout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type OneTimePasswordChecker = (
  subject: string,
  sent: SentPassword,
  answer: string,
  signal: AbortSignal,
) => Promise<OneTimePasswordVerdict>;

/**
 * Checks the answer to a one-time password that was sent. A right answer is accepted once; failures count under the subject (see
 * `subjects.ts`), so that neither a new message nor an older step of the journey wins further guesses.
 *
 * The checker throws GateError `identityUnavailable` where the store does.
 */
export function createOneTimePasswordChecker(options: OneTimePasswordCheckerOptions): OneTimePasswordChecker {
  const { store, lockout, now } = options;
  return async (subject, { password, sentAt, validMs }, answer, signal) => {
    const guarded = await lockout.guard<OneTimePasswordVerdict>(
      subject,
      async () => {
        if (password === '' || !equalSecrets(password, answer)) {
          return { result: 'failed', value: { is: 'rejected' } };
        }
        const until = sentAt + validMs;
        if (now() > until || now() < sentAt - CLOCK_TOLERANCE_MS) {
          return { result: 'undecided', value: { is: 'expired' } };
        }
        const key = `sent ${createHash('sha256')
          .update(JSON.stringify([subject, sentAt, password]))
          .digest('base64url')}`;
        return (await store.once.claim(key, until))
          ? { result: 'passed', value: { is: 'accepted' } }
          : { result: 'failed', value: { is: 'rejected' } };
      },
      signal,
    );
    return guarded.is === 'tried' ? guarded.value : guarded;
  };
}
