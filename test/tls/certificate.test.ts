import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../src/tls/certificate.ts';
import { createPathValidator } from '../../src/tls/certificatePath.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { pemBlocks } from '../../src/tls/pem.ts';
import { EXTENSION, mint, NAME, name, NOW, read, testKey } from '../support/certificateBuilder.ts';
import { bits, der, explicit, integer, oid, printable, sequence } from '../support/derBuilder.ts';

const DEVICE = '00112233-4455-6677-8899-aabbccddeeff';
const root = mint({ subject: 'CN=Root', ca: true, pathLength: 3 });

describe('a certificate is read', () => {
  test('with all its names', () => {
    const leaf = mint({
      subject: [`CN=${DEVICE}`, 'O=Müller & Söhne', '1.2.3.4=odd'],
      issuer: root,
      names: [
        NAME.uri(`IntuneDeviceId://${DEVICE}`),
        NAME.uri(`ID:Microsoft Endpoint Manager:GUID:${DEVICE}`),
        NAME.dns('laptop.example.com'),
        NAME.email('a@example.com'),
        NAME.ip(10, 0, 0, 1),
        NAME.ip(0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), 1),
        NAME.upn('ä@example.com'),
        NAME.other('1.2.3'),
        NAME.directory(name(['O=Example', 'CN=x'])),
      ],
    });
    const { subject, issuer, generalNames } = read(leaf);
    expect(subject).toEqual([
      { type: 'cn', value: DEVICE },
      { type: '2.5.4.10', value: 'Müller & Söhne' },
      { type: '1.2.3.4', value: 'odd' },
    ]);
    expect(issuer).toEqual([{ type: 'cn', value: 'Root' }]);
    expect(generalNames.map(({ type, value }) => [type, value])).toEqual([
      ['uri', `IntuneDeviceId://${DEVICE}`],
      ['uri', `ID:Microsoft Endpoint Manager:GUID:${DEVICE}`],
      ['dns', 'laptop.example.com'],
      ['email', 'a@example.com'],
      ['ip', '10.0.0.1'],
      ['ip', 'fe80:0:0:0:0:0:0:1'],
      ['upn', 'ä@example.com'],
      ['other', '1.2.3'],
      ['directory', '2.5.4.10=Example,cn=x'],
    ]);
  });

  test('with a name in UTF-16 and one in Latin 1', () => {
    const utf16 = (text: string): Buffer => der(0x1e, Buffer.from(text, 'utf16le').swap16());
    expect(read(mint({ subject: name(['CN=Zürich'], utf16) })).subject).toEqual([
      { type: 'cn', value: 'Zürich' },
    ]);
    const latin = (text: string): Buffer => der(0x14, text);
    expect(read(mint({ subject: name(['CN=Zürich'], latin) })).subject).toEqual([
      { type: 'cn', value: 'Zürich' },
    ]);
    expect(readCertificate(mint({ subject: name(['CN=x'], () => der(0x1e, 'abc')) }).der)).toBeUndefined();
    expect(
      readCertificate(mint({ subject: name(['CN=x'], () => der(0x0c, '\u00ff\u00fe')) }).der),
    ).toBeUndefined();
  });

  test('with its times, serial number and extensions', () => {
    const leaf = mint({
      subject: 'CN=x',
      issuer: root,
      serial: 'd4000000000000000000000000000001',
      notBefore: Date.UTC(1999, 11, 31, 23, 59, 59),
      notAfter: Date.UTC(2050, 0, 1),
      extensions: [{ oid: '1.2.840.113556.5.4', value: Buffer.alloc(16, 7) }],
    });
    const certificate = read(leaf);
    expect(certificate).toMatchObject({
      serialHex: 'd4000000000000000000000000000001',
      notBefore: Date.UTC(1999, 11, 31, 23, 59, 59),
      notAfter: Date.UTC(2050, 0, 1),
      isCa: false,
      version: 3,
    });
    expect(certificate.extensions.get('1.2.840.113556.5.4')).toEqual({
      critical: false,
      value: Buffer.alloc(16, 7),
    });
    expect(certificate.extensions.get(EXTENSION.keyUsage)?.critical).toBe(true);
    expect(read(root)).toMatchObject({ isCa: true, pathLength: 3 });
    expect(certificate.authorityKeyId).toBe(read(root).subjectKeyId);
  });

  test.each(['P-256', 'P-384', 'P-521', 'Ed25519', 'Ed448', 'RSA-1024', 'RSA-2048'] as const)(
    'with a key of type %s',
    (kind) => {
      expect(read(mint({ subject: 'CN=x', issuer: root, key: testKey('kind', kind) })).keyType).toBe(kind);
    },
  );

  test('as the simulator makes it', () => {
    const ca = createCertificateAuthority({ commonName: 'CA', now: () => NOW });
    const issued = ca.issue({ commonName: DEVICE, usage: 'client', keyType: 'rsa', ipAddresses: ['::1'] });
    const [block] = pemBlocks(issued.certificatePem, 'CERTIFICATE');
    const certificate = readCertificate(block ?? Buffer.alloc(0));
    expect(certificate).toMatchObject({ keyType: 'RSA-2048', generalNames: [{ value: '0:0:0:0:0:0:0:1' }] });
  });
});

describe('a certificate is not read', () => {
  const spki = (algorithm: Buffer, key: Buffer): Buffer => sequence(algorithm, bits(key));
  const rsaKey = sequence(integer(`00${'c1'.repeat(256)}`), integer(65_537));

  test.each<[string, Buffer]>([
    ['with nothing in it', Buffer.alloc(0)],
    [
      'that is too large',
      mint({ subject: 'CN=x', extensions: [{ oid: '1.2.3', value: Buffer.alloc(66_000) }] }).der,
    ],
    [
      'with an RSA key without the NULL',
      mint({ subject: 'CN=x', issuer: root, spki: spki(sequence(oid('1.2.840.113549.1.1.1')), rsaKey) }).der,
    ],
    [
      'with half a point',
      mint({
        subject: 'CN=x',
        issuer: root,
        spki: spki(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), Buffer.alloc(33, 4)),
      }).der,
    ],
    ['with an unknown field', mint({ subject: 'CN=x', issuer: root, rawExtensions: [explicit(3)] }).der],
    ['with a multi-valued nothing', mint({ subject: sequence(der(0x31)), issuer: root }).der],
    [
      'with a name that is no set',
      mint({ subject: sequence(sequence(sequence(oid('2.5.4.3'), printable('x')))), issuer: root }).der,
    ],
  ])('%s', (_, bytes) => {
    expect(readCertificate(bytes)).toBeUndefined();
  });
});

describe('whatever the bytes', () => {
  const leaf = mint({
    subject: 'CN=leaf',
    issuer: root,
    names: [NAME.dns('a.example.com'), NAME.upn('a@example.com')],
  });
  const validator = createPathValidator({ anchors: [root.pem] });

  test('reading does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readCertificate(Buffer.from(bytes))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('a certificate in which bytes were changed is not good, and judging it does not throw', () => {
    const change = fc.tuple(fc.nat(leaf.der.length - 1), fc.nat(255));
    const request = { at: NOW, purpose: 'client' } as const;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const bytes = Buffer.from(leaf.der);
        for (const [position, value] of changes) bytes[position] = value;
        const certificate = readCertificate(bytes);
        const isGood = certificate !== undefined && validator.validate(certificate, request).valid;
        expect(isGood).toBe(bytes.equals(leaf.der));
      }),
      { numRuns: 3_000 },
    );
  });
});
