import type { IdentityStore } from './identityStore.ts';
import type { Lockout } from './lockout.ts';
import { judgeOath } from './oath/judgeOath.ts';
import type { HotpSettings, TotpSettings } from './oath/oathSettings.ts';
import type { OtpProgress, PendingOtpDevice } from './otpDevice.ts';
import { otpSubject } from './subjects.ts';

export type ProofVerdict =
  /** `device` stands where the code has brought it. */
  | { readonly is: 'accepted'; readonly device: PendingOtpDevice }
  /** A wrong code, or one that was used. */
  | { readonly is: 'rejected' }
  | { readonly is: 'lockedOut'; readonly retryAfterMs: number };

export interface OathProverOptions {
  readonly store: Pick<IdentityStore, 'once'>;
  readonly lockout: Lockout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type OathProver = (
  identityId: string,
  device: PendingOtpDevice,
  answer: string,
  settings: TotpSettings | HotpSettings,
  signal: AbortSignal,
) => Promise<ProofVerdict>;

/** No registration takes longer, so that a code that was used needs to be remembered no longer. */
const LONGEST_REGISTRATION_MS = 86_400_000;

/**
 * Checks codes of a device that is not stored yet: whoever registers it has to have it. How far it has come is not the store's to say, so
 * a code that was accepted is remembered there by itself. Failures count together with those of stored devices; a success forgets none of
 * them, or whoever may register a device could guess the codes of another for ever.
 *
 * The prover throws GateError `identityUnavailable` where the store does.
 */
export function createOathProver({ store, lockout, now }: OathProverOptions): OathProver {
  return async (identityId, device, answer, settings, signal) => {
    const guarded = await lockout.guard<ProofVerdict>(
      otpSubject(identityId),
      async () => {
        const progress = judgeOath(device, answer, settings, now());
        const isFirst =
          progress !== undefined &&
          (await store.once.claim(keyOf(identityId, device, progress), now() + LONGEST_REGISTRATION_MS));
        return isFirst
          ? { result: 'undecided', value: { is: 'accepted', device: { ...device, progress } } }
          : { result: 'failed', value: { is: 'rejected' } };
      },
      signal,
    );
    return guarded.is === 'tried' ? guarded.value : guarded;
  };
}

function keyOf(identityId: string, { id }: PendingOtpDevice, progress: OtpProgress): string {
  return `proof ${JSON.stringify([identityId, id, progress.lastAcceptedSeconds ?? null, progress.counter])}`;
}
