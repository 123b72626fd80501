import { isIP } from 'node:net';

/**
 * Hosts that people may be sent to: `app.example` on its own port, `app.example:8443`, and `*.apps.example` for every host below
 * that one. Compared without regard to case.
 */
export type AllowedHosts = readonly string[];

/** One entry of {@link AllowedHosts}. An address, of IPv6 in brackets, has no hosts below it. */
export const ALLOWED_HOST =
  /^(?:\*\.[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/i;

const LONGEST = 4_096;
/** Visible ASCII without what browsers read in their own way: backslashes are slashes to them, tabs and line breaks nothing. */
const PLAIN = /^[!#-;=?-[\]_a-z~]+$/;

/**
 * Pure: may somebody be sent to this address? Only `https`, or `http` on loopback, only hosts that are listed, no user name, and
 * nothing that two readers could read differently.
 *
 * @param text - an absolute URL
 * @returns the URL in its one spelling; undefined if it is no place to go to
 */
export function allowedRedirect(text: string, hosts: AllowedHosts): URL | undefined {
  if (text.length > LONGEST || !PLAIN.test(text) || !/^https?:\/\/[^/@?#]/i.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  // The host as it is written is the host as it is read: no percent signs, no other names of the same address.
  const [, written = ''] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const defaultPort = url.protocol === 'https:' ? /:443$/ : /:80$/;
  if (written.toLowerCase().replace(defaultPort, '') !== url.host) return undefined;
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) return undefined;
  return hosts.some((host) => fits(url, host.toLowerCase().replace(defaultPort, ''))) ? url : undefined;
}

function fits({ host, hostname }: URL, allowed: string): boolean {
  if (!allowed.startsWith('*.')) return host === allowed;
  // Not an address, of which 0.0.1 would not be the domain.
  return isIP(hostname) === 0 && host.endsWith(allowed.slice(1)) && host.length > allowed.length - 1;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
