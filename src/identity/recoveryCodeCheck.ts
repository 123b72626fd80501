import type { IdentityStore } from './identityStore.ts';
import type { Lockout } from './lockout.ts';
import { otpSubject } from './subjects.ts';

export type RecoveryVerdict =
  | { readonly is: 'accepted' }
  /** Wrong, used before, or there is no device. */
  | { readonly is: 'rejected' }
  | { readonly is: 'lockedOut'; readonly retryAfterMs: number };

export type RecoveryCodeCheck = (
  identityId: string,
  code: string,
  signal: AbortSignal,
) => Promise<RecoveryVerdict>;

/**
 * Makes the check of recovery codes: those of the person's first device only, as AM's node does it. A code works once. Failures count
 * together with those of one-time codes.
 *
 * The check throws GateError `identityUnavailable` where the store does.
 */
export function createRecoveryCodeCheck(options: {
  readonly store: Pick<IdentityStore, 'otp'>;
  readonly lockout: Lockout;
}): RecoveryCodeCheck {
  const { store, lockout } = options;
  return async (identityId, code, signal) => {
    const guarded = await lockout.guard<RecoveryVerdict>(
      otpSubject(identityId),
      async () => {
        const [device] = await store.otp.list(identityId, signal);
        return device !== undefined && (await store.otp.useRecoveryCode(identityId, device.id, code, signal))
          ? { result: 'passed', value: { is: 'accepted' } }
          : { result: 'failed', value: { is: 'rejected' } };
      },
      signal,
    );
    return guarded.is === 'tried' ? guarded.value : guarded;
  };
}
