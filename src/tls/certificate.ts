import { hash, X509Certificate } from 'node:crypto';
import {
  bufferOf,
  bytesOf,
  child,
  children,
  countOf,
  DerType,
  isContext,
  isTrue,
  isUniversal,
  oidOf,
  parseDer,
  required,
  sequenceOf,
  type Der,
} from './der.ts';
import { encodedChildren } from './derBytes.ts';
import { parseDerTime } from './derTime.ts';
import { readDirectoryName, type DirectoryName } from './directoryName.ts';
import type { NameAttribute } from './distinguishedName.ts';
import {
  readCertificateExtensions,
  type CertificateExtension,
  type KnownExtensions,
} from './certificateExtensions.ts';
import { readPublicKeyInfo, type PublicKeyInfo } from './publicKeyInfo.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signatureAlgorithm.ts';

/** What a certificate says about itself. Reading it proves nothing; see `certificatePath.ts`. */
export interface Certificate extends KnownExtensions {
  readonly x509: X509Certificate;
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  readonly version: 1 | 2 | 3;
  /** Bytes of the INTEGER as they are, lower-case hex. Real device certificates have negative ones. */
  readonly serialHex: string;
  readonly subject: readonly NameAttribute[];
  readonly issuer: readonly NameAttribute[];
  readonly subjectName: DirectoryName;
  readonly issuerName: DirectoryName;
  /** Milliseconds since 1970; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** `RSA-2048`, `P-256`, `Ed25519` … */
  readonly keyType: string;
  readonly publicKey: PublicKeyInfo;
  /** How the issuer signed; undefined for a way that is not relied on. */
  readonly signatureAlgorithm: SignatureAlgorithm | undefined;
  /** Every extension by OID, the known ones too. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

/** A CA with a long list of constraints takes a few thousand bytes. */
const LARGEST_CERTIFICATE = 65_536;

/**
 * Reads one DER certificate. Node parses it and yields the canonical bytes; node-forge's ASN.1 walk reads from those bytes what Node
 * does not expose.
 *
 * @returns undefined if the bytes are not exactly one well-formed certificate
 */
export function readCertificate(der: Buffer): Certificate | undefined {
  if (der.length > LARGEST_CERTIFICATE) return undefined;
  try {
    const x509 = new X509Certificate(der);
    // Node tolerates bytes after the certificate; two readers must not see two certificates.
    return x509.raw.equals(der) ? walk(x509) : undefined;
  } catch {
    return undefined;
  }
}

function walk(x509: X509Certificate): Certificate {
  const raw = x509.raw;
  const certificate = parseDer(raw);
  const [tbs, outerAlgorithm, signature, ...more] = sequenceOf(certificate);
  if (!isUniversal(signature, DerType.BITSTRING) || bytesOf(signature)[0] !== '\0' || more.length > 0) {
    throw new Error('no certificate');
  }
  const [tbsBytes, outerBytes] = encodedChildren(raw);
  const fields = encodedChildren(tbsBytes ?? raw);
  const nodes = sequenceOf(required(tbs));
  const version = readVersion(nodes[0]);
  // The version, [0], is absent in version 1 certificates.
  const first = isContext(nodes[0], 0) ? 1 : 0;
  const at = (index: number): Der => required(nodes[first + index]);

  // RFC 5280 4.1.1.2: what is signed must say how it is signed, or the signature could be read in another way.
  if (outerBytes?.equals(fields[first + 1] ?? raw) !== true) throw new Error('two signature algorithms');
  if (!isUniversal(at(0), DerType.INTEGER)) throw new Error('no serial number');
  const [notBefore, notAfter, ...noMore] = encodedChildren(fields[first + 3] ?? raw);
  if (noMore.length > 0) throw new Error('a validity has two ends');
  const issuerName = readDirectoryName(at(2));
  const subjectName = readDirectoryName(at(4));
  const publicKey = readPublicKeyInfo(at(5), fields[first + 5] ?? raw);
  const extensions = readExtensionList(nodes.slice(first + 6), version);

  return {
    x509,
    sha256: hash('sha256', raw, 'hex'),
    version,
    serialHex: bufferOf(at(0)).toString('hex'),
    subject: subjectName.attributes,
    issuer: issuerName.attributes,
    subjectName,
    issuerName,
    notBefore: parseDerTime(notBefore),
    notAfter: parseDerTime(notAfter),
    keyType: publicKey.keyType,
    publicKey,
    signatureAlgorithm: readSignatureAlgorithm(required(outerAlgorithm)),
    extensions,
    ...readCertificateExtensions(extensions),
  };
}

function readVersion(node: Der | undefined): 1 | 2 | 3 {
  if (node === undefined || !isContext(node, 0)) return 1;
  const version = countOf(child(node, 0));
  if (children(node).length !== 1 || (version !== 1 && version !== 2)) throw new Error('an unknown version');
  return version === 1 ? 2 : 3;
}

/** What follows the key: two unique ids that nobody uses, and the extensions, in this order. */
function readExtensionList(
  tail: readonly Der[],
  version: 1 | 2 | 3,
): ReadonlyMap<string, CertificateExtension> {
  const found = new Map<string, CertificateExtension>();
  let last = 0;
  for (const node of tail) {
    const tag = [1, 2, 3].find((candidate) => isContext(node, candidate));
    if (tag === undefined || tag <= last || version < (tag === 3 ? 3 : 2))
      throw new Error('an unknown field');
    last = tag;
    if (tag !== 3) continue;
    const list = sequenceOf(child(node, 0));
    if (list.length === 0 || children(node).length !== 1) throw new Error('an empty list of extensions');
    for (const extension of list) addExtension(extension, found);
  }
  return found;
}

/** Adds one Extension of a certificate or a revocation list. @throws Error if it is malformed or there is one of its kind already */
export function addExtension(extension: Der, found: Map<string, CertificateExtension>): void {
  const [id, ...rest] = sequenceOf(extension);
  const oid = oidOf(required(id));
  // RFC 5280 4.2 forbids a second extension of one kind; which of them counts is then a matter of the reader.
  if (found.has(oid)) throw new Error('an extension appears twice');
  const flag = isUniversal(rest[0], DerType.BOOLEAN) ? rest.shift() : undefined;
  const value = rest.shift();
  if (!isUniversal(value, DerType.OCTETSTRING) || rest.length > 0)
    throw new Error('an extension has one value');
  found.set(oid, { critical: isTrue(flag), value: bufferOf(value) });
}
