import { createHash, type KeyObject } from 'node:crypto';
import { encodedChildren, encodedContent } from '../../src/tls/derBytes.ts';
import {
  encodeExtension,
  mint,
  NOW,
  usualSigner,
  type ExtensionValue,
  type Minted,
  type MintRequest,
  type Signer,
} from './certificateBuilder.ts';
import { bits, der, explicit, implicit, integer, nothing, octets, oid, sequence } from './derBuilder.ts';

export const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
export const HOUR = 3_600_000;
const MINUTE = 60_000;

const HASH_OIDS = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  md5: '1.2.840.113549.2.5',
} as const;

/** @param at milliseconds since 1970 */
export function generalizedTime(at: number): Buffer {
  return der(0x18, new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, ''));
}

/** The bits of an encoded SubjectPublicKeyInfo, as key hashes are made of. */
function keyBits(spki: Buffer): Buffer {
  const [, key] = encodedChildren(spki);
  return encodedContent(key, 0x03).subarray(1);
}

export interface AnswerRequest {
  readonly issuer: Minted;
  /** Hex of the INTEGER's content. */
  readonly serial: string;
  /** Default good. Bytes are taken as they are. */
  readonly status?: 'good' | 'revoked' | 'unknown' | Buffer;
  readonly hash?: keyof typeof HASH_OIDS;
  /** In place of the issuer's. */
  readonly issuerName?: Buffer;
  readonly issuerSpki?: Buffer;
  /** Milliseconds since 1970. Default: a minute ago. */
  readonly thisUpdate?: number;
  /** Default: in an hour. `none` leaves it out. */
  readonly nextUpdate?: number | 'none';
  readonly extensions?: readonly ExtensionValue[];
}

function encodeStatus(status: AnswerRequest['status']): Buffer {
  if (Buffer.isBuffer(status)) return status;
  switch (status) {
    case 'revoked':
      return explicit(1, generalizedTime(NOW - HOUR), explicit(0, der(0x0a, '\u0006')));
    case 'unknown':
      return implicit(2, '');
    default:
      return implicit(0, '');
  }
}

function encodeAnswer(request: AnswerRequest): Buffer {
  const { issuer, hash = 'sha1', nextUpdate = NOW + HOUR, extensions = [] } = request;
  const digest = (bytes: Buffer): Buffer => octets(createHash(hash).update(bytes).digest());
  return sequence(
    sequence(
      sequence(oid(HASH_OIDS[hash]), nothing),
      digest(request.issuerName ?? issuer.name),
      digest(keyBits(request.issuerSpki ?? issuer.spki)),
      integer(request.serial),
    ),
    encodeStatus(request.status),
    generalizedTime(request.thisUpdate ?? NOW - MINUTE),
    ...(nextUpdate === 'none' ? [] : [explicit(0, generalizedTime(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [explicit(1, sequence(...extensions.map(encodeExtension)))]),
  );
}

export interface ResponseRequest {
  readonly answers: readonly (AnswerRequest | Buffer)[];
  /** Who signs: the issuer itself, or a responder whose certificate comes along. */
  readonly signer: Minted;
  readonly key?: KeyObject;
  readonly algorithm?: Signer;
  /** How the signer is named. Default: by name. */
  readonly by?: 'name' | 'key' | Buffer;
  readonly certificates?: readonly Minted[];
  readonly extensions?: readonly ExtensionValue[];
  readonly version?: Buffer;
  readonly status?: number;
  readonly tamper?: (response: Buffer) => Buffer;
}

/** Makes an OCSP response, DER, in which everything can be chosen, also against the rules. */
export function mintResponse(request: ResponseRequest): Buffer {
  const { signer, by = 'name', certificates = [], extensions = [], status = 0 } = request;
  if (status !== 0) return sequence(der(0x0a, Buffer.from([status])));
  const key = request.key ?? signer.key;
  const algorithm = request.algorithm ?? usualSigner(key);
  const responder = Buffer.isBuffer(by)
    ? by
    : by === 'name'
      ? explicit(1, signer.name)
      : explicit(2, octets(createHash('sha1').update(keyBits(signer.spki)).digest()));
  const tbs = sequence(
    ...(request.version === undefined ? [] : [request.version]),
    responder,
    generalizedTime(NOW - MINUTE),
    sequence(...request.answers.map((answer) => (Buffer.isBuffer(answer) ? answer : encodeAnswer(answer)))),
    ...(extensions.length === 0 ? [] : [explicit(1, sequence(...extensions.map(encodeExtension)))]),
  );
  const basic = sequence(
    tbs,
    algorithm.algorithm,
    bits(algorithm.sign(tbs, key)),
    ...(certificates.length === 0 ? [] : [explicit(0, sequence(...certificates.map((one) => one.der)))]),
  );
  const response = sequence(
    der(0x0a, '\0'),
    explicit(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))),
  );
  return request.tamper?.(response) ?? response;
}

/** A responder to which the issuer gave a certificate. */
export function mintResponder(issuer: Minted, request: Partial<MintRequest> = {}): Minted {
  return mint({ subject: 'CN=Responder', issuer, usages: [OCSP_SIGNING], ...request });
}
