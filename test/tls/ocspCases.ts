import {
  DAY,
  EXTENSION,
  keyUsage,
  mint,
  mintList,
  name,
  NOW,
  SIGNERS,
  testKey,
  USAGE,
  type ExtensionValue,
  type Minted,
} from '../support/certificateBuilder.ts';
import { der, explicit, implicit, integer, nothing, octets, printable } from '../support/derBuilder.ts';
import {
  HOUR,
  mintResponder,
  mintResponse,
  OCSP_SIGNING,
  type AnswerRequest,
  type ResponseRequest,
} from '../support/ocspBuilder.ts';

/** One response about the certificate {@link device}, and what shall come of it. */
export interface OcspCase {
  readonly name: string;
  readonly expected: 'valid' | 'revoked' | 'revocationUnknown';
  readonly response: Buffer;
  readonly device: Minted;
  readonly issuer: Minted;
  readonly crls: readonly string[];
  readonly at: number;
  /** Why OpenSSL comes to another verdict, where it does. */
  readonly opensslDiffers?: string;
}

type Changes = Partial<Pick<OcspCase, 'device' | 'issuer' | 'crls' | 'at' | 'opensslDiffers'>>;

const SERIAL = '0badcafe';
export const issuer = mint({ subject: 'CN=Issuer', ca: true });
export const device = mint({ subject: 'CN=device', issuer, serial: SERIAL });
const responder = mintResponder(issuer);
const MINUTE = 60_000;
const LENIENT = 'OpenSSL does not look at this';
const LEVEL = 'a matter of its security level';

function make(
  title: string,
  expected: OcspCase['expected'],
  request: Partial<ResponseRequest>,
  changes: Changes = {},
): OcspCase {
  const response = mintResponse({ answers: [{ issuer, serial: SERIAL }], signer: issuer, ...request });
  return { name: title, expected, response, device, issuer, crls: [], at: NOW, ...changes };
}

const answered = (
  title: string,
  expected: OcspCase['expected'],
  answer: Partial<AnswerRequest>,
  changes: Changes = {},
): OcspCase => make(title, expected, { answers: [{ issuer, serial: SERIAL, ...answer }] }, changes);

const delegated = (
  title: string,
  expected: OcspCase['expected'],
  signer: Minted,
  request: Partial<ResponseRequest> = {},
  changes: Changes = {},
): OcspCase => make(title, expected, { signer, certificates: [signer], ...request }, changes);

const extension = (id: string, critical: boolean): readonly ExtensionValue[] => [
  { oid: id, critical, value: nothing },
];

const answers: readonly OcspCase[] = [
  answered('good', 'valid', {}),
  answered('revoked', 'revoked', { status: 'revoked' }),
  answered('revoked without a reason', 'revoked', {
    status: explicit(1, der(0x18, '20260101000000Z')),
  }),
  answered('on hold', 'revoked', {
    status: explicit(1, der(0x18, '20260101000000Z'), explicit(0, der(0x0a, '\u0006'))),
  }),
  answered('"removed from the list"', 'revoked', {
    status: explicit(1, der(0x18, '20260101000000Z'), explicit(0, der(0x0a, '\u0008'))),
  }),
  answered('unknown', 'revocationUnknown', { status: 'unknown' }),
  answered(
    'SHA-256 in the id',
    'valid',
    { hash: 'sha256' },
    { opensslDiffers: 'the command looks for SHA-1 unless it is told otherwise' },
  ),
  answered('MD5 in the id', 'revocationUnknown', { hash: 'md5' }),
  answered('another serial number', 'revocationUnknown', { serial: '0badcaff' }),
  answered('the serial number with a zero before it', 'revocationUnknown', { serial: '000badcafe' }),
  answered('another issuer name', 'revocationUnknown', { issuerName: name(['CN=Other']) }),
  answered('another issuer key', 'revocationUnknown', { issuerSpki: responder.spki }),
  make('no answer', 'revocationUnknown', { answers: [] }),
  make('one of several', 'valid', {
    answers: [
      { issuer, serial: '01', status: 'revoked' },
      { issuer, serial: SERIAL },
    ],
  }),
  make(
    'good and revoked',
    'revoked',
    {
      answers: [
        { issuer, serial: SERIAL },
        { issuer, serial: SERIAL, status: 'revoked' },
      ],
    },
    { opensslDiffers: 'OpenSSL takes the first answer' },
  ),
  make(
    'good and unknown',
    'revocationUnknown',
    {
      answers: [
        { issuer, serial: SERIAL },
        { issuer, serial: SERIAL, status: 'unknown', hash: 'sha256' },
      ],
    },
    { opensslDiffers: 'OpenSSL takes the first answer' },
  ),
];

const times: readonly OcspCase[] = [
  answered('at thisUpdate', 'valid', { thisUpdate: NOW }),
  answered('a clock a minute ahead', 'valid', { thisUpdate: NOW + MINUTE }),
  answered('a clock farther ahead', 'revocationUnknown', { thisUpdate: NOW + MINUTE + 1_000 }),
  answered('revoked from tomorrow on', 'revocationUnknown', {
    status: 'revoked',
    thisUpdate: NOW + DAY,
    nextUpdate: NOW + 2 * DAY,
  }),
  answered('a second before nextUpdate', 'valid', { nextUpdate: NOW + 1_000 }),
  answered('at nextUpdate', 'revocationUnknown', { nextUpdate: NOW }),
  answered('after nextUpdate', 'revocationUnknown', { thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR }),
  answered('revoked, out of date', 'revoked', {
    status: 'revoked',
    thisUpdate: NOW - 2 * HOUR,
    nextUpdate: NOW - HOUR,
  }),
  answered('without nextUpdate, a minute old', 'valid', { nextUpdate: 'none' }),
  answered('without nextUpdate, ten minutes old', 'revocationUnknown', {
    nextUpdate: 'none',
    thisUpdate: NOW - 10 * MINUTE,
  }),
  answered('nextUpdate before thisUpdate', 'revocationUnknown', {
    thisUpdate: NOW - MINUTE,
    nextUpdate: NOW - HOUR,
  }),
];

const noUse = mint({ subject: 'CN=device 2', issuer, serial: SERIAL });
const rogueIssuer = mint({ subject: 'CN=Issuer', ca: true, key: testKey('rogue') });
const otherCa = mint({ subject: 'CN=Other', ca: true });
const subordinate = mint({ subject: 'CN=Subordinate', ca: true, issuer });
const quiet = mint({
  subject: 'CN=Quiet',
  ca: true,
  extensions: [{ oid: EXTENSION.keyUsage, critical: true, value: keyUsage(5) }],
});
const rsaIssuer = mint({ subject: 'CN=RSA Issuer', ca: true, key: testKey('rsa', 'RSA-2048') });

const signers: readonly OcspCase[] = [
  make('the issuer, by name', 'valid', {}),
  make('the issuer, by its key', 'valid', { by: 'key' }),
  make(
    'the issuer with an RSA key',
    'valid',
    { answers: [{ issuer: rsaIssuer, serial: SERIAL }], signer: rsaIssuer },
    {
      issuer: rsaIssuer,
      device: mint({ subject: 'CN=device', issuer: rsaIssuer, serial: SERIAL }),
    },
  ),
  make('the issuer, its name in another string type', 'valid', {
    by: explicit(1, name(['CN= issuer'], printable)),
  }),
  make('by a name that is not the signer', 'revocationUnknown', { by: explicit(1, otherCa.name) }),
  make('by the hash of another key', 'revocationUnknown', {
    by: explicit(2, octets(Buffer.alloc(20, 7))),
  }),
  make('another key of the same name', 'revocationUnknown', { signer: rogueIssuer }),
  make('another key of the same name, whose certificate comes along', 'revocationUnknown', {
    signer: rogueIssuer,
    certificates: [rogueIssuer],
  }),
  make('signed with SHA-1', 'revocationUnknown', { algorithm: SIGNERS.ecdsaSha1 }, { opensslDiffers: LEVEL }),
  make('a changed signature', 'revocationUnknown', {
    tamper: (bytes) => {
      const changed = Buffer.from(bytes);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return changed;
    },
  }),
  make(
    'an issuer whose key may sign certificates only',
    'revocationUnknown',
    { answers: [{ issuer: quiet, serial: SERIAL }], signer: quiet },
    {
      issuer: quiet,
      device: mint({ subject: 'CN=device', issuer: quiet, serial: SERIAL }),
      opensslDiffers: LENIENT,
    },
  ),
  delegated('a responder', 'valid', responder),
  delegated('a responder, by its key', 'valid', responder, { by: 'key' }),
  delegated('a responder that says "revoked"', 'revoked', responder, {
    answers: [{ issuer, serial: SERIAL, status: 'revoked' }],
  }),
  delegated('a responder behind other certificates', 'valid', responder, {
    certificates: [otherCa, issuer, responder],
  }),
  delegated('a responder whose certificate is missing', 'revocationUnknown', responder, { certificates: [] }),
  delegated(
    'a responder beside four certificates',
    'revocationUnknown',
    responder,
    {
      certificates: [otherCa, issuer, otherCa, issuer, responder],
    },
    { opensslDiffers: LENIENT },
  ),
  delegated('a responder of another CA', 'revocationUnknown', mintResponder(otherCa)),
  delegated('a responder of a CA below', 'revocationUnknown', mintResponder(subordinate), {
    certificates: [mintResponder(subordinate), subordinate],
  }),
  delegated('a responder of another key of the same name', 'revocationUnknown', mintResponder(rogueIssuer)),
  delegated('a device', 'revocationUnknown', noUse),
  delegated(
    'for every usage, but not this one',
    'revocationUnknown',
    mintResponder(issuer, { usages: [USAGE.any] }),
  ),
  delegated('without extended key usage', 'revocationUnknown', mintResponder(issuer, { usages: 'none' })),
  delegated(
    'for this and another usage',
    'valid',
    mintResponder(issuer, { usages: [USAGE.client, OCSP_SIGNING] }),
  ),
  delegated(
    'without digitalSignature',
    'revocationUnknown',
    mintResponder(issuer, {
      extensions: [{ oid: EXTENSION.keyUsage, critical: true, value: keyUsage(2) }],
    }),
    {},
    { opensslDiffers: LENIENT },
  ),
  delegated('without keyUsage', 'valid', mintResponder(issuer, { without: [EXTENSION.keyUsage] })),
  delegated(
    'with an unknown critical extension',
    'revocationUnknown',
    mintResponder(issuer, { extensions: extension('1.2.3', true) }),
  ),
  delegated('that has expired', 'revocationUnknown', mintResponder(issuer, { notAfter: NOW - 1_000 })),
  delegated('of tomorrow', 'revocationUnknown', mintResponder(issuer, { notBefore: NOW + 1_000 })),
  delegated(
    'with a weak key',
    'revocationUnknown',
    mintResponder(issuer, { key: testKey('weak', 'RSA-1024') }),
    {},
    { opensslDiffers: LEVEL },
  ),
  delegated(
    'with a certificate signed with SHA-1',
    'revocationUnknown',
    mintResponder(issuer, { signer: SIGNERS.ecdsaSha1 }),
    {},
    { opensslDiffers: LEVEL },
  ),
  delegated(
    'with a certificate of version 1',
    'revocationUnknown',
    mintResponder(issuer, {
      version: 'none',
      rawExtensions: [],
    }),
  ),
  delegated(
    'whose own certificate was revoked',
    'revocationUnknown',
    mintResponder(issuer, { serial: '77' }),
    {},
    { crls: [mintList({ issuer, revoked: ['77'], nextUpdate: NOW - 1_000 })], opensslDiffers: LENIENT },
  ),
];

const NONCE = '1.3.6.1.5.5.7.48.1.2';
const shapes: readonly OcspCase[] = [
  make(
    'an unknown critical extension',
    'revocationUnknown',
    { extensions: extension('1.2.3', true) },
    {
      opensslDiffers: LENIENT,
    },
  ),
  make('an unknown extension', 'valid', { extensions: extension('1.2.3', false) }),
  make('a nonce nobody sent', 'valid', {
    extensions: [{ oid: NONCE, value: octets(Buffer.alloc(16, 1)) }],
  }),
  answered(
    'an unknown critical extension of the answer',
    'revocationUnknown',
    { extensions: extension('1.2.3', true) },
    { opensslDiffers: LENIENT },
  ),
  answered('an unknown extension of the answer', 'valid', { extensions: extension('1.2.3', false) }),
  make(
    'an extension twice',
    'revocationUnknown',
    {
      extensions: [...extension('1.2.3', false), ...extension('1.2.3', false)],
    },
    { opensslDiffers: LENIENT },
  ),
  make('version 1, spelt out', 'valid', { version: explicit(0, integer(0)) }),
  make('version 2', 'revocationUnknown', { version: explicit(0, integer(1)) }, { opensslDiffers: LENIENT }),
  ...[1, 2, 3, 5, 6].map((status) => make(`status ${status}`, 'revocationUnknown', { status })),
  make('status 4', 'revocationUnknown', { status: 4 }),
  answered('good with content', 'revocationUnknown', { status: implicit(0, 'x') }),
  answered('a status nobody knows', 'revocationUnknown', { status: implicit(3, '') }),
  make(
    'bytes after it',
    'revocationUnknown',
    { tamper: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) },
    {
      opensslDiffers: LENIENT,
    },
  ),
  make('cut off', 'revocationUnknown', { tamper: (bytes) => bytes.subarray(0, -1) }),
  make(
    'an overlong length',
    'revocationUnknown',
    {
      tamper: (bytes) => Buffer.concat([Buffer.from([0x30, 0x83, 0]), bytes.subarray(2)]),
    },
    { opensslDiffers: 'OpenSSL reads BER' },
  ),
  make('something else', 'revocationUnknown', { tamper: () => Buffer.from('<html></html>') }),
  make('nothing', 'revocationUnknown', { tamper: () => Buffer.alloc(0) }),
  make(
    'larger than any',
    'revocationUnknown',
    {
      extensions: [{ oid: '1.2.3', value: octets(Buffer.alloc(65_536)) }],
    },
    { opensslDiffers: LENIENT },
  ),
];

const negative = mint({ subject: 'CN=device', issuer, serial: 'd401' });
const serials: readonly OcspCase[] = [
  make('a negative serial number', 'valid', { answers: [{ issuer, serial: 'd401' }] }, { device: negative }),
  make(
    'its positive twin',
    'revocationUnknown',
    { answers: [{ issuer, serial: '00d401' }] },
    { device: negative },
  ),
  make('its magnitude', 'revocationUnknown', { answers: [{ issuer, serial: '2bff' }] }, { device: negative }),
];

const both: readonly OcspCase[] = [
  answered('good here and there', 'valid', {}, { crls: [mintList({ issuer })] }),
  answered('good here, revoked there', 'revoked', {}, { crls: [mintList({ issuer, revoked: [SERIAL] })] }),
  answered('revoked here, good there', 'revoked', { status: 'revoked' }, { crls: [mintList({ issuer })] }),
  answered('unknown here, good there', 'valid', { status: 'unknown' }, { crls: [mintList({ issuer })] }),
  answered(
    'good here, a stale list there',
    'valid',
    {},
    {
      crls: [mintList({ issuer, thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY })],
    },
  ),
  answered(
    'good here, revoked on a stale list',
    'valid',
    {},
    {
      crls: [mintList({ issuer, thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY, revoked: [SERIAL] })],
    },
  ),
  answered(
    'revoked here, but out of date, good there',
    'valid',
    { status: 'revoked', thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR },
    { crls: [mintList({ issuer })] },
  ),
];

/** By the part of RFC 6960 they are about. `both`: beside a revocation list. */
export const OCSP_CASES: Readonly<Record<string, readonly OcspCase[]>> = {
  answers,
  times,
  signers,
  shapes,
  serials,
  both,
};
