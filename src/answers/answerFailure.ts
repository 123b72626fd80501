import type { LookupFailure } from '../node/deviceDirectory.ts';

/** No answer came in time. */
export function lateAnswer(detail: string): LookupFailure {
  return { ok: false, reason: 'timeout', detail, cause: new Error(detail) };
}

/** There is no room to wait in. Made cheaply, since it is said when there is much to do. */
export const NO_ROOM: LookupFailure = Object.freeze({
  ok: false,
  reason: 'overloaded',
  detail: 'as many decisions as may are waiting for Microsoft',
  cause: undefined,
});
