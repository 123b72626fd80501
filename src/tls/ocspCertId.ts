import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { encodedChildren, encodedContent } from './derBytes.ts';
import type { PathLink } from './revocationStatement.ts';

/** How a request and its response name a certificate, RFC 6960 4.1.1: by hashes of its issuer, and its serial number. */
export interface OcspCertId {
  readonly hash: CertIdHash;
  /** Lower-case hex. */
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  /** Bytes of the INTEGER as they are. */
  readonly serialHex: string;
}

/** SHA-1 finds the issuer's entry here and vouches for nothing: the signature does. */
export const CERT_ID_HASHES = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

export type CertIdHash = keyof typeof CERT_ID_HASHES;

const BIT_STRING = 0x03;
const VERSION = 0xa0;

export function certIdOf({ certificate, issuer }: PathLink, hash: CertIdHash): OcspCertId {
  return {
    hash,
    issuerNameHash: digest(hash, encodedIssuerName(certificate)),
    issuerKeyHash: keyHashOf(issuer, hash),
    serialHex: certificate.serialHex,
  };
}

/**
 * Does the id name this certificate? The issuer's name is hashed as the certificate writes it or, as some responders do, as the issuer
 * itself does; which string types they use may differ.
 */
export function namesCertificate(id: OcspCertId, { certificate, issuer }: PathLink): boolean {
  return (
    id.serialHex === certificate.serialHex &&
    id.issuerKeyHash === keyHashOf(issuer, id.hash) &&
    [encodedIssuerName(certificate), encodedSubjectName(issuer)].some(
      (name) => digest(id.hash, name) === id.issuerNameHash,
    )
  );
}

/** Of the key's bits, without their tag, length and number of unused bits. Lower-case hex. */
export function keyHashOf(certificate: Certificate, hash: CertIdHash): string {
  const [, bits] = encodedChildren(fieldOf(certificate, 5));
  return digest(hash, encodedContent(bits, BIT_STRING).subarray(1));
}

const encodedIssuerName = (certificate: Certificate): Buffer => fieldOf(certificate, 2);
const encodedSubjectName = (certificate: Certificate): Buffer => fieldOf(certificate, 4);

/** A field of the signed part, counted from the serial number. */
function fieldOf({ x509 }: Certificate, index: number): Buffer {
  const [tbs] = encodedChildren(x509.raw);
  const fields = encodedChildren(tbs ?? x509.raw);
  const field = fields[(fields[0]?.[0] === VERSION ? 1 : 0) + index];
  if (field === undefined) throw new Error('a certificate is too short');
  return field;
}

function digest(hash: CertIdHash, bytes: Buffer): string {
  return createHash(hash).update(bytes).digest('hex');
}
