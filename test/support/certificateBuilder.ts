import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readCertificate, type Certificate } from '../../src/tls/certificate.ts';
import {
  bits,
  boolean,
  explicit,
  implicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
} from './derBuilder.ts';

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 5, 15, 12);

export type KeyKind =
  'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'Ed448' | 'RSA-1024' | 'RSA-2048' | 'secp256k1';

const keys = new Map<string, KeyObject>();

/** The private key of this name, made when it is first asked for. */
export function testKey(label: string, kind: KeyKind = 'P-256'): KeyObject {
  const id = `${kind} ${label}`;
  const key = keys.get(id) ?? makeKey(kind);
  keys.set(id, key);
  return key;
}

function makeKey(kind: KeyKind): KeyObject {
  switch (kind) {
    case 'P-256':
    case 'P-384':
    case 'P-521':
    case 'secp256k1':
      return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
    case 'Ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'Ed448':
      return generateKeyPairSync('ed448').privateKey;
    case 'RSA-1024':
    case 'RSA-2048':
      return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) }).privateKey;
  }
}

export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** How a certificate is signed: the AlgorithmIdentifier and what makes the bytes. */
export interface Signer {
  readonly algorithm: Buffer;
  sign(data: Buffer, key: KeyObject): Buffer;
}

const algorithm = (id: string, ...parameters: readonly Buffer[]): Buffer => sequence(oid(id), ...parameters);
const hashing = (hash: string | null, id: string, ...parameters: readonly Buffer[]): Signer => ({
  algorithm: algorithm(id, ...parameters),
  sign: (data, key) => sign(hash, data, key),
});

export function pss(
  hash: 'sha256' | 'sha384' | 'sha512',
  saltLength: number,
  mgfHash: typeof hash = hash,
): Signer {
  const ids = { sha256: '1', sha384: '2', sha512: '3' };
  const hashId = (id: typeof hash): Buffer => algorithm(`2.16.840.1.101.3.4.2.${ids[id]}`, nothing);
  return {
    algorithm: algorithm(
      '1.2.840.113549.1.1.10',
      sequence(
        explicit(0, hashId(hash)),
        explicit(1, sequence(oid('1.2.840.113549.1.1.8'), hashId(mgfHash))),
        explicit(2, integer(saltLength)),
      ),
    ),
    sign: (data, key) => sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
}

export const SIGNERS = {
  rsaSha1: hashing('sha1', '1.2.840.113549.1.1.5', nothing),
  rsaSha256: hashing('sha256', '1.2.840.113549.1.1.11', nothing),
  rsaSha256WithoutNull: hashing('sha256', '1.2.840.113549.1.1.11'),
  rsaSha384: hashing('sha384', '1.2.840.113549.1.1.12', nothing),
  rsaSha512: hashing('sha512', '1.2.840.113549.1.1.13', nothing),
  ecdsaSha1: hashing('sha1', '1.2.840.10045.4.1'),
  ecdsaSha256: hashing('sha256', '1.2.840.10045.4.3.2'),
  ecdsaSha256WithNull: hashing('sha256', '1.2.840.10045.4.3.2', nothing),
  ecdsaSha384: hashing('sha384', '1.2.840.10045.4.3.3'),
  ecdsaSha512: hashing('sha512', '1.2.840.10045.4.3.4'),
  ed25519: hashing(null, '1.3.101.112'),
  ed448: hashing(null, '1.3.101.113'),
} as const satisfies Record<string, Signer>;

/** The way a key usually signs. */
export function usualSigner(key: KeyObject): Signer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return SIGNERS.rsaSha256;
    case 'ed25519':
      return SIGNERS.ed25519;
    case 'ed448':
      return SIGNERS.ed448;
    case undefined:
    default:
      return SIGNERS.ecdsaSha256;
  }
}

export interface ExtensionValue {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Buffer;
}

export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  distributionPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInformation: '1.3.6.1.5.5.7.1.1',
} as const;

export const USAGE = {
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
  email: '1.3.6.1.5.5.7.3.4',
  any: '2.5.29.37.0',
} as const;

/** Bits of keyUsage as in RFC 5280: 0 digitalSignature … 5 keyCertSign, 6 cRLSign. */
export function keyUsage(...flags: readonly number[]): Buffer {
  const highest = Math.max(...flags);
  const bytes = Buffer.alloc((highest >> 3) + 1);
  for (const bit of flags) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bits(bytes, 7 - (highest & 7));
}

export function basicConstraints(ca: boolean, pathLength?: number): Buffer {
  return sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)]));
}

export const extendedKeyUsage = (...usages: readonly string[]): Buffer => sequence(...usages.map(oid));

/** GeneralNames, and the bases of name constraints. */
export const NAME = {
  dns: (text: string): Buffer => implicit(2, text),
  email: (text: string): Buffer => implicit(1, text),
  uri: (text: string): Buffer => implicit(6, text),
  /** Bytes: 4 or 16 for a name, 8 or 32 for a constraint. */
  ip: (...bytes: readonly number[]): Buffer => implicit(7, Buffer.from(bytes)),
  directory: (directoryName: Buffer): Buffer => explicit(4, directoryName),
  upn: (text: string): Buffer => explicit(0, oid('1.3.6.1.4.1.311.20.2.3'), explicit(0, utf8(text))),
  other: (id: string): Buffer => explicit(0, oid(id), explicit(0, utf8('x'))),
} as const;

export function nameConstraints(parts: {
  readonly permitted?: readonly Buffer[];
  readonly excluded?: readonly Buffer[];
}): Buffer {
  const list = (tag: number, bases: readonly Buffer[] | undefined): readonly Buffer[] =>
    bases === undefined ? [] : [explicit(tag, ...bases.map((base) => sequence(base)))];
  return sequence(...list(0, parts.permitted), ...list(1, parts.excluded));
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  E: '1.2.840.113549.1.9.1',
};

/** A Name from `CN=x` texts, one RDN each, in order; `string` makes the value. */
export function name(rdns: readonly string[], string: (text: string) => Buffer = utf8): Buffer {
  return sequence(
    ...rdns.map((rdn) => {
      const [type = '', value = ''] = rdn.split('=');
      return set(sequence(oid(ATTRIBUTES[type] ?? type), string(value)));
    }),
  );
}

export interface MintRequest {
  /** One or more RDNs as `CN=x`, or an encoded Name. */
  readonly subject: string | readonly string[] | Buffer;
  /** Default: itself. */
  readonly issuer?: Minted | undefined;
  /** Another name for the issuer than its subject. */
  readonly issuerName?: Buffer;
  /** Default: the P-256 key named as the subject. */
  readonly key?: KeyObject;
  /** Default: as usual for the key. */
  readonly signer?: Signer;
  /** The AlgorithmIdentifier inside, where it shall differ from the one outside. */
  readonly innerAlgorithm?: Buffer;
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Milliseconds since 1970. Default: a day around {@link NOW}, for CAs a year. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly validity?: Buffer;
  /** Hex of the INTEGER's content. Default: random and positive. */
  readonly serial?: string;
  /** Default v3. `none` leaves the field out. */
  readonly version?: number | 'none';
  /** GeneralNames of the subject alternative name. */
  readonly names?: readonly Buffer[];
  /** Default for end entities: client authentication. `none` leaves it out. */
  readonly usages?: readonly string[] | 'none';
  /** Added, or put in place of the default of the same OID. */
  readonly extensions?: readonly ExtensionValue[];
  /** OIDs of default extensions to leave out. */
  readonly without?: readonly string[];
  /** The whole list of extensions as it stands, defaults left out. */
  readonly rawExtensions?: readonly Buffer[];
  readonly spki?: Buffer;
  readonly tamper?: (certificate: Buffer) => Buffer;
}

export interface Minted {
  readonly der: Buffer;
  readonly pem: string;
  readonly key: KeyObject;
  readonly spki: Buffer;
  readonly name: Buffer;
}

/** Makes a certificate in which everything can be chosen, also against the rules. */
export function mint(request: MintRequest): Minted {
  const { subject, issuer, ca = false } = request;
  const key = request.key ?? testKey(String(subject));
  const subjectName = Buffer.isBuffer(subject)
    ? subject
    : name(typeof subject === 'string' ? [subject] : subject);
  const spki = request.spki ?? spkiOf(key);
  const signingKey = issuer?.key ?? key;
  const signer = request.signer ?? usualSigner(signingKey);
  const span = ca ? 365 * DAY : DAY;
  const version = request.version ?? 2;
  const list = request.rawExtensions ?? extensionList(request, spki, issuer?.spki ?? spki);
  const tbs = sequence(
    ...(version === 'none' ? [] : [explicit(0, integer(version))]),
    integer(
      request.serial ??
        createHash('sha256')
          .update(`${String(subject)}${counter()}`)
          .digest('hex')
          .replace(/^../, '4d')
          .slice(0, 32),
    ),
    request.innerAlgorithm ?? signer.algorithm,
    request.issuerName ?? issuer?.name ?? subjectName,
    request.validity ?? sequence(time(request.notBefore ?? NOW - span), time(request.notAfter ?? NOW + span)),
    subjectName,
    spki,
    ...(list.length === 0 ? [] : [explicit(3, sequence(...list))]),
  );
  const encoded = sequence(tbs, signer.algorithm, bits(signer.sign(tbs, signingKey)));
  const bytes = request.tamper?.(encoded) ?? encoded;
  return { der: bytes, pem: pemOf(bytes, 'CERTIFICATE'), key, spki, name: subjectName };
}

let minted = 0;
function counter(): number {
  minted += 1;
  return minted;
}

export function encodeExtension({ oid: id, critical = false, value }: ExtensionValue): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function extensionList(request: MintRequest, spki: Buffer, issuerSpki: Buffer): readonly Buffer[] {
  const { ca = false, usages } = request;
  const defaults: ExtensionValue[] = [
    { oid: EXTENSION.subjectKeyId, value: octets(keyId(spki)) },
    { oid: EXTENSION.authorityKeyId, value: sequence(implicit(0, keyId(issuerSpki))) },
    { oid: EXTENSION.basicConstraints, critical: true, value: basicConstraints(ca, request.pathLength) },
    { oid: EXTENSION.keyUsage, critical: true, value: ca ? keyUsage(5, 6) : keyUsage(0) },
  ];
  if (usages !== 'none' && (usages !== undefined || !ca)) {
    defaults.push({
      oid: EXTENSION.extendedKeyUsage,
      value: extendedKeyUsage(...(usages ?? [USAGE.client])),
    });
  }
  if (request.names !== undefined) {
    defaults.push({ oid: EXTENSION.subjectAltName, value: sequence(...request.names) });
  }
  const changes = request.extensions ?? [];
  const kept = defaults.filter(
    ({ oid: id }) => request.without?.includes(id) !== true && !changes.some((change) => change.oid === id),
  );
  return [...kept, ...changes].map(encodeExtension);
}

export function keyId(spki: Buffer): Buffer {
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}

export function pemOf(bytes: Buffer, label: string): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The certificate as the code under test reads it. @throws Error if it cannot be read */
export function read(certificate: Minted): Certificate {
  const found = readCertificate(certificate.der);
  if (found === undefined) throw new Error('the test made a certificate that cannot be read');
  return found;
}

export interface ListRequest {
  readonly issuer: Minted;
  readonly issuerName?: Buffer;
  /** Default: the issuer's. */
  readonly key?: KeyObject;
  readonly signer?: Signer;
  /** Hex of the serial numbers' content, or whole entries. */
  readonly revoked?: readonly (string | Buffer)[];
  /** Milliseconds since 1970. Default: an hour ago. */
  readonly thisUpdate?: number;
  /** Default: in a day. `none` leaves it out. */
  readonly nextUpdate?: number | 'none';
  readonly version?: 'none';
  /** In place of the CRL number. */
  readonly extensions?: readonly ExtensionValue[];
  readonly innerAlgorithm?: Buffer;
}

const CRL_NUMBER: ExtensionValue = { oid: '2.5.29.20', value: integer(1) };

/** Makes a CRL, PEM. */
export function mintList(request: ListRequest): string {
  const { issuer, revoked = [], nextUpdate = NOW + DAY } = request;
  const key = request.key ?? issuer.key;
  const signer = request.signer ?? usualSigner(key);
  const entries = revoked.map((entry) =>
    typeof entry === 'string' ? sequence(integer(entry), time(NOW - DAY)) : entry,
  );
  const extensions = (request.extensions ?? [CRL_NUMBER]).map(encodeExtension);
  const tbs = sequence(
    ...(request.version === 'none' ? [] : [integer(1)]),
    request.innerAlgorithm ?? signer.algorithm,
    request.issuerName ?? issuer.name,
    time(request.thisUpdate ?? NOW - 3_600_000),
    ...(nextUpdate === 'none' ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [explicit(0, sequence(...extensions))]),
  );
  return pemOf(sequence(tbs, signer.algorithm, bits(signer.sign(tbs, key))), 'X509 CRL');
}
