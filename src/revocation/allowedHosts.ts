import { isIP } from 'node:net';
import { dnsLabels } from '../tls/hostName.ts';

interface AllowedHost {
  /** As URLs write it: lower case, IPv6 in brackets. */
  readonly hostname: string;
  /** undefined: the usual one of the scheme. */
  readonly port: string | undefined;
}

const LONGEST_URL = 2_048;
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]/\\?#@%\s]+)(?::(\d{1,5}))?$/;

/** Reads `crl.example`, `crl.example:8080`, `10.0.0.1` or `[fd00::1]`. @returns undefined for anything else; there are no wildcards */
function parseHost(text: string): AllowedHost | undefined {
  const [, host = '', port] = HOST.exec(text) ?? [];
  if (host === '' || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) return undefined;
  const hostname = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  const bare = hostname.replaceAll(/[[\]]/g, '');
  // What URLs take for an address must be written as one: 10.1 is 10.0.0.1 to them.
  const isHost =
    isIP(bare) === 0
      ? dnsLabels(hostname) !== undefined && !hostname.includes('*')
      : isIP(host.replaceAll(/[[\]]/g, '')) !== 0;
  return isHost ? { hostname, port: port === undefined ? undefined : String(Number(port)) } : undefined;
}

export function isAllowedHost(text: string): boolean {
  return parseHost(text) !== undefined;
}

/**
 * Which addresses in certificates may be called. Their CA wrote them, but what it wrote may lead into a network that is none of its
 * business: only hosts that are listed here are asked, on the port that is listed, or else the usual one of the scheme.
 *
 * @returns a reader of addresses, undefined for one that is not allowed
 */
export function createAllowedHosts(hosts: readonly string[]): (address: string) => URL | undefined {
  const allowed = hosts.flatMap((host) => parseHost(host) ?? []);
  return (address) => {
    const url = parseAddress(address);
    if (url === undefined) return undefined;
    const usual = url.protocol === 'https:' ? '443' : '80';
    const port = url.port === '' ? usual : url.port;
    return allowed.some((host) => host.hostname === url.hostname && (host.port ?? usual) === port)
      ? url
      : undefined;
  };
}

/** An http or https URL without credentials. What is fetched is signed, so plain http is as good and is what CAs use. */
export function parseAddress(text: string): URL | undefined {
  if (text.length > LONGEST_URL || !/^https?:\/\/[\x21-\x7e]+$/i.test(text) || !URL.canParse(text)) {
    return undefined;
  }
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
}
