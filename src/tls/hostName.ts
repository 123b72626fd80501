import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { mailboxOf } from './mailbox.ts';
import type { GeneralName } from './generalName.ts';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LONGEST_HOST_NAME = 253;

/**
 * The labels of a DNS name, lower case; the first may be `*`. Underscores are taken, since they occur.
 *
 * @returns undefined for what is no DNS name, a trailing dot included
 */
export function dnsLabels(name: string): readonly string[] | undefined {
  if (name.length === 0 || name.length > LONGEST_HOST_NAME) return undefined;
  const labels = name.toLowerCase().split('.');
  return labels.every((label, index) => LABEL.test(label) || (index === 0 && label === '*'))
    ? labels
    : undefined;
}

/**
 * Does one of the alternative names stand for this host, IP address or mailbox? RFC 9525: the subject is not looked at, a wildcard is
 * the whole left-most label, stands for exactly one label, and needs two labels after it.
 *
 * @param host a DNS name (also with umlauts), an IP address, or an address with `@`
 */
export function matchesHost(names: readonly GeneralName[], host: string): boolean {
  if (host.includes('@')) {
    const wanted = mailboxOf(host);
    return (
      wanted !== undefined &&
      names.some(({ type, value }) => {
        const mailbox = type === 'email' ? mailboxOf(value) : undefined;
        return mailbox?.local === wanted.local && mailbox.host === wanted.host;
      })
    );
  }
  const address = ipBytes(host);
  if (address !== undefined) return names.some((name) => name.type === 'ip' && name.bytes.equals(address));
  // The conversion is that of URLs, which also decodes %2e and reads 10.1 as an address: plain ASCII needs none of it.
  const ascii = /^[\x20-\x7e]*$/.test(host) ? host : domainToASCII(host);
  // A dot at the end says that the name is whole, which names in certificates always are.
  const wanted = dnsLabels(ascii.endsWith('.') ? ascii.slice(0, -1) : ascii);
  if (wanted === undefined || wanted[0] === '*' || /^\d+$/.test(wanted.at(-1) ?? '')) return false;
  return names.some(({ type, value }) => type === 'dns' && matchesLabels(dnsLabels(value), wanted));
}

function matchesLabels(presented: readonly string[] | undefined, wanted: readonly string[]): boolean {
  if (presented?.length !== wanted.length) return false;
  const isWildcard = presented[0] === '*';
  if (isWildcard && presented.length < 3) return false;
  return presented.every((label, index) => (isWildcard && index === 0) || label === wanted[index]);
}

/** The bytes of an IPv4 or IPv6 address, with or without brackets; undefined for what is none. */
function ipBytes(text: string): Buffer | undefined {
  const address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const [head = [], tail] = address.split('::').map(groupBytes);
  const rest = tail ?? [];
  return Buffer.from([...head, ...Array.from({ length: 16 - head.length - rest.length }, () => 0), ...rest]);
}

function groupBytes(half: string): readonly number[] {
  return half
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (group.includes('.')) return group.split('.').map(Number);
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    });
}
