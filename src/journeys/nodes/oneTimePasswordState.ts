import type { NodeState } from '../state/nodeState.ts';

/** AM's keys: the code in clear, and when it was made, seconds since 1970. They live in transient state, and sealed between two steps. */
export const ONE_TIME_PASSWORD = 'oneTimePassword';
export const ONE_TIME_PASSWORD_TIMESTAMP = 'oneTimePasswordTimestamp';
/** The user name that stood in state when the code was made, or null: another person cannot use it. */
export const ONE_TIME_PASSWORD_OWNER = 'oneTimePasswordOwner';
/** True if it went to a mailbox that was typed, as nobody had the name then: it is not for who gets the name later. */
export const ONE_TIME_PASSWORD_FOR_NOBODY = 'oneTimePasswordForNobody';

const KEYS = [
  ONE_TIME_PASSWORD,
  ONE_TIME_PASSWORD_TIMESTAMP,
  ONE_TIME_PASSWORD_OWNER,
  ONE_TIME_PASSWORD_FOR_NOBODY,
] as const;

/** What a node declares that reads the code. */
export const ONE_TIME_PASSWORD_INPUTS: readonly string[] = [...KEYS, 'username'];

/** The code is nowhere any more. */
export function forgetOneTimePassword(state: Pick<NodeState, 'remove'>): void {
  for (const key of KEYS) state.remove(key);
}
