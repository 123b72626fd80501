import { BlockList, isIP } from 'node:net';

/**
 * Does a range of IPv6 hold some of the addresses that stand for IPv4 (`::ffff:0:0/96`)? It would then be a range of IPv4 as well, and
 * of more addresses than it looks like.
 */
function holdsIpv4(address: string, bits: number): boolean {
  const range = new BlockList();
  range.addSubnet(address, bits, 'ipv6');
  const mapped = new BlockList();
  mapped.addSubnet('::ffff:0:0', 96, 'ipv6');
  return range.check('::ffff:0:0', 'ipv6') || mapped.check(address, 'ipv6');
}

/**
 * Reads ranges (`10.0.0.0/8`, `fd00::/8`) and single addresses.
 *
 * @throws Error for what is neither
 */
export function createAddressRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix, ...rest] = range.split('/');
    const family = isIP(address);
    const bits =
      prefix === undefined ? (family === 4 ? 32 : 128) : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || rest.length > 0 || bits < 0 || bits > (family === 4 ? 32 : 128)) {
      throw new Error('not an address or a range such as 10.0.0.0/8');
    }
    if (family === 6 && bits < 128 && holdsIpv4(address, bits)) {
      throw new Error('to be written as IPv4, e.g. 10.0.0.0/8');
    }
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** IPv4 in IPv6 clothing (`::ffff:10.0.0.1`) is IPv4; a zone (`%eth0`) says nothing about who it is. */
export function isInRanges(ranges: BlockList, peerAddress: string): boolean {
  const address = peerAddress.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%[\w.-]+$/, '');
  const family = isIP(address);
  return family !== 0 && ranges.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
