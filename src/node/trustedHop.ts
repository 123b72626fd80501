import { BlockList, isIP } from 'node:net';
import type { RequestContext } from './requestContext.ts';

/** Who may speak for the device in one source. */
export interface TrustedHopOptions {
  /** Principals whose word is believed. An empty list believes nobody. */
  readonly from: readonly string[];
  /** Address ranges (`10.0.0.0/8`, `fd00::/8`, single addresses) the request must have come from; undefined for no narrowing. */
  readonly peers: readonly string[] | undefined;
}

export type TrustedHop = (context: RequestContext) => boolean;

/**
 * May the hop that delivered this context supply the value? Both conditions can only take away: the caller must be named, and if
 * ranges are configured the address must be stated and inside one.
 *
 * @throws Error for a range that is not one
 */
export function createTrustedHop(options: TrustedHopOptions): TrustedHop {
  const callers = new Set(options.from);
  const ranges = options.peers === undefined ? undefined : createRanges(options.peers);
  return ({ caller, peerAddress }) =>
    callers.has(caller) &&
    (ranges === undefined || (peerAddress !== undefined && contains(ranges, peerAddress)));
}

export function createRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix, ...rest] = range.split('/');
    const family = isIP(address);
    const bits =
      prefix === undefined ? (family === 4 ? 32 : 128) : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || rest.length > 0 || bits < 0 || bits > (family === 4 ? 32 : 128)) {
      throw new Error('not an address or a range such as 10.0.0.0/8');
    }
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** IPv4 in IPv6 clothing (`::ffff:10.0.0.1`) is IPv4; a zone (`%eth0`) says nothing about who it is. */
function contains(ranges: BlockList, peerAddress: string): boolean {
  const address = peerAddress.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%[\w.-]+$/, '');
  const family = isIP(address);
  return family !== 0 && ranges.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
