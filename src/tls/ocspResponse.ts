import { createHash, type KeyObject } from 'node:crypto';
import { addExtension } from './certificate.ts';
import type { CertificateExtension } from './certificateExtensions.ts';
import { bufferOf, child, DerType, isUniversal, oidOf, parseDer, sequenceOf } from './der.ts';
import { encodedChildren, encodedContent, encodedSequence, requireDer } from './derBytes.ts';
import { parseDerTime } from './derTime.ts';
import { readDirectoryName } from './directoryName.ts';
import { CERT_ID_HASHES, type CertIdHash, type OcspCertId } from './ocspCertId.ts';
import type { PublicKeyInfo } from './publicKeyInfo.ts';
import { fitsKey, readSignatureAlgorithm, verifySignature } from './signatureAlgorithm.ts';

/** A basic OCSP response. Reading it proves nothing; see `judgeOcspResponse.ts`. */
export interface OcspResponse {
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  /** Why it answers nothing: the responder says so, or an unknown critical extension. Then nothing else is in it. */
  readonly unusable: string | undefined;
  /** Who says it has signed: the key of a name as in `directoryName.ts`, or the SHA-1 of a key's bits in hex. */
  readonly responder: { readonly name: string } | { readonly keyHash: string };
  readonly answers: readonly OcspAnswer[];
  /** Content of the nonce extension, hex. */
  readonly nonce: string | undefined;
  /** Encoded certificates that came along. */
  readonly certificates: readonly Buffer[];
  isSignedBy(key: KeyObject, info: PublicKeyInfo): boolean;
}

/** What it says about one certificate. */
export interface OcspAnswer {
  readonly id: OcspCertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

/** Bytes. A response with four certificates of RSA-4096 in it takes about 8 kB. */
export const LARGEST_OCSP_RESPONSE = 65_536;
const MOST_CERTIFICATES = 4;

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
export const NONCE = '1.3.6.1.5.5.7.48.1.2';

const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const ENUMERATED = 0x0a;
const GENERALIZED_TIME = 0x18;
const CONTEXT = [0xa0, 0xa1, 0xa2] as const;

/** RFC 6960 4.2.1. There is no 4. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['01', 'the responder calls the request malformed'],
  ['02', 'the responder has an internal error'],
  ['03', 'the responder says to try later'],
  ['05', 'the responder wants signed requests'],
  ['06', 'the responder does not serve this requester'],
]);

/** Reads one DER OCSP response. @returns undefined for anything else, other types of response included */
export function readOcspResponse(der: Buffer): OcspResponse | undefined {
  if (der.length > LARGEST_OCSP_RESPONSE) return undefined;
  try {
    requireDer(der);
    const [statusBytes, wrapper, ...more] = encodedSequence(der);
    const status = encodedContent(statusBytes, ENUMERATED).toString('hex');
    if (status !== '00') {
      const unusable = STATUSES.get(status);
      if (unusable === undefined || wrapper !== undefined) throw new Error('an unknown status');
      return unanswered(der, unusable);
    }
    if (more.length > 0) throw new Error('no response');
    const [type, basic, ...others] = encodedSequence(onlyChild(tagged(wrapper, 0)));
    if (type === undefined || others.length > 0 || oidOf(parseDer(type)) !== BASIC_RESPONSE) {
      throw new Error('no basic response');
    }
    return walk(der, encodedContent(basic, OCTET_STRING));
  } catch {
    return undefined;
  }
}

/** Does the response carry the nonce of the request? */
export function isNonceOf({ nonce }: OcspResponse, sent: Buffer): boolean {
  return nonce === encodeNonce(sent).toString('hex');
}

/** The content of the nonce extension: an OCTET STRING of up to 127 bytes. */
export function encodeNonce(nonce: Buffer): Buffer {
  return Buffer.concat([Buffer.from([OCTET_STRING, nonce.length]), nonce]);
}

function unanswered(der: Buffer, unusable: string): OcspResponse {
  return {
    sha256: sha256(der),
    unusable,
    responder: { name: '' },
    answers: [],
    nonce: undefined,
    certificates: [],
    isSignedBy: () => false,
  };
}

function walk(der: Buffer, basic: Buffer): OcspResponse {
  requireDer(basic);
  const [tbs, algorithmBytes, signatureBytes, along, ...more] = encodedSequence(basic);
  const signature = encodedContent(signatureBytes, BIT_STRING);
  if (tbs === undefined || algorithmBytes === undefined || more.length > 0 || signature[0] !== 0) {
    throw new Error('no basic response');
  }
  const certificates = along === undefined ? [] : encodedSequence(onlyChild(tagged(along, 0)));
  if (certificates.length > MOST_CERTIFICATES) throw new Error('too many certificates');

  const fields = [...encodedSequence(tbs)];
  if (fields[0]?.[0] === CONTEXT[0]) {
    if (onlyChild(fields.shift() ?? tbs).toString('hex') !== '020100') throw new Error('not version 1');
  }
  const responder = readResponder(fields.shift());
  readTime(fields.shift());
  const list = fields.shift();
  const extensions = readExtensions(fields);
  const answers = encodedSequence(list).map(readAnswer);
  const critical = [...extensions, ...answers.flatMap((answer) => [...answer.extensions])].find(
    ([oid, extension]) => extension.critical && oid !== NONCE,
  );
  if (critical !== undefined) {
    return unanswered(der, `a critical extension (${critical[0]}) of an OCSP response is not evaluated`);
  }
  const algorithm = readSignatureAlgorithm(parseDer(algorithmBytes));
  return {
    sha256: sha256(der),
    unusable: undefined,
    responder,
    answers: answers.map(({ answer }) => answer),
    nonce: extensions.get(NONCE)?.value.toString('hex'),
    certificates,
    isSignedBy: (key, info) =>
      algorithm !== undefined &&
      fitsKey(algorithm, info) &&
      verifySignature(algorithm, tbs, key, signature.subarray(1)),
  };
}

function readResponder(field: Buffer | undefined): OcspResponse['responder'] {
  if (field?.[0] === CONTEXT[1]) return { name: readDirectoryName(parseDer(onlyChild(field))).key };
  const keyHash = encodedContent(onlyChild(tagged(field, 2)), OCTET_STRING);
  if (keyHash.length !== 20) throw new Error('no hash of a key');
  return { keyHash: keyHash.toString('hex') };
}

function readAnswer(bytes: Buffer): {
  readonly answer: OcspAnswer;
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
} {
  const [id, status, thisUpdate, ...rest] = encodedSequence(bytes);
  if (id === undefined || status === undefined) throw new Error('no answer');
  const nextUpdate = rest[0]?.[0] === CONTEXT[0] ? readTime(onlyChild(rest.shift() ?? bytes)) : undefined;
  return {
    answer: { id: readCertId(id), status: readStatus(status), thisUpdate: readTime(thisUpdate), nextUpdate },
    extensions: readExtensions(rest),
  };
}

/** @throws Error for a hash nobody uses: such an answer cannot be compared with any certificate */
function readCertId(bytes: Buffer): OcspCertId {
  const [algorithm, name, key, serial, ...more] = sequenceOf(parseDer(bytes));
  const oid = algorithm === undefined ? '' : oidOf(child(algorithm, 0));
  const hash = Object.entries(CERT_ID_HASHES).find(([, id]) => id === oid)?.[0] as CertIdHash | undefined;
  if (
    hash === undefined ||
    !isUniversal(name, DerType.OCTETSTRING) ||
    !isUniversal(key, DerType.OCTETSTRING) ||
    !isUniversal(serial, DerType.INTEGER) ||
    more.length > 0
  ) {
    throw new Error('no id of a certificate');
  }
  const hex = (node: typeof name): string => bufferOf(node).toString('hex');
  return {
    hash,
    issuerNameHash: hex(name),
    issuerKeyHash: hex(key),
    serialHex: bufferOf(serial).toString('hex'),
  };
}

/** When and why a certificate was revoked changes nothing: on hold is revoked, too. */
function readStatus(bytes: Buffer): OcspAnswer['status'] {
  switch (bytes[0]) {
    case 0x80:
      if (bytes.length !== 2) throw new Error('good says no more');
      return 'good';
    case 0xa1:
      readTime(encodedChildren(bytes)[0]);
      return 'revoked';
    case 0x82:
      if (bytes.length !== 2) throw new Error('unknown says no more');
      return 'unknown';
    default:
      throw new Error('an unknown status of a certificate');
  }
}

function readExtensions(fields: readonly Buffer[]): ReadonlyMap<string, CertificateExtension> {
  const found = new Map<string, CertificateExtension>();
  const [field, ...more] = fields;
  if (field === undefined) return found;
  if (more.length > 0) throw new Error('an unknown field');
  for (const extension of sequenceOf(parseDer(onlyChild(tagged(field, 1))))) addExtension(extension, found);
  return found;
}

function readTime(bytes: Buffer | undefined): number {
  if (bytes?.[0] !== GENERALIZED_TIME) throw new Error('no GeneralizedTime');
  return parseDerTime(bytes);
}

function tagged(bytes: Buffer | undefined, tag: 0 | 1 | 2): Buffer {
  if (bytes?.[0] !== CONTEXT[tag]) throw new Error('another field was expected');
  return bytes;
}

function onlyChild(bytes: Buffer): Buffer {
  const [first, ...more] = encodedChildren(bytes);
  if (first === undefined || more.length > 0) throw new Error('one value was expected');
  return first;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
