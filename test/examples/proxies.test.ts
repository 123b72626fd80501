import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

/** Traefik and Envoy do not run in the tests; what their safety rests on is looked for in their files. */
const read = (file: string): unknown =>
  parse(readFileSync(new URL(`../../examples/proxies/${file}`, import.meta.url), 'utf8'));

const IDENTITY_HEADERS = [
  'X-Device-Outcome',
  'X-Device-Reason',
  'X-Device-Id',
  'X-Auth-User',
  'X-Auth-Level',
  'X-Decision-Id',
  'X-Device-Warning',
  'X-Device-Monitor',
];

/** Who is logged in, and whether it is a person in front of a browser: what a login flow needs, and not a header more. */
const OF_A_LOGIN = [
  'Cookie',
  'Authorization',
  'Accept',
  'X-Requested-With',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Dest',
];

/** Every value under a key, however deep it stands. */
function under(value: unknown, key: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...under(inner, key),
  ]);
}

describe('traefik', () => {
  const dynamic = read('traefik/dynamic.yml');

  test('believes nobody about where a request comes from', () => {
    expect(read('traefik/traefik.yml')).toMatchObject({
      entryPoints: { front: { forwardedHeaders: { insecure: false, trustedIPs: [] } } },
    });
  });

  test('cleans, sets the certificate, asks, and cleans again, in this order', () => {
    expect(under(dynamic, 'middlewares')).toContainEqual([
      'strip',
      'certificate',
      'ask-gate',
      'strip-for-app',
    ]);
    expect(dynamic).toMatchObject({
      tls: { options: { default: { clientAuth: { clientAuthType: 'VerifyClientCertIfGiven' } } } },
      http: {
        middlewares: {
          strip: {
            headers: {
              customRequestHeaders: {
                ...Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, ''])),
                'X-Gate-Secret': '{{ env "GATE_SECRET" }}',
              },
            },
          },
          certificate: { passTLSClientCert: { pem: true } },
          'ask-gate': {
            forwardAuth: {
              address: 'http://{{ env "GATE" }}/auth/policies/traefik/forward',
              authRequestHeaders: ['X-Gate-Secret', 'X-Forwarded-Tls-Client-Cert', ...OF_A_LOGIN],
              authResponseHeaders: expect.arrayContaining(IDENTITY_HEADERS) as string[],
            },
          },
          'strip-for-app': {
            headers: { customRequestHeaders: { 'X-Gate-Secret': '', 'X-Forwarded-Tls-Client-Cert': '' } },
          },
        },
      },
    });
  });
});

describe('envoy', () => {
  const config = read('envoy/envoy.yaml');

  test('replaces the certificate header, with the certificate alone', () => {
    expect(under(config, 'forward_client_cert_details')).toEqual(['SANITIZE_SET']);
    expect(under(config, 'set_current_client_cert_details')).toEqual([{ cert: true }]);
    expect(under(config, 'headers_with_underscores_action')).toEqual(['REJECT_REQUEST']);
  });

  test('asks the gate, and denies where it does not answer', () => {
    expect(under(config, 'failure_mode_allow')).toEqual([false]);
    expect(under(config, 'path_prefix')).toEqual(['/auth/policies/envoy/ext-authz']);
    expect(under(config, 'allowed_headers')).toEqual([
      {
        patterns: ['X-Forwarded-Client-Cert', 'X-Gate-Secret', 'X-Forwarded-Proto', ...OF_A_LOGIN].map(
          (name) => ({
            exact: name.toLowerCase(),
          }),
        ),
      },
    ]);
  });

  test('lets no identity header of a client through, and no secret', () => {
    const names = IDENTITY_HEADERS.map((name) => name.toLowerCase());
    expect(under(config, 'remove')).toEqual(names);
    expect(under(config, 'allowed_upstream_headers')).toEqual([
      { patterns: names.map((exact) => ({ exact })) },
    ]);
    expect(under(config, 'request_headers_to_remove')).toEqual([
      ['x-gate-secret', 'x-forwarded-client-cert'],
    ]);
    expect(under(config, 'append')).toEqual([
      {
        header: { key: 'x-gate-secret', value: '%ENVIRONMENT(GATE_SECRET)%' },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ]);
  });
});

describe.each([
  'nginx/default.conf.template',
  'haproxy/haproxy.cfg',
  'caddy/Caddyfile',
  'traefik/dynamic.yml',
  'envoy/envoy.yaml',
])('%s', (file) => {
  test('passes on to the gate what people need to log in, and nothing else', () => {
    const text = readFileSync(new URL(`../../examples/proxies/${file}`, import.meta.url), 'utf8');
    for (const path of ['login', 'device', 'json']) expect(text).toContain(path);
    // A client that could ask with a path of its own would choose its policy.
    expect(text).not.toMatch(/(?:path_beg|PathPrefix\(`|location |path |(?<!path_)prefix: )\/(?:auth|v1)\b/);
  });
});
