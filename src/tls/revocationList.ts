import { createHash, type KeyObject } from 'node:crypto';
import { addExtension, type Certificate } from './certificate.ts';
import { OID, readAuthorityKeyId as readKeyId, type CertificateExtension } from './certificateExtensions.ts';
import { children, isContext, parseDer, required, sequenceOf } from './der.ts';
import { encodedContent, encodedSequence, requireDer } from './derBytes.ts';
import { parseDerTime } from './derTime.ts';
import { readDirectoryName } from './directoryName.ts';
import { readRevokedSerials } from './revokedSerials.ts';
import { readScope, type RevocationScope } from './revocationScope.ts';
import { readSignatureAlgorithm, verifySignature } from './signatureAlgorithm.ts';

/** A version 2 CRL. Reading it proves nothing; see {@link RevocationList.isSignedBy}. */
export interface RevocationList {
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  /** How long the DER is. */
  readonly bytes: number;
  /** Key of the issuer's name, as in `directoryName.ts`. */
  readonly issuerKey: string;
  /** Hex. Tells apart CAs that share a name; undefined if the list does not say. */
  readonly authorityKeyId: string | undefined;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** undefined if the list does not say when the next one comes. Such a list is never current. */
  readonly nextUpdate: number | undefined;
  readonly scope: RevocationScope;
  /** Why the list cannot be used at all: an indirect list, an unknown critical extension. */
  readonly unusable: string | undefined;
  /** Why the list can revoke but never clear a certificate: a delta, or one about some reasons only. */
  readonly partial: string | undefined;
  /** Takes the serial number's raw bytes as lower-case hex. */
  revokes(serialHex: string): boolean;
  isSignedBy(key: KeyObject): boolean;
}

const SEQUENCE = 0x30;
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
  const [tbs, algorithmBytes, signatureBytes, ...more] = encodedSequence(der);
  const signature = encodedContent(signatureBytes, BIT_STRING);
  if (tbs === undefined || algorithmBytes === undefined || more.length > 0 || signature[0] !== 0) {
    throw new Error('no revocation list');
  }
  const fields = [...encodedSequence(tbs)];
  if (fields.shift()?.toString('hex') !== VERSION_2) throw new Error('not version 2');
  if (fields.shift()?.equals(algorithmBytes) !== true) throw new Error('two signature algorithms');
  const issuer = readDirectoryName(parseDer(fields.shift() ?? tbs));
  const thisUpdate = parseDerTime(fields.shift());
  const nextUpdate = isTime(fields[0]) ? parseDerTime(fields.shift()) : undefined;
  const entryList = fields[0]?.[0] === SEQUENCE ? fields.shift() : undefined;
  const extensions = readExtensions(fields);
  const { scope, unusable, partial, isDelta } = readScope(extensions);
  const entries = readRevokedSerials(entryList, isDelta);
  const algorithm = readSignatureAlgorithm(parseDer(algorithmBytes));

  return {
    sha256: createHash('sha256').update(der).digest('hex'),
    bytes: der.length,
    issuerKey: issuer.key,
    authorityKeyId: readAuthorityKeyId(extensions),
    thisUpdate,
    nextUpdate,
    scope,
    unusable: entries.unusable ?? unusable,
    partial,
    revokes: (serialHex) => entries.serials.has(serialHex),
    isSignedBy: (key) =>
      algorithm !== undefined && verifySignature(algorithm, tbs, key, signature.subarray(1)),
  };
}

/** CAs may share a name; a list that names another key is that of another CA. */
export function isOfAnotherKey({ authorityKeyId }: RevocationList, { subjectKeyId }: Certificate): boolean {
  return authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId;
}

function readAuthorityKeyId(extensions: ReadonlyMap<string, CertificateExtension>): string | undefined {
  const extension = extensions.get(OID.authorityKeyIdentifier);
  return extension && readKeyId(extension.value);
}

function isTime(field: Buffer | undefined): boolean {
  return field?.[0] === 0x17 || field?.[0] === 0x18;
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
