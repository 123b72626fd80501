/** When failures lock. */
export interface AttemptRule {
  /** So many failures lock. */
  readonly failures: number;
  /** Failures are counted together from the first one on, for so long. */
  readonly windowMs: number;
  /** How long the lock lasts. */
  readonly lockMs: number;
}

export interface AttemptStatus {
  readonly failures: number;
  /** Milliseconds since 1970; undefined if not locked. */
  readonly lockedUntil: number | undefined;
}

/**
 * Port: failed attempts by subject, e.g. a name that was typed. A subject needs not exist. Kept with the gate or beside it, never with
 * the client, so that going back a step wins no second guess.
 *
 * @throws GateError `identityUnavailable` from every method, if the store cannot be read or written
 */
export interface AttemptStore {
  status(subject: string): Promise<AttemptStatus>;
  /** Counts a failure. At the number of the rule, the subject is locked. */
  fail(subject: string, rule: AttemptRule): Promise<AttemptStatus>;
  /** Forgets the failures and the lock. */
  clear(subject: string): Promise<void>;
}
