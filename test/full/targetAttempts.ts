import { CLOSE, get, HOST, type Attempt } from './attempt.ts';

/** Other ways to say what is asked for, and of whom. */
export function targetAttempts(all: readonly string[]): readonly Attempt[] {
  const targets = [
    'https://localhost/',
    'http://localhost/',
    'http://app/',
    'https://gate/auth/request',
    '//app/',
    '/.intune-gate',
    '/auth/request',
    '/auth/forward',
    ...['nginx', 'haproxy', 'apache', 'caddy', 'traefik', 'envoy'].flatMap((name) => [
      `/auth/policies/${name}/request`,
      `/auth/policies/${name}/ext-authz/`,
    ]),
    '/auth/../',
    '/x/../auth/policies/traefik/forward',
    '/%2e%2e/auth/request',
    '/auth%2frequest',
    '/auth/request?policy=traefik#x',
    '/v1/decisions',
    '/;/auth/request',
    '\\auth\\request',
    '*',
  ].map((target) => ({ label: `the target ${target}`, request: get(all, target) }));
  const line = (label: string, first: string, lines: readonly string[]): Attempt => ({
    label,
    request: [first, ...lines, '', ''].join('\r\n'),
  });
  return [
    ...targets,
    line('HTTP/1.0', 'GET / HTTP/1.0', [HOST, ...all]),
    line('HTTP/1.0 without a Host', 'GET / HTTP/1.0', all),
    line('HTTP/1.0 that is kept alive', 'GET / HTTP/1.0', [HOST, ...all, 'Connection: keep-alive']),
    line('HTTP/0.9', 'GET /', all),
    line('HTTP/1.9', 'GET / HTTP/1.9', [HOST, ...all, CLOSE]),
    line('HTTP/2.0 in the request line', 'GET / HTTP/2.0', [HOST, ...all, CLOSE]),
    line('two Hosts', 'GET / HTTP/1.1', [HOST, 'Host: app', ...all, CLOSE]),
    line('another Host', 'GET / HTTP/1.1', ['Host: app', ...all, CLOSE]),
    line('no Host', 'GET / HTTP/1.1', [...all, CLOSE]),
    line('an asterisk', 'OPTIONS * HTTP/1.1', [HOST, ...all, CLOSE]),
    line('CONNECT', 'CONNECT app:80 HTTP/1.1', ['Host: app:80', ...all, CLOSE]),
    line('TRACE', 'TRACE / HTTP/1.1', [HOST, ...all, CLOSE]),
    line('a method nobody knows', 'SPY / HTTP/1.1', [HOST, ...all, CLOSE]),
    line('a method in lower case', 'get / HTTP/1.1', [HOST, ...all, CLOSE]),
    line('an empty line first', '', ['GET / HTTP/1.1', HOST, ...all, CLOSE]),
    line('a request line with tabs', 'GET\t/\tHTTP/1.1', [HOST, ...all, CLOSE]),
    line('the preface of HTTP/2', 'PRI * HTTP/2.0', ['', 'SM', ...all]),
  ];
}
