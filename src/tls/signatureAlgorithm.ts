import { constants, verify, type KeyObject } from 'node:crypto';
import { children, countOf, DerType, isContext, isUniversal, oidOf, sequenceOf, type Der } from './der.ts';
import type { PublicKeyInfo } from './publicKeyInfo.ts';

/** A way of signing that is relied on. */
export interface SignatureAlgorithm {
  readonly scheme: 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519';
  /** undefined for Ed25519, which hashes by itself. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
}

/** SHA-1 and MD5 are not here. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.11', { scheme: 'rsa-pkcs1', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { scheme: 'rsa-pkcs1', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { scheme: 'rsa-pkcs1', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { scheme: 'ecdsa', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { scheme: 'ecdsa', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { scheme: 'ecdsa', hash: 'sha512' }],
  ['1.3.101.112', { scheme: 'ed25519', hash: undefined }],
]);
const RSASSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

const HASHES: ReadonlyMap<string, { readonly name: 'sha256' | 'sha384' | 'sha512'; readonly bytes: number }> =
  new Map([
    ['2.16.840.1.101.3.4.2.1', { name: 'sha256', bytes: 32 }],
    ['2.16.840.1.101.3.4.2.2', { name: 'sha384', bytes: 48 }],
    ['2.16.840.1.101.3.4.2.3', { name: 'sha512', bytes: 64 }],
  ]);

/** @returns undefined for an algorithm, or parameters of one, that are not relied on */
export function readSignatureAlgorithm(node: Der): SignatureAlgorithm | undefined {
  const [type, parameters, ...more] = sequenceOf(node);
  if (type === undefined || more.length > 0) throw new Error('no algorithm');
  const oid = oidOf(type);
  if (oid === RSASSA_PSS) return readPss(parameters);
  const algorithm = ALGORITHMS.get(oid);
  // RFC 4055 2.1 and 5: for RSA the NULL may be missing; the others have no parameters at all (RFC 5758, RFC 8410).
  const isAsExpected =
    parameters === undefined || (algorithm?.scheme === 'rsa-pkcs1' && isUniversal(parameters, DerType.NULL));
  return isAsExpected ? algorithm : undefined;
}

/** The parameters everybody uses: one hash throughout, and a salt as long as it. Anything else has no honest reason. */
function readPss(parameters: Der | undefined): SignatureAlgorithm | undefined {
  if (!isUniversal(parameters, DerType.SEQUENCE)) return undefined;
  const field = (tag: number): Der | undefined => {
    const wrapper = children(parameters).find((node) => isContext(node, tag));
    return wrapper === undefined ? undefined : children(wrapper)[0];
  };
  const hash = hashOf(field(0));
  const generator = field(1);
  const salt = field(2);
  const trailer = field(3);
  if (hash === undefined || generator === undefined || salt === undefined) return undefined;
  const [type, inner] = sequenceOf(generator);
  if (type === undefined || oidOf(type) !== MGF1 || hashOf(inner)?.name !== hash.name) return undefined;
  if (countOf(salt) !== hash.bytes || (trailer !== undefined && countOf(trailer) !== 1)) return undefined;
  return { scheme: 'rsa-pss', hash: hash.name };
}

function hashOf(
  node: Der | undefined,
): { readonly name: 'sha256' | 'sha384' | 'sha512'; readonly bytes: number } | undefined {
  if (node === undefined) return undefined;
  const [type, parameters] = sequenceOf(node);
  if (parameters !== undefined && !isUniversal(parameters, DerType.NULL)) return undefined;
  return type === undefined ? undefined : HASHES.get(oidOf(type));
}

/** True if a key of this kind can have made such a signature: asked first, since it costs nothing. */
export function fitsKey({ scheme }: SignatureAlgorithm, { algorithm }: PublicKeyInfo): boolean {
  switch (scheme) {
    case 'rsa-pkcs1':
      return algorithm === 'rsa';
    case 'rsa-pss':
      return algorithm === 'rsa' || algorithm === 'rsa-pss';
    case 'ecdsa':
      return algorithm === 'ec';
    case 'ed25519':
      return algorithm === 'ed25519';
  }
}

/** For what is no certificate; those verify themselves. False too if the key and the signature do not go together. */
export function verifySignature(
  { scheme, hash }: SignatureAlgorithm,
  data: Buffer,
  key: KeyObject,
  signature: Buffer,
): boolean {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  try {
    return verify(hash, data, scheme === 'rsa-pss' ? { key, ...pss } : key, signature);
  } catch {
    return false;
  }
}
