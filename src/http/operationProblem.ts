import type { Refusal, RefusalKind } from '../operations/refusal.ts';
import { ProblemError, type ProblemName } from './problem.ts';

/** How each refusal is answered. */
const PROBLEM_OF = {
  notPermitted: 'notPermitted',
  invalidInput: 'malformedRequest',
  badCursor: 'badCursor',
  deviceNotFound: 'deviceNotFound',
  groupNotFound: 'groupNotFound',
  memberNotFound: 'memberNotFound',
  requestIdReused: 'requestIdReused',
  tooManyPending: 'tooManyPending',
  massLimit: 'massLimit',
  approvalNotFound: 'approvalNotFound',
  ownRequest: 'ownRequest',
  notAsSeen: 'notAsSeen',
  approvalClosed: 'approvalClosed',
  approvalExpired: 'approvalExpired',
  requesterMayNot: 'requesterMayNot',
  stateUnavailable: 'stateUnavailable',
  notRecorded: 'notRecorded',
  upstream: 'upstream',
} as const satisfies Record<RefusalKind, ProblemName>;

/** The problem that tells of a refusal. */
export function operationProblem({ refusal, detail, errors, failure, retryAfterMs }: Refusal): ProblemError {
  return new ProblemError(upstreamProblem(failure?.reason) ?? PROBLEM_OF[refusal], detail, errors, {
    reason: failure?.reason,
    retryAfterMs,
  });
}

function upstreamProblem(reason: string | undefined): ProblemName | undefined {
  switch (reason) {
    case 'throttled':
    case 'overloaded':
      return 'upstreamBusy';
    case 'timeout':
      return 'upstreamTimeout';
    default:
      return undefined;
  }
}
