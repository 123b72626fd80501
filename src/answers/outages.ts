import type { Reason } from '../outcomes/reason.ts';

/**
 * For these reasons a remembered answer stands in: Microsoft cannot be asked, and nobody meant it so. A secret that ran out is one of
 * them, as only time has passed. A credential, permission or consent that was taken away is not: whoever did that may have meant to
 * stop this gate from knowing, and an answer that is malformed is a reason to stop, too.
 */
export const OUTAGES: ReadonlySet<Reason> = new Set<Reason>([
  'throttled',
  'upstreamUnreachable',
  'upstreamUnavailable',
  'timeout',
  'credentialExpired',
]);
