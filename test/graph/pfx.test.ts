import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { parsePfx } from '../../src/graph/pfx.ts';
import { mintCertificate } from './testCertificates.ts';

const ca = mintCertificate('PFX CA');
const leaf = mintCertificate('gate', ca);

function pfx(
  key: string | undefined,
  certificates: readonly string[],
  passphrase: string,
  algorithm: '3des' | 'aes256' = '3des',
): Uint8Array {
  const asn1 = forge.pkcs12.toPkcs12Asn1(
    key === undefined ? null : forge.pki.privateKeyFromPem(key),
    certificates.map((pem) => forge.pki.certificateFromPem(pem)),
    passphrase,
    { algorithm },
  );
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

/** An unencrypted PFX, opened up to the list of its contents. */
function authenticatedSafe(
  keyPem: string,
  certificatePem: string,
): { pfx: forge.asn1.Asn1; parent: forge.asn1.Asn1; root: forge.asn1.Asn1; safe: forge.asn1.Asn1[] } {
  const file = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(keyPem),
    [forge.pki.certificateFromPem(certificatePem)],
    null,
    { useMac: false },
  );
  const child = (node: forge.asn1.Asn1, nth: number): forge.asn1.Asn1 =>
    (node.value as forge.asn1.Asn1[])[nth] as forge.asn1.Asn1;
  const parent = child(child(child(file, 1), 1), 0);
  const root = forge.asn1.fromDer(parent.value as string);
  return { pfx: file, parent, root, safe: root.value as forge.asn1.Asn1[] };
}

describe('parsePfx', () => {
  it.each(['3des', 'aes256'] as const)('takes key and certificate out (%s)', (algorithm) => {
    const { certificatePem, privateKeyPem } = parsePfx(
      pfx(leaf.keyPem, [leaf.certificatePem], 'geheim', algorithm),
      'geheim',
    );
    expect(new X509Certificate(certificatePem).fingerprint256).toBe(
      new X509Certificate(leaf.certificatePem).fingerprint256,
    );
    expect(privateKeyPem.trim()).toBe(leaf.keyPem.trim());
  });

  it('puts the certificate of the key first', () => {
    const { certificatePem } = parsePfx(pfx(leaf.keyPem, [ca.certificatePem, leaf.certificatePem], 'x'), 'x');
    expect(new X509Certificate(certificatePem).subject).toBe('CN=gate');
    expect(certificatePem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('refuses to choose between several keys', () => {
    const [one, other] = [leaf, ca].map(({ keyPem, certificatePem }) =>
      authenticatedSafe(keyPem, certificatePem),
    );
    const merged = one?.parent;
    one?.safe.push(...(other?.safe ?? []));
    const octets = forge.asn1.toDer(one?.root as forge.asn1.Asn1).getBytes();
    (merged as forge.asn1.Asn1).value = octets;
    const bytes = Buffer.from(forge.asn1.toDer(one?.pfx as forge.asn1.Asn1).getBytes(), 'binary');
    expect(() => parsePfx(bytes, '')).toThrow(
      expect.objectContaining({
        code: 'configUnreadable',
        message: expect.stringMatching(/several/) as string,
      }),
    );
  });

  it.each([
    ['a wrong passphrase', pfx(leaf.keyPem, [leaf.certificatePem], 'right'), 'wrong', /passphrase .* wrong/],
    ['no key', pfx(undefined, [leaf.certificatePem], 'x'), 'x', /no private key/],
    ['a certificate of another key', pfx(leaf.keyPem, [ca.certificatePem], 'x'), 'x', /no certificate/],
    ['a text file', Buffer.from('hello'), 'x', /no PFX file/],
    ['nothing', Buffer.alloc(0), 'x', /no PFX file/],
  ])('refuses %s', (_name, bytes, passphrase, message) => {
    expect(() => parsePfx(bytes, passphrase)).toThrow(
      expect.objectContaining({
        code: 'configUnreadable',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});
