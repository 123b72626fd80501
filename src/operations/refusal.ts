import type { LookupFailure } from '../node/deviceDirectory.ts';

/** Why an operation was not done. A closed list: programs branch on it. */
export const REFUSALS = {
  notPermitted: 'The principal was not granted this class of operations, or this tenant.',
  invalidInput: 'Some inputs are not as expected.',
  badCursor: 'The cursor is none of this gate, too old, or belongs to another question or principal.',
  deviceNotFound: 'Intune knows no such device.',
  groupNotFound: 'Entra knows no such group.',
  memberNotFound: 'Entra knows no such user or device.',
  requestIdReused: 'This request id was used for something else.',
  tooManyPending: 'Too many requests wait for approval.',
  massLimit: 'As many changes as one hour may see were made.',
  approvalNotFound: 'There is no such request, or it is not for this principal to see.',
  ownRequest: 'Nobody approves what the same principal asked for.',
  notAsSeen: 'The request is not the one that was looked at: the digest differs.',
  approvalClosed: 'The request is not waiting for approval any more.',
  approvalExpired: 'The time to approve the request is over.',
  requesterMayNot: 'Whoever asked may not do this any more.',
  stateUnavailable: 'What must be remembered about changes cannot be read or written, so nothing is changed.',
  notRecorded: 'What happens could not be recorded, so it does not happen.',
  upstream: 'Microsoft could not answer, or refused.',
} as const satisfies Record<string, string>;

export type RefusalKind = keyof typeof REFUSALS;

export interface Refusal {
  readonly ok: false;
  readonly refusal: RefusalKind;
  /** In words, for people; quotes no input and holds no secret. */
  readonly detail: string;
  /** The place in the input that is wrong, as a JSON Pointer, and what is wrong there. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  /** Why Microsoft did not answer, where that is the refusal. */
  readonly failure?: LookupFailure;
  readonly retryAfterMs?: number;
}

export function refuse(refusal: RefusalKind, detail: string = REFUSALS[refusal]): Refusal {
  return { ok: false, refusal, detail };
}

export function refuseUpstream(failure: LookupFailure): Refusal {
  const { retryAfterMs } = failure;
  return {
    ...refuse('upstream', failure.detail),
    failure,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
