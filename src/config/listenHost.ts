import { isIPv4, isIPv6 } from 'node:net';

const HOST_NAME =
  /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;

/**
 * Can this be listened on, as far as its form tells? Link-local addresses need a zone (`fe80::1%eth0`): without one the system does
 * not know the network. What looks like an address but is none (`10.0.0`, `256.1.1.1`) is not taken for a name.
 */
export function isListenHost(host: string): boolean {
  if (host.length > 253) return false;
  if (isIPv6(host)) return host.includes('%') || !/^fe[89ab][0-9a-f]:/i.test(host);
  const lastLabel = host.split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(lastLabel) ? isIPv4(host) : HOST_NAME.test(host);
}
