import { createSecureContext } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parsePfx } from '../../src/graph/pfx.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { createPkcs12 } from '../../src/simulator/pkcs12.ts';

const authority = createCertificateAuthority({ commonName: 'Test CA', now: Date.now });
const issue = (keyType: 'rsa' | 'ec') => authority.issue({ commonName: 'device', usage: 'client', keyType });

describe('a PKCS#12 file', () => {
  test.each(['rsa', 'ec'] as const)(
    'with a key of %s is read by OpenSSL, with its passphrase alone',
    (keyType) => {
      const pfx = createPkcs12({ ...issue(keyType), passphrase: 'demo', name: 'Gerät' });
      expect(() => createSecureContext({ pfx, passphrase: 'demo' })).not.toThrow();
      expect(() => createSecureContext({ pfx, passphrase: 'other' })).toThrow(/mac verify failure/i);
    },
  );

  test('holds the certificate byte for byte, and its key', () => {
    const issued = issue('rsa');
    const read = parsePfx(createPkcs12({ ...issued, passphrase: 'demo', name: 'x' }), 'demo');
    const own = new X509Certificate(issued.certificatePem);
    const pfx = createPkcs12({ ...issued, passphrase: 'demo', name: 'x' });
    expect(pfx.includes(own.raw)).toBe(true);
    expect(read.privateKeyPem.trim()).toBe(issued.privateKeyPem.trim());
  });
});
