import {
  bufferOf,
  countOf,
  DerType,
  isContext,
  isTrue,
  isUniversal,
  oidOf,
  parseDer,
  sequenceOf,
} from './der.ts';
import {
  hasUnknownQualifier,
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  type PolicyExtensions,
} from './certificatePolicies.ts';
import { requireDer } from './derBytes.ts';
import { readGeneralName, type GeneralName } from './generalName.ts';
import { readNameConstraints, type NameConstraints } from './nameConstraints.ts';

export interface CertificateExtension {
  readonly critical: boolean;
  /** The content of the OCTET STRING. */
  readonly value: Buffer;
}

/** The extensions that decide about a path, RFC 5280 4.2.1. */
export interface KnownExtensions extends PolicyExtensions {
  readonly isCa: boolean;
  /** How many CA certificates may follow below this one; undefined for no limit. */
  readonly pathLength: number | undefined;
  /** undefined if the extension is absent, which means every usage. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs of the extended key usage; undefined if the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** The subject alternative names, in their order. */
  readonly generalNames: readonly GeneralName[];
  /** `unreadable` forbids everything below. */
  readonly nameConstraints: NameConstraints | 'unreadable' | undefined;
  /** Hex. They help to find an issuer and prove nothing. */
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  /** OIDs of extensions that are critical and that nobody here evaluates. */
  readonly unknownCritical: readonly string[];
}

/** In the order of their bits. */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;

/** What may be critical. */
const EVALUATED: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.extendedKeyUsage,
  OID.inhibitAnyPolicy,
]);

/** The arcs of RFC 5280's own extensions. Those must at least be DER, also where we do not look into them. */
const STANDARD_ARCS = /^(?:2\.5\.29|1\.3\.6\.1\.5\.5\.7\.1)\.\d+$/;

/** @throws Error if one of them is malformed */
export function readCertificateExtensions(
  extensions: ReadonlyMap<string, CertificateExtension>,
): KnownExtensions {
  const read = <T>(oid: string, parse: (value: Buffer) => T): T | undefined => {
    const extension = extensions.get(oid);
    return extension === undefined ? undefined : parse(extension.value);
  };
  for (const [oid, { value }] of extensions) {
    if (!EVALUATED.has(oid) && STANDARD_ARCS.test(oid)) requireDer(value);
  }

  return {
    isCa: false,
    pathLength: undefined,
    ...read(OID.basicConstraints, readBasicConstraints),
    keyUsage: read(OID.keyUsage, readKeyUsage),
    extendedKeyUsage: read(OID.extendedKeyUsage, readExtendedKeyUsage),
    generalNames: read(OID.subjectAltName, readGeneralNames) ?? [],
    nameConstraints: read(OID.nameConstraints, readConstraintsOrNot),
    subjectKeyId: read(OID.subjectKeyIdentifier, readSubjectKeyId),
    authorityKeyId: read(OID.authorityKeyIdentifier, readAuthorityKeyId),
    policies: read(OID.certificatePolicies, readPolicies),
    policyMappings: read(OID.policyMappings, readPolicyMappings) ?? [],
    requireExplicitPolicy: undefined,
    inhibitPolicyMapping: undefined,
    ...read(OID.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(OID.inhibitAnyPolicy, readInhibitAnyPolicy),
    unknownCritical: [...extensions]
      .filter(([oid, extension]) => extension.critical && !isEvaluated(oid, extension))
      .map(([oid]) => oid),
  };
}

/** RFC 5280 4.2.1.4: critical policies must be understood down to their qualifiers. */
function isEvaluated(oid: string, { value }: CertificateExtension): boolean {
  return EVALUATED.has(oid) && !(oid === OID.certificatePolicies && hasUnknownQualifier(value));
}

function readBasicConstraints(value: Buffer): Pick<KnownExtensions, 'isCa' | 'pathLength'> {
  const parts = [...sequenceOf(parseDer(value))];
  const flag = isUniversal(parts[0], DerType.BOOLEAN) ? parts.shift() : undefined;
  const length = parts.shift();
  const isCa = isTrue(flag);
  if (length === undefined) return { isCa, pathLength: undefined };
  if (!isUniversal(length, DerType.INTEGER) || parts.length > 0 || !isCa) {
    throw new Error('basic constraints against RFC 5280 4.2.1.9');
  }
  return { isCa, pathLength: countOf(length) };
}

function readKeyUsage(value: Buffer): ReadonlySet<KeyUsage> {
  const node = parseDer(value);
  if (!isUniversal(node, DerType.BITSTRING)) throw new Error('key usage is a bit string');
  const bits = bufferOf(node).subarray(1);
  const found = KEY_USAGES.filter((_, index) => (((bits[index >> 3] ?? 0) << (index & 7)) & 0x80) !== 0);
  if (found.length === 0) throw new Error('a key for nothing');
  return new Set(found);
}

function readExtendedKeyUsage(value: Buffer): readonly string[] {
  const found = sequenceOf(parseDer(value)).map(oidOf);
  if (found.length === 0) throw new Error('a key for nothing');
  return found;
}

function readGeneralNames(value: Buffer): readonly GeneralName[] {
  const found = sequenceOf(parseDer(value)).map(readGeneralName);
  if (found.length === 0) throw new Error('an empty list of names');
  return found;
}

/** A CA with constraints we cannot read is still a CA: the answer is then about its constraints, not about an untrusted certificate. */
function readConstraintsOrNot(value: Buffer): NameConstraints | 'unreadable' {
  try {
    return readNameConstraints(value);
  } catch {
    return 'unreadable';
  }
}

function readSubjectKeyId(value: Buffer): string {
  const node = parseDer(value);
  if (!isUniversal(node, DerType.OCTETSTRING)) throw new Error('a key identifier is bytes');
  return bufferOf(node).toString('hex');
}

/** The key identifier in the extension, hex, if it names the key so. @throws Error if the extension is malformed */
export function readAuthorityKeyId(value: Buffer): string | undefined {
  const keyId = sequenceOf(parseDer(value)).find((node) => isContext(node, 0));
  return keyId === undefined ? undefined : bufferOf(keyId).toString('hex');
}
