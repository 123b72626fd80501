import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../src/simulator/certificateAuthority.ts';
import {
  findForwardedFormat,
  FORWARDED_FORMATS,
  isForeignCertificateHeader,
} from '../../../src/tls/forwardedFormats.ts';
import type { Decoded, ForwardedFormat } from '../../../src/tls/forwardedFormat.ts';
import { failedSignal } from '../../../src/tls/verifySignal.ts';
import { percentEncode, toPem, WRITERS } from './forwardedValues.ts';

const now = (): number => Date.parse('2026-11-21T00:00:00Z');
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const issue = (): Buffer =>
  new X509Certificate(ca.issue({ commonName: 'device', usage: 'client' }).certificatePem).raw;
const leaf = issue();
const caDer = new X509Certificate(ca.certificatePem).raw;
const escaped = WRITERS['percent-pem'](leaf);
const hash = createHash('sha256').update(leaf).digest('hex');

function format(name: string): ForwardedFormat {
  const found = findForwardedFormat(name);
  if (found === undefined) throw new Error(`no format ${name}`);
  return found;
}
const decode = (name: string, value: string): Decoded => format(name).decode(value);
const GOOD = { is: 'certificate', der: leaf, chain: [] };

test('the registry holds every product once, and nothing else under its name', () => {
  expect(FORWARDED_FORMATS.map(({ name }) => name)).toEqual([
    'nginx',
    'ingress-nginx',
    'haproxy',
    'apache',
    'envoy',
    'traefik',
    'traefik-2.9',
    'caddy',
    'aws-alb',
    'aws-alb-passthrough',
    'aws-cloudfront',
    'azure-app-service',
    'azure-app-gateway',
    'azure-app-gateway-base64',
    'gcp',
    'cloudflare',
    'rfc9440',
    'pinggateway',
  ]);
});

describe('products write it in their own way', () => {
  test('nginx: escapes in upper case, a line break at the end', () => {
    expect(escaped).toMatch(/^-----BEGIN%20CERTIFICATE-----%0A[^+/= ]+%0A-----END%20CERTIFICATE-----%0A$/);
    expect(decode('nginx', escaped)).toEqual(GOOD);
  });

  test('hex digits may be in lower case, and more or less may be escaped', () => {
    expect(
      decode(
        'nginx',
        escaped.replaceAll(/%../g, (triplet) => triplet.toLowerCase()),
      ),
    ).toEqual(GOOD);
    expect(decode('aws-alb', percentEncode(toPem(leaf), /[\n ]/g))).toEqual(GOOD);
    expect(decode('azure-app-gateway', encodeURIComponent(toPem(leaf)))).toEqual(GOOD);
    expect(
      decode('azure-app-gateway', percentEncode(toPem(leaf).replaceAll('\n', '\r\n'), /[^A-Za-z0-9]/g)),
    ).toEqual(GOOD);
  });

  test('a plus sign is never a space, nor a space a plus sign', () => {
    expect(decode('aws-alb', percentEncode(toPem(leaf), /[\n]/g).replaceAll(' ', '+')).is).toBe('malformed');
    expect(decode('nginx', `${escaped}+`).is).toBe('malformed');
  });

  test('HAProxy: with one pair of quotes or without; none is an empty header', () => {
    const base64 = leaf.toString('base64');
    expect(decode('haproxy', base64)).toEqual(GOOD);
    expect(decode('haproxy', `"${base64}"`)).toEqual(GOOD);
    expect(decode('haproxy', '""')).toEqual({ is: 'absent' });
    expect(decode('haproxy', '"').is).toBe('malformed');
    expect(decode('caddy', `"${base64}"`).is).toBe('malformed');
  });

  test('Apache: (null) is none, a space at the end may have survived', () => {
    expect(decode('apache', '(null)')).toEqual({ is: 'absent' });
    expect(decode('apache', toPem(leaf).replaceAll('\n', ' '))).toEqual(GOOD);
    expect(decode('nginx', '(null)').is).toBe('malformed');
  });

  test('Caddy: the placeholder is none, with and without colons where they belong', () => {
    const placeholder = '{http.request.tls.client.certificate_der_base64}';
    expect(decode('caddy', placeholder)).toEqual({ is: 'absent' });
    expect(decode('rfc9440', `:${placeholder}:`)).toEqual({ is: 'absent' });
    expect(decode('haproxy', placeholder).is).toBe('malformed');
  });

  test('Traefik: the leaf first, then its issuers; up to 2.9 escaped', () => {
    expect(decode('traefik', WRITERS['base64-der'](leaf, caDer))).toEqual({ ...GOOD, chain: [caDer] });
    expect(decode('traefik-2.9', WRITERS['percent-base64-der'](leaf, caDer))).toEqual({
      ...GOOD,
      chain: [caDer],
    });
    expect(decode('traefik', WRITERS['percent-base64-der'](leaf)).is).toBe('malformed');
    expect(decode('traefik', WRITERS['base64-der'](leaf, caDer, leaf)).is).toBe('malformed');
  });

  test('PingGateway: percent-encoded or plain on one line', () => {
    expect(decode('pinggateway', escaped)).toEqual(GOOD);
    expect(decode('pinggateway', toPem(leaf).trimEnd().replaceAll('\n', ' '))).toEqual(GOOD);
    expect(decode('pinggateway', toPem(leaf).replaceAll('\n', ''))).toEqual(GOOD);
  });

  test('RFC 9440: no parameters, no list', () => {
    const item = WRITERS.rfc9440(leaf);
    for (const wrong of [`${item};a=1`, `${item}, ${item}`, `:${item}:`, item.slice(1), `(${item})`]) {
      expect(decode('rfc9440', wrong).is).toBe('malformed');
    }
  });
});

describe('XFCC', () => {
  const cert = `Cert="${escaped}"`;
  const chain = `Chain="${WRITERS['percent-pem'](leaf, caDer)}"`;

  test.each<[string, string]>([
    ['Cert alone', cert],
    ['Hash first', `Hash=${hash};${cert}`],
    ['Hash in upper case', `Hash=${hash.toUpperCase()};${cert}`],
    ['Hash last', `${cert};Hash=${hash}`],
    ['keys in another case', `hash=${hash};CERT="${escaped}"`],
    [
      'all that Envoy can add',
      `By=spiffe://a/b;Hash=${hash};${cert};Subject="CN=x";URI=spiffe://a/c;DNS=a.example;DNS=b.example`,
    ],
    ['an empty By', `By=;Hash=${hash};${cert}`],
    ['several By', `By=a;By=b;Hash=${hash};${cert}`],
    ['an equals sign in a URI', `Hash=${hash};${cert};URI=https://a.example/?b=c`],
    ['separators and quotes in a quoted subject', `${cert};Subject="O=\\"a\\",CN=x;y=z\\\\"`],
    ['a subject in UTF-8', `${cert};Subject="CN=Z\u00c3\u00bcrich"`],
    ['an empty URI', `${cert};URI=`],
    ['Cert after a name, with Hash before it', `Hash=${hash};URI=spiffe://a/c;${cert}`],
  ])('is read with %s', (_, value) => {
    expect(decode('envoy', value)).toEqual(GOOD);
  });

  test('is read with a chain, whose first is the leaf', () => {
    const expected = { ...GOOD, chain: [caDer] };
    expect(decode('envoy', `Hash=${hash};${chain}`)).toEqual(expected);
    expect(decode('envoy', `Hash=${hash};${cert};${chain}`)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['two elements', `${cert},${cert}`],
    ['two elements, the first empty', `,${cert}`],
    ['an element of another hop', `By=a;Hash=${hash},${cert}`],
    [
      'a comma in a URI that is not escaped',
      `Hash=${hash};${cert};URI=tag:microsoft.com,2022-09-14:sid:S-1-5-21`,
    ],
    ['Cert twice', `${cert};${cert}`],
    ['Cert twice in another case', `${cert};cert="${escaped}"`],
    ['Hash twice', `Hash=${hash};Hash=${hash};${cert}`],
    ['Subject twice', `${cert};Subject="a";Subject="b"`],
    ['a key that is not known', `${cert};Issuer="CN=x"`],
    ['a key that is none', `${cert};=x`],
    ['a space before a key', `${cert}; Hash=${hash}`],
    ['a wrong Hash', `Hash=${hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))};${cert}`],
    ['an empty Hash', `Hash=;${cert}`],
    ['Hash alone', `Hash=${hash}`],
    ['an empty Cert', `Hash=${hash};Cert=""`],
    ['Cert without quotes', `Cert=${escaped}`],
    ['Cert with PEM that is not escaped', `Cert="${toPem(leaf).replaceAll('\n', ' ')}"`],
    ['two certificates in Cert', `Cert="${WRITERS['percent-pem'](leaf, caDer)}"`],
    ['Cert that is not the first of Chain', `Cert="${WRITERS['percent-pem'](caDer)}";${chain}`],
    ['a semicolon at the end', `${cert};`],
    ['text after the quotes', `${cert}x`],
    ['quotes that do not end', `Cert="${escaped}`],
    ['a quote in a value without quotes', `${cert};URI=a"b`],
    ['Cert after a name that may hold it', `URI=a;${cert}`],
    ['Hash and Cert after a name that may hold them', `URI=a;Hash=${hash};${cert}`],
    ['no pair at all', 'Cert'],
    ['more pairs than a certificate has names', `${'DNS=a;'.repeat(64)}${cert}`],
  ])('is refused with %s', (_, value) => {
    expect(decode('envoy', value)).toMatchObject({ is: 'malformed' });
  });

  test('a name cannot put another certificate in the place of the real one', () => {
    const other = WRITERS['percent-pem'](issue());
    const injected = `URI=x;Cert="${other}"`;
    for (const value of [`Hash=${hash};${injected}`, `Hash=${hash};${cert};${injected}`, injected]) {
      expect(decode('envoy', value)).toMatchObject({ is: 'malformed' });
    }
  });
});

describe('signals of the proxy', () => {
  const verify = (name: string, headers: Record<string, string>): string | undefined =>
    failedSignal(format(name).verifySignal, (header) => headers[header])?.header;

  test.each<[string, Record<string, string>, string | undefined]>([
    ['nginx', { 'X-SSL-Client-Verify': 'SUCCESS' }, undefined],
    ['nginx', { 'X-SSL-Client-Verify': 'success' }, 'X-SSL-Client-Verify'],
    ['nginx', { 'X-SSL-Client-Verify': 'NONE' }, 'X-SSL-Client-Verify'],
    ['nginx', {}, 'X-SSL-Client-Verify'],
    ['haproxy', { 'X-SSL-Client-Used': '1', 'X-SSL-Client-Verify': '0' }, undefined],
    ['haproxy', { 'X-SSL-Client-Verify': '0' }, 'X-SSL-Client-Used'],
    ['haproxy', { 'X-SSL-Client-Used': '1', 'X-SSL-Client-Verify': '18' }, 'X-SSL-Client-Verify'],
    ['apache', { SSL_CLIENT_VERIFY: 'GENEROUS' }, 'SSL_CLIENT_VERIFY'],
    ['gcp', { 'X-Client-Cert-Present': 'true', 'X-Client-Cert-Chain-Verified': 'true' }, undefined],
    [
      'gcp',
      { 'X-Client-Cert-Present': 'true', 'X-Client-Cert-Chain-Verified': 'true', 'X-Client-Cert-Error': '' },
      undefined,
    ],
    [
      'gcp',
      { 'X-Client-Cert-Present': 'true', 'X-Client-Cert-Chain-Verified': 'true', 'X-Client-Cert-Error': 'e' },
      'X-Client-Cert-Error',
    ],
    ['gcp', { 'X-Client-Cert-Present': 'true' }, 'X-Client-Cert-Chain-Verified'],
    ['cloudflare', { 'Cf-Cert-Verified': 'true', 'Cf-Cert-Revoked': 'true' }, 'Cf-Cert-Revoked'],
    ['traefik', {}, undefined],
  ])('%s with %o', (name, headers, failed) => {
    expect(verify(name, headers)).toBe(failed);
  });
});

test('other headers with certificates are known in every spelling, companions are not foreign', () => {
  const foreign = (header: string, name: string, read: string): boolean =>
    isForeignCertificateHeader(header, format(name), read);
  expect(foreign('x_forwarded.client-CERT', 'nginx', 'X-SSL-Client-Cert')).toBe(true);
  expect(foreign('X-SSL-Client-Cert', 'nginx', 'X-SSL-Client-Cert')).toBe(false);
  expect(foreign('X-SSL-Client-Cert', 'nginx', 'X-Mine')).toBe(true);
  expect(foreign('Client-Cert', 'aws-cloudfront', 'CloudFront-Viewer-Cert-Pem')).toBe(false);
  expect(foreign('Client-Cert-Chain', 'rfc9440', 'Client-Cert')).toBe(false);
  expect(foreign('Client-Cert-Chain', 'nginx', 'X-SSL-Client-Cert')).toBe(true);
  expect(foreign('Accept', 'nginx', 'X-SSL-Client-Cert')).toBe(false);
});
