import { hash } from 'node:crypto';
import { bufferOf, child, DerType, isUniversal, oidOf, parseDer, sequenceOf, type Der } from './der.ts';

export interface PublicKeyInfo {
  readonly algorithm: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'other';
  /** `RSA-2048`, `RSA-PSS-3072`, `P-256`, `Ed25519` …, or the OID of a kind we do not know. */
  readonly keyType: string;
  /** SHA-256 of the SubjectPublicKeyInfo, base64. */
  readonly sha256: string;
  /** Why keys of this kind are not relied on; undefined if they are. */
  readonly weakness: string | undefined;
}

const SMALLEST_RSA_BITS = 2_048;
/** Larger keys cost the verifier more than they tell anybody. */
const LARGEST_RSA_BITS = 8_192;
const LARGEST_EXPONENT_BYTES = 8;

const CURVES: ReadonlyMap<string, { readonly name: string; readonly bytes: number }> = new Map([
  ['1.2.840.10045.3.1.7', { name: 'P-256', bytes: 32 }],
  ['1.3.132.0.34', { name: 'P-384', bytes: 48 }],
  ['1.3.132.0.35', { name: 'P-521', bytes: 66 }],
]);

/**
 * Judges a SubjectPublicKeyInfo by its bytes, which costs a hundredth of making a key of it.
 *
 * @throws Error if it has no such form
 */
export function readPublicKeyInfo(node: Der, encoded: Buffer): PublicKeyInfo {
  const [algorithm, bits] = sequenceOf(node);
  if (algorithm === undefined || !isUniversal(bits, DerType.BITSTRING)) throw new Error('no public key');
  const key = bufferOf(bits);
  if (key[0] !== 0) throw new Error('a public key is whole bytes');
  let sha256: string | undefined;
  return {
    ...describe(algorithm, key.subarray(1)),
    // Keys of devices are hardly ever asked for it.
    get sha256() {
      return (sha256 ??= hash('sha256', encoded, 'base64'));
    },
  };
}

function describe(algorithm: Der, key: Buffer): Omit<PublicKeyInfo, 'sha256'> {
  const [type, parameters] = sequenceOf(algorithm);
  if (type === undefined) throw new Error('no key algorithm');
  const oid = oidOf(type);
  switch (oid) {
    case '1.2.840.113549.1.1.1':
      if (!isUniversal(parameters, DerType.NULL)) throw new Error('an RSA key has NULL parameters');
      return describeRsa('rsa', 'RSA', key);
    case '1.2.840.113549.1.1.10':
      return describeRsa('rsa-pss', 'RSA-PSS', key);
    case '1.2.840.10045.2.1':
      return describeCurve(parameters, key);
    case '1.3.101.112':
      if (parameters !== undefined || key.length !== 32) throw new Error('no Ed25519 key');
      return { algorithm: 'ed25519', keyType: 'Ed25519', weakness: undefined };
    default:
      return {
        algorithm: 'other',
        keyType: oid === '1.3.101.113' ? 'Ed448' : oid,
        weakness: 'the kind of key is not accepted',
      };
  }
}

function describeRsa(
  algorithm: 'rsa' | 'rsa-pss',
  label: string,
  key: Buffer,
): Omit<PublicKeyInfo, 'sha256'> {
  const numbers = parseDer(key);
  const modulus = positive(child(numbers, 0));
  const exponent = positive(child(numbers, 1));
  if (sequenceOf(numbers).length !== 2) throw new Error('an RSA key is two numbers');
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  return { algorithm, keyType: `${label}-${bits}`, weakness: rsaWeakness(bits, modulus, exponent) };
}

function rsaWeakness(bits: number, modulus: Buffer, exponent: Buffer): string | undefined {
  if (bits < SMALLEST_RSA_BITS) return `an RSA key has fewer than ${SMALLEST_RSA_BITS} bits`;
  if (bits > LARGEST_RSA_BITS) return `an RSA key has more than ${LARGEST_RSA_BITS} bits`;
  if (bits % 8 !== 0) return 'the bits of an RSA key are no multiple of 8';
  if (exponent.length > LARGEST_EXPONENT_BYTES) return 'the exponent of an RSA key is too large';
  const isOdd = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 1;
  if (!isOdd(modulus) || !isOdd(exponent) || (exponent.length === 1 && exponent[0] === 1)) {
    return 'an RSA key that cannot be one';
  }
  return undefined;
}

function positive(node: Der): Buffer {
  const bytes = bufferOf(node);
  if (!isUniversal(node, DerType.INTEGER) || (bytes[0] ?? 0) >= 0x80) throw new Error('no positive number');
  return bytes[0] === 0 && bytes.length > 1 ? bytes.subarray(1) : bytes;
}

function describeCurve(parameters: Der | undefined, point: Buffer): Omit<PublicKeyInfo, 'sha256'> {
  // Curves that are spelt out instead of named have let attackers choose the generator.
  if (!isUniversal(parameters, DerType.OID)) {
    return { algorithm: 'ec', keyType: 'EC', weakness: 'the curve is not a named one' };
  }
  const oid = oidOf(parameters);
  const curve = CURVES.get(oid);
  if (curve === undefined) return { algorithm: 'ec', keyType: oid, weakness: 'the curve is not accepted' };
  const isPoint =
    (point[0] === 4 && point.length === 1 + 2 * curve.bytes) ||
    ((point[0] === 2 || point[0] === 3) && point.length === 1 + curve.bytes);
  if (!isPoint) throw new Error('an EC key is no point');
  return { algorithm: 'ec', keyType: curve.name, weakness: undefined };
}
