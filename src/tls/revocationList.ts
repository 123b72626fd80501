import { createHash, type KeyObject } from 'node:crypto';
import { addExtension } from './certificate.ts';
import { OID, readAuthorityKeyId as readKeyId, type CertificateExtension } from './certificateExtensions.ts';
import { children, isContext, parseDer, required, sequenceOf } from './der.ts';
import { encodedChildren, encodedContent, requireDer } from './derBytes.ts';
import { parseDerTime } from './derTime.ts';
import { readDirectoryName } from './directoryName.ts';
import { readScope, type RevocationScope } from './revocationScope.ts';
import { readSignatureAlgorithm, verifySignature } from './signatureAlgorithm.ts';

/** A version 2 CRL. Reading it proves nothing; see {@link RevocationList.isSignedBy}. */
export interface RevocationList {
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  /** Key of the issuer's name, as in `directoryName.ts`. */
  readonly issuerKey: string;
  /** Hex. Tells apart CAs that share a name; undefined if the list does not say. */
  readonly authorityKeyId: string | undefined;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** undefined if the list does not say when the next one comes. Such a list is never current. */
  readonly nextUpdate: number | undefined;
  readonly scope: RevocationScope;
  /** Why the list cannot be used at all: a delta, an indirect list, an unknown critical extension. */
  readonly unusable: string | undefined;
  /** Takes the serial number's raw bytes as lower-case hex. */
  revokes(serialHex: string): boolean;
  isSignedBy(key: KeyObject): boolean;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const VERSION_2 = '020101';

/** Ten million certificates of one CA would not fit; lists of such CAs are partitioned. */
const LARGEST_LIST = 32 * 1_024 * 1_024;

/** Reads one DER CRL. @returns undefined for anything else, version 1 included */
export function readRevocationList(der: Buffer): RevocationList | undefined {
  if (der.length > LARGEST_LIST) return undefined;
  try {
    return walk(der);
  } catch {
    return undefined;
  }
}

/** Works on views of the bytes: a list may have a hundred thousand entries, too many for a tree of nodes. */
function walk(der: Buffer): RevocationList {
  requireDer(der);
  const [tbs, algorithmBytes, signatureBytes, ...more] = encodedChildren(der);
  const signature = encodedContent(signatureBytes, BIT_STRING);
  if (tbs === undefined || algorithmBytes === undefined || more.length > 0 || signature[0] !== 0) {
    throw new Error('no revocation list');
  }
  const fields = [...encodedChildren(tbs)];
  if (fields.shift()?.toString('hex') !== VERSION_2) throw new Error('not version 2');
  if (fields.shift()?.equals(algorithmBytes) !== true) throw new Error('two signature algorithms');
  const issuer = readDirectoryName(parseDer(fields.shift() ?? tbs));
  const thisUpdate = parseDerTime(fields.shift());
  const nextUpdate = isTime(fields[0]) ? parseDerTime(fields.shift()) : undefined;
  const entries =
    fields[0]?.[0] === SEQUENCE
      ? readEntries(fields.shift() ?? tbs)
      : { serials: new Set<string>(), unusable: undefined };
  const extensions = readExtensions(fields);
  const algorithm = readSignatureAlgorithm(parseDer(algorithmBytes));
  const { scope, unusable } = readScope(extensions);

  return {
    sha256: createHash('sha256').update(der).digest('hex'),
    issuerKey: issuer.key,
    authorityKeyId: readAuthorityKeyId(extensions),
    thisUpdate,
    nextUpdate,
    scope,
    unusable: entries.unusable ?? unusable,
    revokes: (serialHex) => entries.serials.has(serialHex),
    isSignedBy: (key) =>
      algorithm !== undefined && verifySignature(algorithm, tbs, key, signature.subarray(1)),
  };
}

function readAuthorityKeyId(extensions: ReadonlyMap<string, CertificateExtension>): string | undefined {
  const extension = extensions.get(OID.authorityKeyIdentifier);
  return extension && readKeyId(extension.value);
}

function isTime(field: Buffer | undefined): boolean {
  return field?.[0] === 0x17 || field?.[0] === 0x18;
}

function readEntries(list: Buffer): {
  readonly serials: ReadonlySet<string>;
  readonly unusable: string | undefined;
} {
  const serials = new Set<string>();
  let unusable: string | undefined;
  for (const entry of encodedChildren(list)) {
    const [serial, date, extensions, ...more] = encodedChildren(entry);
    if (more.length > 0) throw new Error('an entry with too much');
    parseDerTime(date);
    serials.add(encodedContent(serial, INTEGER).toString('hex'));
    if (extensions === undefined) continue;
    const found = new Map<string, CertificateExtension>();
    for (const extension of sequenceOf(parseDer(extensions))) addExtension(extension, found);
    // A critical one changes what the entry means; "certificate issuer" even changes whose certificate it is.
    if ([...found.values()].some(({ critical }) => critical)) unusable = 'an entry has a critical extension';
  }
  return { serials, unusable };
}

function readExtensions(fields: readonly Buffer[]): ReadonlyMap<string, CertificateExtension> {
  const found = new Map<string, CertificateExtension>();
  const [field, ...more] = fields;
  if (field === undefined) return found;
  const wrapper = parseDer(field);
  if (!isContext(wrapper, 0) || more.length > 0) throw new Error('an unknown field');
  for (const extension of sequenceOf(required(children(wrapper)[0]))) addExtension(extension, found);
  return found;
}
