import type { IdentityStore } from './identityStore.ts';
import type { Lockout } from './lockout.ts';
import { judgeOath } from './oath/judgeOath.ts';
import type { HotpSettings, TotpSettings } from './oath/oathSettings.ts';
import type { OtpDevice } from './otpDevice.ts';
import { otpSubject } from './subjects.ts';

export type OathVerdict =
  | { readonly is: 'accepted'; readonly device: OtpDevice }
  /** A wrong code, or one that was used. */
  | { readonly is: 'rejected' }
  /** No device of this algorithm. */
  | { readonly is: 'notRegistered' }
  | { readonly is: 'lockedOut'; readonly retryAfterMs: number };

export interface OathVerifierOptions {
  readonly store: Pick<IdentityStore, 'otp'>;
  readonly lockout: Lockout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type OathVerifier = (
  identityId: string,
  answer: string,
  settings: TotpSettings | HotpSettings,
  signal: AbortSignal,
) => Promise<OathVerdict>;

/**
 * Checks one-time codes of a person's first device of the algorithm. The device moves on by compare and set, so that a code is accepted
 * once even if it comes in several requests at the same time. Failures count per person, whatever journey they happen in.
 *
 * The verifier throws GateError `identityUnavailable` where the store does.
 */
export function createOathVerifier({ store, lockout, now }: OathVerifierOptions): OathVerifier {
  return async (identityId, answer, settings, signal) => {
    const findDevice = async (): Promise<OtpDevice | undefined> => {
      const devices = await store.otp.list(identityId, signal);
      return devices.find(({ algorithm }) => algorithm === settings.algorithm);
    };
    if ((await findDevice()) === undefined) return { is: 'notRegistered' };

    const guarded = await lockout.guard<OathVerdict>(
      otpSubject(identityId),
      async () => {
        const device = await accept(await findDevice());
        return device === undefined
          ? { result: 'failed', value: { is: 'rejected' } }
          : { result: 'passed', value: { is: 'accepted', device } };
      },
      signal,
    );
    return guarded.is === 'tried' ? guarded.value : guarded;

    async function accept(device: OtpDevice | undefined): Promise<OtpDevice | undefined> {
      const to = device === undefined ? undefined : judgeOath(device, answer, settings, now());
      if (device === undefined || to === undefined) return undefined;
      const change = { from: device.progress, to };
      if (await store.otp.advance(identityId, device.id, change, signal)) return { ...device, progress: to };
      // Somebody else was accepted meanwhile. The device stands further on, so that this comes to an end.
      return accept(await findDevice());
    }
  };
}
