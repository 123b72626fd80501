import type { IdentityStore } from './identityStore.ts';
import type { Lockout } from './lockout.ts';
import { createOathProver, type OathProver } from './oathProver.ts';
import { createOathVerifier, type OathVerifier } from './oathVerifier.ts';
import { createOneTimePasswordChecker, type OneTimePasswordChecker } from './oneTimePasswordChecker.ts';
import { createRecoveryCodeCheck, type RecoveryCodeCheck } from './recoveryCodeCheck.ts';

/** What is proved beside a password. Every check counts failures per person, and throws GateError `identityUnavailable` as the store does. */
export interface SecondFactors {
  readonly verifyOath: OathVerifier;
  readonly proveOath: OathProver;
  readonly checkRecoveryCode: RecoveryCodeCheck;
  readonly checkOneTimePassword: OneTimePasswordChecker;
}

export interface SecondFactorsOptions {
  readonly store: Pick<IdentityStore, 'otp' | 'once'>;
  readonly lockout: Lockout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createSecondFactors(options: SecondFactorsOptions): SecondFactors {
  return {
    verifyOath: createOathVerifier(options),
    proveOath: createOathProver(options),
    checkRecoveryCode: createRecoveryCodeCheck(options),
    checkOneTimePassword: createOneTimePasswordChecker(options),
  };
}
