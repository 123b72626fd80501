import type { AttemptStore } from './attemptStore.ts';
import type { Identity } from './identity.ts';
import type { OnceStore } from './onceStore.ts';
import type { OtpDeviceStore } from './otpDeviceStore.ts';
import type { PasswordVerdict } from './passwordVerdict.ts';

/**
 * Port: who people are. Implemented over a file and over LDAP by `identityStores`.
 *
 * Names are compared as `canonicalUsername` leaves them; a store that knows better, as a directory does, may find a person by several
 * names.
 */
export interface IdentityStore {
  /**
   * Checks a password, and counts the failure if it is wrong. Takes the same time and gives the same words for an unknown name and a
   * wrong password. Never throws.
   */
  verifyPassword(username: string, password: string, signal: AbortSignal): Promise<PasswordVerdict>;
  /** @throws GateError `identityUnavailable` if the store cannot be asked */
  find(username: string, signal: AbortSignal): Promise<Identity | undefined>;
  /** Lets a person log in, or no more. @throws GateError `identityRefused` if there is no such person, or `identityUnavailable` */
  setActive(id: string, active: boolean, signal: AbortSignal): Promise<void>;
  /** Forgets failed passwords and codes of a person. @throws GateError as `find` */
  unlock(username: string, signal: AbortSignal): Promise<void>;
  readonly otp: OtpDeviceStore;
  readonly attempts: AttemptStore;
  readonly once: OnceStore;
}
