import { X509Certificate, createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';

const now = Date.parse('2026-06-15T12:00:00Z');

describe.each(['ec', 'rsa'] as const)('a %s authority', (keyType) => {
  const authority = createCertificateAuthority({ commonName: 'Test CA Zoë', keyType, now: () => now });
  const root = new X509Certificate(authority.certificatePem);

  test('is self-signed and a CA', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toBe('CN=Test CA Zoë');
    expect(root.checkIssued(root)).toBe(true);
  });

  test.each(['ec', 'rsa', 'ed25519'] as const)('issues a %s leaf that verifies', (leafType) => {
    const issued = authority.issue({
      commonName: 'f61dc341-c9c9-40c1-abbd-6997016f4c9e',
      organisation: 'Contoso',
      keyType: leafType,
      usage: 'client',
    });
    const leaf = new X509Certificate(issued.certificatePem);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
    expect(leaf.subject).toBe('O=Contoso\nCN=f61dc341-c9c9-40c1-abbd-6997016f4c9e');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(leaf.publicKey.asymmetricKeyType).toBe(leafType);
  });
});

describe('an issued certificate', () => {
  const authority = createCertificateAuthority({ commonName: 'Test CA', now: () => now });
  const issue = (request: Partial<Parameters<typeof authority.issue>[0]>) =>
    new X509Certificate(authority.issue({ commonName: 'x', usage: 'server', ...request }).certificatePem);

  test('has all kinds of alternative names', () => {
    const leaf = issue({
      dnsNames: ['localhost', 'gate.example'],
      uris: ['IntuneDeviceId://f61dc341-c9c9-40c1-abbd-6997016f4c9e'],
      ipAddresses: [
        '127.0.0.1',
        '::1',
        '2001:db8::7:ff',
        '1:2:3:4:5:6:7:8',
        '::ffff:192.0.2.1',
        '2001:db8::',
      ],
    });
    expect(leaf.subjectAltName).toBe(
      [
        'DNS:localhost',
        'DNS:gate.example',
        'URI:IntuneDeviceId://f61dc341-c9c9-40c1-abbd-6997016f4c9e',
        'IP Address:127.0.0.1',
        'IP Address:0:0:0:0:0:0:0:1',
        'IP Address:2001:DB8:0:0:0:0:7:FF',
        'IP Address:1:2:3:4:5:6:7:8',
        'IP Address:0:0:0:0:0:FFFF:C000:201',
        'IP Address:2001:DB8:0:0:0:0:0:0',
      ].join(', '),
    );
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.checkHost('gate.example')).toBe('gate.example');
  });

  test('refuses an address that is none', () => {
    expect(() => issue({ ipAddresses: ['300.1.1.1'] })).toThrow(TypeError);
  });

  test('is valid for 90 days unless told otherwise', () => {
    const leaf = issue({});
    expect(Date.parse(leaf.validFrom)).toBe(now - 5 * 60_000);
    expect(Date.parse(leaf.validTo)).toBe(now + 90 * 86_400_000);
  });

  test('takes dates on both sides of 2050, where the encoding changes', () => {
    const leaf = issue({
      notBefore: new Date('2049-12-31T23:59:59Z'),
      notAfter: new Date('2050-01-01T00:00:00Z'),
    });
    expect(Date.parse(leaf.validFrom)).toBe(Date.parse('2049-12-31T23:59:59Z'));
    expect(Date.parse(leaf.validTo)).toBe(Date.parse('2050-01-01T00:00:00Z'));
  });

  test('can be a CA itself, then without a purpose', () => {
    const intermediate = issue({ ca: true });
    expect(intermediate.ca).toBe(true);
    expect(intermediate.keyUsage).toBeUndefined();
  });

  test('has a serial number of its own, positive and 128 bits long', () => {
    const serials = Array.from({ length: 20 }, () => issue({}).serialNumber);
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});
