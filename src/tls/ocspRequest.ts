import forge from 'node-forge';
import { DerType, type Der } from './der.ts';
import { CERT_ID_HASHES, certIdOf, type CertIdHash } from './ocspCertId.ts';
import { encodeNonce, NONCE } from './ocspResponse.ts';
import type { PathLink } from './revocationStatement.ts';

export interface OcspRequestOptions {
  /** Default: SHA-1, which every responder knows. */
  readonly hash?: CertIdHash;
  /** 32 bytes nobody can foresee, for a response made for this request alone (RFC 9654). Many responders ignore it. */
  readonly nonce?: Buffer;
}

/** The DER bytes of an unsigned OCSP request for one certificate, RFC 6960 4.1. Pure. */
export function encodeOcspRequest(link: PathLink, { hash = 'sha1', nonce }: OcspRequestOptions = {}): Buffer {
  const id = certIdOf(link, hash);
  const certId = sequence(
    sequence(oid(CERT_ID_HASHES[hash]), value(DerType.NULL, Buffer.alloc(0))),
    octets(Buffer.from(id.issuerNameHash, 'hex')),
    octets(Buffer.from(id.issuerKeyHash, 'hex')),
    value(DerType.INTEGER, Buffer.from(id.serialHex, 'hex')),
  );
  const extensions =
    nonce === undefined ? [] : [context(2, sequence(sequence(oid(NONCE), octets(encodeNonce(nonce)))))];
  return encode(sequence(sequence(sequence(sequence(certId)), ...extensions)));
}

const { UNIVERSAL, CONTEXT_SPECIFIC } = forge.asn1.Class;

function value(type: forge.asn1.Type, bytes: Buffer): Der {
  return forge.asn1.create(UNIVERSAL, type, false, bytes.toString('latin1'));
}

function sequence(...parts: readonly Der[]): Der {
  return forge.asn1.create(UNIVERSAL, DerType.SEQUENCE, true, [...parts]);
}

function context(tag: number, ...parts: readonly Der[]): Der {
  return forge.asn1.create(CONTEXT_SPECIFIC, tag, true, [...parts]);
}

const octets = (bytes: Buffer): Der => value(DerType.OCTETSTRING, bytes);
const oid = (dotted: string): Der =>
  value(DerType.OID, Buffer.from(forge.asn1.oidToDer(dotted).getBytes(), 'latin1'));

function encode(node: Der): Buffer {
  return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1');
}
