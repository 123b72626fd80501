import { isIPv4 } from 'node:net';
import { createAddressRanges } from '../node/addressRanges.ts';
import { listenersOf } from './checkListeners.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { ConfigFile, ProxyConfig } from './configSchema.ts';

/** Pure: what is wrong with the proxies of a configuration. */
export function checkProxies(file: ConfigFile): readonly ConfigProblem[] {
  const listeners = listenersOf(file).map(([, listener]) => listener);
  return file.proxies.flatMap((proxy, index) => {
    const at = ['proxies', index];
    const problems: ConfigProblem[] = [];
    const hasNamesake =
      file.proxies.findIndex(({ name }) => name === proxy.name) !== index ||
      file.callers.some(({ name }) => name === proxy.name);
    if (hasNamesake)
      problems.push({ path: [...at, 'name'], message: 'another proxy or caller has this name' });
    if (!isKnownByAnything(proxy)) {
      problems.push({
        path: at,
        message: 'needs at least one of addresses, certificateSha256, socket and secretHeader',
      });
    }
    if (proxy.certificateSha256 !== undefined && !listeners.some(({ tls }) => tls !== undefined)) {
      problems.push({
        path: [...at, 'certificateSha256'],
        message: 'needs a listener with tls: without TLS there is no client certificate',
      });
    }
    if (proxy.socket === true && !listeners.some(({ socket }) => socket !== undefined)) {
      problems.push({ path: [...at, 'socket'], message: 'needs a listener with socket' });
    }
    if (proxy.socket === true && (proxy.addresses ?? proxy.certificateSha256) !== undefined) {
      problems.push({
        path: [...at, 'socket'],
        message:
          'cannot hold together with addresses or certificateSha256: a Unix socket has neither. Use two proxies',
      });
    }
    if (proxy.withoutCertificate === true && proxy.certificateSha256 !== undefined) {
      problems.push({
        path: [...at, 'withoutCertificate'],
        message: 'cannot hold together with certificateSha256',
      });
    }
    proxy.addresses?.forEach((range, position) => {
      const fault = findRangeFault(range);
      if (fault !== undefined) problems.push({ path: [...at, 'addresses', position], message: fault });
    });
    return problems;
  });
}

/** Pure: proxies that are allowed but hardly safe. */
export function findWeakProxies({ proxies }: ConfigFile): readonly ConfigProblem[] {
  return proxies.flatMap((proxy, index) =>
    proxy.secretHeader !== undefined &&
    proxy.addresses === undefined &&
    proxy.certificateSha256 === undefined &&
    proxy.socket === undefined
      ? [
          {
            path: ['proxies', index],
            message: 'is known by a header alone; whoever once reads it is this proxy from anywhere',
          },
        ]
      : [],
  );
}

function isKnownByAnything({ addresses, certificateSha256, socket, secretHeader }: ProxyConfig): boolean {
  return [addresses, certificateSha256, socket, secretHeader].some((proof) => proof !== undefined);
}

/** Private networks, 10.0.0.0/8 and fc00::/7, are the largest ranges that make sense. */
const SHORTEST_IPV4_PREFIX = 8;
const SHORTEST_IPV6_PREFIX = 7;

/** A range that holds every address tells nobody apart. */
function findRangeFault(range: string): string | undefined {
  try {
    createAddressRanges([range]);
  } catch (error) {
    return `is ${(error as Error).message}`;
  }
  const [address = '', prefix] = range.split('/');
  const shortest = isIPv4(address) ? SHORTEST_IPV4_PREFIX : SHORTEST_IPV6_PREFIX;
  return prefix !== undefined && Number(prefix) < shortest
    ? 'is more of the Internet than one proxy can have; name the addresses of the proxy'
    : undefined;
}
