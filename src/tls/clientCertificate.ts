import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import {
  bytesOf,
  child,
  children,
  DerType,
  isContext,
  isTrue,
  isUniversal,
  oidOf,
  parseDer,
  type Der,
} from './der.ts';
import { normaliseAttributeType, type NameAttribute } from './distinguishedName.ts';

/** What a certificate says about itself. Reading it proves nothing; see `certificateTrust.ts`. */
export interface ClientCertificate {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  readonly subject: readonly NameAttribute[];
  /** Subject alternative names of type URI, as written. */
  readonly uris: readonly string[];
  /** Milliseconds since 1970; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** OID of the signature; for RSASSA-PSS, whose OID says nothing of its hash, `<OID> <hash OID>`. */
  readonly signatureAlgorithm: string;
  readonly isCa: boolean;
  /** How many CA certificates may follow below this one; undefined for no limit. */
  readonly pathLength: number | undefined;
  /** True if there is no keyUsage extension or it allows signing certificates. */
  readonly maySignCertificates: boolean;
  /** True if there is no keyUsage extension or it allows signatures in a handshake. */
  readonly maySign: boolean;
  /** OIDs of the extended key usage; undefined if the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** OIDs of extensions that this reader does not evaluate and that are critical, and name constraints in any case. */
  readonly unhandledExtensions: readonly string[];
}

const OID = {
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

const HANDLED: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.extendedKeyUsage,
]);

const URI_NAME = 6;
const KEY_CERT_SIGN = 0x04;
const DIGITAL_SIGNATURE = 0x80;
const RSASSA_PSS = '1.2.840.113549.1.1.10';
const SHA1 = '1.3.14.3.2.26';

/**
 * Reads one DER certificate. Node parses it and yields the canonical bytes; node-forge's ASN.1 walk reads from those bytes what Node
 * does not expose.
 *
 * @returns undefined if the bytes are not exactly one well-formed certificate
 */
export function readClientCertificate(der: Buffer): ClientCertificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    // Node tolerates bytes after the certificate; two readers must not see two certificates.
    return x509.raw.equals(der) ? walk(x509) : undefined;
  } catch {
    return undefined;
  }
}

function walk(x509: X509Certificate): ClientCertificate {
  const certificate = parseDer(x509.raw.toString('latin1'));
  const tbs = child(certificate, 0);
  // The version, [0], is absent in version 1 certificates, which also have no extensions.
  const first = isContext(child(tbs, 0), 0) ? 1 : 0;
  const extensions = readExtensions(children(tbs).slice(first + 6));

  const basicConstraints = extensions.get(OID.basicConstraints);
  const constraints = basicConstraints === undefined ? [] : children(parseDer(basicConstraints.value));
  const pathLength = constraints.find((node) => isUniversal(node, DerType.INTEGER));
  const keyUsage = extensions.get(OID.keyUsage);
  const extendedKeyUsage = extensions.get(OID.extendedKeyUsage);

  return {
    x509,
    // Decoded here, where a key that cannot be decoded makes the certificate malformed.
    publicKey: x509.publicKey,
    sha256: createHash('sha256').update(x509.raw).digest('hex'),
    subject: readName(child(tbs, first + 4)),
    uris: readUris(extensions.get(OID.subjectAltName)),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    signatureAlgorithm: readSignatureAlgorithm(child(certificate, 1)),
    isCa: isTrue(constraints[0]),
    pathLength: pathLength === undefined ? undefined : readInteger(pathLength),
    maySignCertificates: keyUsage === undefined || hasKeyUsage(keyUsage, KEY_CERT_SIGN),
    maySign: keyUsage === undefined || hasKeyUsage(keyUsage, DIGITAL_SIGNATURE),
    extendedKeyUsage:
      extendedKeyUsage === undefined ? undefined : children(parseDer(extendedKeyUsage.value)).map(oidOf),
    unhandledExtensions: [...extensions]
      .filter(([oid, { critical }]) => (critical && !HANDLED.has(oid)) || oid === OID.nameConstraints)
      .map(([oid]) => oid),
  };
}

/** RFC 4055 3.1: the hash of RSASSA-PSS is a parameter, and SHA-1 if it is absent. */
function readSignatureAlgorithm(algorithm: Der): string {
  const oid = oidOf(child(algorithm, 0));
  if (oid !== RSASSA_PSS) return oid;
  const [, parameters] = children(algorithm);
  const hash = parameters === undefined ? undefined : children(parameters).find((node) => isContext(node, 0));
  return `${oid} ${hash === undefined ? SHA1 : oidOf(child(child(hash, 0), 0))}`;
}

interface Extension {
  readonly critical: boolean;
  /** The DER inside the OCTET STRING, one character a byte. */
  readonly value: string;
}

function readExtensions(tbsTail: readonly Der[]): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  const wrapper = tbsTail.find((node) => isContext(node, 3));
  if (wrapper === undefined) return found;
  for (const extension of children(child(wrapper, 0))) {
    const oid = oidOf(child(extension, 0));
    // RFC 5280 4.2 forbids a second extension of one kind; which of them counts is then a matter of the reader.
    if (found.has(oid)) throw new Error('an extension appears twice');
    const [flag, ...rest] = children(extension).slice(1);
    const value = rest[0] ?? flag;
    if (value === undefined || !isUniversal(value, DerType.OCTETSTRING))
      throw new Error('an extension has no value');
    found.set(oid, { critical: isTrue(flag), value: bytesOf(value) });
  }
  return found;
}

function readName(name: Der): readonly NameAttribute[] {
  return children(name).flatMap((set) =>
    children(set).map((attribute) => ({
      type: normaliseAttributeType(oidOf(child(attribute, 0))),
      value: readText(child(attribute, 1)),
    })),
  );
}

function readText(node: Der): string {
  const raw = Buffer.from(bytesOf(node), 'latin1');
  if (isUniversal(node, DerType.UTF8)) return raw.toString('utf8');
  if (isUniversal(node, DerType.BMPSTRING) && raw.length % 2 === 0) return raw.swap16().toString('utf16le');
  return raw.toString('latin1');
}

function readUris(subjectAltName: Extension | undefined): readonly string[] {
  if (subjectAltName === undefined) return [];
  return children(parseDer(subjectAltName.value))
    .filter((name) => isContext(name, URI_NAME))
    .map(bytesOf);
}

function readInteger(node: Der): number {
  return Number.parseInt(Buffer.from(bytesOf(node), 'latin1').toString('hex'), 16);
}

/** The first byte of a BIT STRING counts its unused bits; the flags of keyUsage stand in the second. */
function hasKeyUsage(keyUsage: Extension, flag: number): boolean {
  return ((bytesOf(parseDer(keyUsage.value)).charCodeAt(1) || 0) & flag) !== 0;
}
