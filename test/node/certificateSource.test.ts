import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { DEVICE_ID, ENTRA_ID, HOUR, NOW, OTHER_ID } from '../support/fakeDirectory.ts';
import { testCertificateSource } from '../support/certificateSource.ts';
import { testContext } from '../support/testNode.ts';

const DAY = 24 * HOUR;
const now = (): number => NOW;
const ca = createCertificateAuthority({ commonName: 'Device CA', now });
const rsaCa = createCertificateAuthority({ commonName: 'RSA Device CA', keyType: 'rsa', now });
const rogue = createCertificateAuthority({ commonName: 'Device CA', now });

const trust = { anchors: [ca.certificatePem, rsaCa.certificatePem], intermediates: [] };
const source = testCertificateSource({ trust });

function find(value: unknown, at = NOW): ReturnType<typeof source.find> {
  return source.find(testContext({ headers: [['x-ssl-client-cert', value]] }), at);
}

const escape = (pem: string): string => encodeURIComponent(pem);
const issue = (changes: Partial<Parameters<typeof ca.issue>[0]> = {}, from = ca): string =>
  from.issue({ commonName: DEVICE_ID, usage: 'client', ...changes }).certificatePem;

describe('a forwarded certificate is read', () => {
  test.each(['rsa', 'ec', 'ed25519'] as const)('with a key of type %s', (keyType) => {
    expect(find(escape(issue({ keyType })))).toMatchObject({ found: 'ids', ids: [{ id: DEVICE_ID }] });
  });

  test('from an RSA authority', () => {
    expect(find(escape(issue({}, rsaCa))).found).toBe('ids');
  });

  test('as nginx writes it, in either letter case, and without the last line break', () => {
    const pem = issue();
    const nginx = pem.replace(
      /[ \n+/=]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
    expect(nginx).toContain('%0A');
    expect(find(nginx).found).toBe('ids');
    expect(find(nginx.replace(/%[0-9A-F]{2}/g, (triplet) => triplet.toLowerCase())).found).toBe('ids');
    expect(find(escape(pem.trim())).found).toBe('ids');
  });

  test('with the id in a SAN URI, whatever the CN is', () => {
    const uris = [`IntuneDeviceId://${DEVICE_ID}`, 'tag:microsoft.com,2022-09-14:sid:S-1-5-21'];
    expect(find(escape(issue({ commonName: 'LAPTOP-1', uris })))).toEqual({
      found: 'ids',
      ids: [{ id: DEVICE_ID, kind: 'intune', source: 'certificate' }],
    });
  });

  test('with an Intune id in the SAN and an Entra id as CN', () => {
    const found = find(
      escape(issue({ commonName: ENTRA_ID, uris: [`intunedeviceid://{${DEVICE_ID.toUpperCase()}}/`] })),
    );
    expect(found).toMatchObject({
      ids: [
        { id: DEVICE_ID, kind: 'intune' },
        { id: ENTRA_ID, kind: 'unknown' },
      ],
    });
  });
});

describe('a forwarded certificate is refused', () => {
  const good = issue();
  const der = new X509Certificate(good).raw;
  const pem = (bytes: Buffer, label = 'CERTIFICATE'): string =>
    `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
  const spki = createPublicKey(good).export({ type: 'spki', format: 'der' });

  test.each<[string, string, string]>([
    ['garbage', 'garbage', 'certificateMalformed'],
    ['a literal of a proxy without a certificate', '(null)', 'certificateMalformed'],
    [
      'PEM that is not escaped but has a plus turned into a space',
      escape(good).replaceAll('%2B', ' '),
      'certificateMalformed',
    ],
    ['cut off', escape(good).slice(0, 400), 'certificateMalformed'],
    ['cut base64', escape(pem(der.subarray(0, 200))), 'certificateMalformed'],
    [
      'bytes after the certificate',
      escape(pem(Buffer.concat([der, Buffer.from([0])]))),
      'certificateMalformed',
    ],
    ['two certificates', escape(good + issue()), 'certificateMalformed'],
    ['text before it', `x${escape(good)}`, 'certificateMalformed'],
    ['another label', escape(pem(der, 'TRUSTED CERTIFICATE')), 'certificateMalformed'],
    ['a public key', escape(pem(spki, 'PUBLIC KEY')), 'certificateMalformed'],
    ['a bad escape', `${escape(good)}%zz`, 'certificateMalformed'],
    [
      'URL-safe base64',
      escape(good.replaceAll('+', '-').replaceAll('/', '_')).includes('_')
        ? escape(good.replaceAll('/', '_').replaceAll('+', '-'))
        : 'x',
      'certificateMalformed',
    ],
    ['from a rogue authority of the same name', escape(issue({}, rogue)), 'certificateUntrusted'],
    ['the authority itself', escape(ca.certificatePem), 'certificateUntrusted'],
    ['a CA certificate', escape(issue({ ca: true })), 'certificateUntrusted'],
    ['for servers', escape(issue({ usage: 'server' })), 'certificateNotForClients'],
    [
      'expired',
      escape(issue({ notBefore: new Date(NOW - 2 * DAY), notAfter: new Date(NOW - DAY) })),
      'certificateExpired',
    ],
    [
      'not yet valid',
      escape(issue({ notBefore: new Date(NOW + DAY), notAfter: new Date(NOW + 2 * DAY) })),
      'certificateNotYetValid',
    ],
    ['without an id', escape(issue({ commonName: 'LAPTOP-1' })), 'certificateWithoutDeviceId'],
    [
      'with a SAN URI that is no id',
      escape(issue({ uris: ['IntuneDeviceId://LAPTOP-1'] })),
      'deviceIdMalformed',
    ],
  ])('%s', (_, value, reason) => {
    expect(find(value)).toMatchObject({ found: 'refused', reason });
  });

  test('changed in one bit of its signature', () => {
    const forged = Buffer.from(der);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(find(escape(pem(forged)))).toMatchObject({ reason: 'certificateUntrusted' });
  });

  test('twice', () => {
    const line = ['x-ssl-client-cert', escape(good)] as const;
    expect(source.find(testContext({ headers: [line, line] }), NOW)).toMatchObject({
      reason: 'headerSpoofed',
    });
  });

  test('without any trust', () => {
    const nobody = testCertificateSource({});
    expect(nobody.find(testContext({ headers: [['x-ssl-client-cert', escape(good)]] }), NOW)).toMatchObject({
      reason: 'certificateUntrusted',
    });
  });
});

test('a remembered certificate still expires', () => {
  const value = escape(issue({ notBefore: new Date(NOW - DAY), notAfter: new Date(NOW + DAY) }));
  expect(find(value).found).toBe('ids');
  expect(find(value, NOW + 2 * DAY)).toMatchObject({ reason: 'certificateExpired' });
  expect(find(value, NOW).found).toBe('ids');
});

test('two certificates are never confused', () => {
  const first = escape(issue());
  const second = escape(issue({ commonName: OTHER_ID }));
  for (let round = 0; round < 3; round += 1) {
    expect(find(first)).toMatchObject({ ids: [{ id: DEVICE_ID }] });
    expect(find(second)).toMatchObject({ ids: [{ id: OTHER_ID }] });
  }
});

test.each([' IntuneDeviceId://', 'IntuneDeviceId:', 'IntuneDeviceId:///'])(
  'a SAN URI that is almost an id (%j) does not leave the word to the CN',
  (prefix) => {
    expect(find(escape(issue({ uris: [`${prefix}${OTHER_ID}`] })))).toMatchObject({
      reason: 'deviceIdMalformed',
    });
  },
);

describe('beside the certificate', () => {
  const line = ['x-ssl-client-cert', escape(issue())] as const;
  const findBeside = (headers: readonly (readonly [string, unknown])[], changes = {}): unknown =>
    testCertificateSource({ trust, ...changes }).find(testContext({ headers }), NOW);

  test.each(['X-Forwarded-Client-Cert', 'Client-Cert', 'X_Client_Cert', 'X-ARR-ClientCert'])(
    'a second certificate header (%s) is a sign of spoofing, even if ours is missing',
    (name) => {
      expect(findBeside([line, [name, 'x']])).toMatchObject({ reason: 'headerSpoofed' });
      expect(findBeside([[name, 'x']])).toMatchObject({ reason: 'headerSpoofed' });
    },
  );

  test.each(['', []])('a second certificate header that the proxy blanked (%j) is none', (blank) => {
    expect(findBeside([line, ['X-Forwarded-Client-Cert', blank]])).toMatchObject({ found: 'ids' });
    expect(findBeside([['X-Forwarded-Client-Cert', blank]])).toEqual({ found: 'nothing' });
  });

  test.each([
    ['says so', [['x-ssl-client-verify', 'SUCCESS']], 'ids'],
    ['says nothing', [], 'refused'],
    ['says otherwise', [['x-ssl-client-verify', 'FAILED:expired']], 'refused'],
    [
      'says it twice',
      [
        ['x-ssl-client-verify', 'SUCCESS'],
        ['x-ssl-client-verify', 'SUCCESS'],
      ],
      'refused',
    ],
    ['says it under another spelling', [['x_ssl_client_verify', 'SUCCESS']], 'refused'],
  ] as const)('where the check of the proxy counts and it %s', (_, headers, found) => {
    const verify = [{ header: 'x-ssl-client-verify', success: 'SUCCESS' }];
    expect(findBeside([line, ...headers], { verify })).toMatchObject({ found });
  });

  test('what is wrong with a certificate is said even if the proxy does not find it good either', () => {
    const expired = escape(issue({ notBefore: new Date(NOW - 2 * DAY), notAfter: new Date(NOW - DAY) }));
    const headers = [
      ['x-ssl-client-cert', expired],
      ['x-ssl-client-verify', '10'],
    ] as const;
    const verify = [{ header: 'x-ssl-client-verify', success: '0' }];
    expect(findBeside(headers, { verify })).toMatchObject({ reason: 'certificateExpired' });
  });
});

test('a refusal says what is wrong with the value, not only where it stood', () => {
  expect(find(escape(issue().slice(0, 500)))).toMatchObject({
    reason: 'certificateMalformed',
    detail: expect.stringMatching(/in the header x-ssl-client-cert: .*cut/) as string,
  });
});
