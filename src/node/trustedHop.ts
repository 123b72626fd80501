import { createAddressRanges, isInRanges } from './addressRanges.ts';
import type { RequestContext } from './requestContext.ts';

/** Who may speak for the device in one source. */
export interface TrustedHopOptions {
  /** Callers and proxies whose word is believed. An empty list believes nobody. */
  readonly from: readonly string[];
  /** Address ranges (`10.0.0.0/8`, `fd00::/8`, single addresses) the request must have come from; undefined for no narrowing. */
  readonly peers: readonly string[] | undefined;
}

export type TrustedHop = (context: RequestContext) => boolean;

/**
 * May the hop that delivered this context supply the value? Both conditions can only take away: the hop must be named, and if ranges
 * are configured the address must be known and inside one.
 *
 * @throws Error for a range that is not one
 */
export function createTrustedHop(options: TrustedHopOptions): TrustedHop {
  const believed = new Set(options.from);
  const ranges = options.peers === undefined ? undefined : createAddressRanges(options.peers);
  return ({ caller, peerAddress }) =>
    caller !== undefined &&
    believed.has(caller) &&
    (ranges === undefined || (peerAddress !== undefined && isInRanges(ranges, peerAddress)));
}
