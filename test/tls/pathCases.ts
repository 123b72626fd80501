import type { PathFault, Purpose } from '../../src/tls/certificatePath.ts';
import {
  basicConstraints,
  DAY,
  EXTENSION,
  keyUsage,
  mint,
  mintList,
  NAME,
  name,
  nameConstraints,
  NOW,
  pss,
  SIGNERS,
  testKey,
  USAGE,
  type ExtensionValue,
  type Minted,
  type MintRequest,
} from '../support/certificateBuilder.ts';
import { bits, der, integer, nothing, octets, oid, printable, sequence } from '../support/derBuilder.ts';

/** One certificate with its surroundings, and what shall come of it. */
export interface PathCase {
  readonly name: string;
  readonly expected: 'valid' | PathFault;
  readonly leaf: Minted;
  readonly intermediates: readonly Minted[];
  readonly anchors: readonly Minted[];
  readonly crls: readonly string[];
  readonly at: number;
  readonly purpose: Purpose;
  readonly hostname?: string;
  readonly maxDepth?: number;
  readonly crlPolicy?: 'require' | 'whenPresent';
  /** Why OpenSSL comes to another verdict, where it does. */
  readonly opensslDiffers?: string;
}

type Changes = Partial<Omit<PathCase, 'name' | 'expected' | 'leaf' | 'anchors' | 'intermediates'>>;

export const root = mint({ subject: 'CN=Root', ca: true });
export const middle = mint({ subject: 'CN=Middle', ca: true, issuer: root });

function make(
  title: string,
  expected: PathCase['expected'],
  chain: readonly Minted[],
  changes: Changes = {},
): PathCase {
  const [leaf = root] = chain;
  return {
    name: title,
    expected,
    leaf,
    intermediates: chain.slice(1, -1),
    anchors: chain.slice(-1),
    crls: [],
    at: NOW,
    purpose: 'client',
    ...changes,
  };
}

/** A path root – middle – leaf in which one certificate is changed. */
const leafWith = (request: Partial<MintRequest>): readonly Minted[] => [
  mint({ subject: 'CN=leaf', issuer: middle, ...request }),
  middle,
  root,
];

function middleWith(
  request: Partial<MintRequest>,
  leafRequest: Partial<MintRequest> = {},
): readonly Minted[] {
  const changed = mint({ subject: 'CN=Middle', ca: true, issuer: root, ...request });
  return [mint({ subject: 'CN=leaf', issuer: changed, ...leafRequest }), changed, root];
}

function rootWith(request: Partial<MintRequest>): readonly Minted[] {
  const changed = mint({ subject: 'CN=Root', ca: true, ...request });
  const below = mint({ subject: 'CN=Middle', ca: true, issuer: changed });
  return [mint({ subject: 'CN=leaf', issuer: below }), below, changed];
}

const extension = (
  id: string,
  value: Buffer,
  critical = false,
): { readonly extensions: readonly ExtensionValue[] } => ({
  extensions: [{ oid: id, critical, value }],
});

/** A chain of CAs below the root, each with its request; the leaf under the last. */
function chainOf(cas: readonly Partial<MintRequest>[], top: Minted = root): readonly Minted[] {
  const made: Minted[] = [top];
  for (const [index, request] of cas.entries()) {
    made.unshift(mint({ subject: `CN=CA ${index}`, ca: true, issuer: made[0], ...request }));
  }
  return [mint({ subject: 'CN=leaf', issuer: made[0] }), ...made];
}

const STRICT = '-x509_strict holds CAs to rules for writing that RFC 5280 6.1 does not check';
const LENIENT = 'OpenSSL does not look at this';
const USAGE_RULE = 'this project wants a client to say that it is one';

const rsa = testKey('rsa', 'RSA-2048');
const rsaRoot = mint({ subject: 'CN=RSA Root', ca: true, key: rsa });
const under = (issuer: Minted, request: Partial<MintRequest> = {}): readonly Minted[] => [
  mint({ subject: 'CN=leaf', issuer, ...request }),
  issuer,
];
const rootOf = (kind: Parameters<typeof testKey>[1]): Minted =>
  mint({ subject: 'CN=Other Root', ca: true, key: testKey('other root', kind) });

const signatures: readonly PathCase[] = [
  make('ECDSA P-256', 'valid', leafWith({})),
  make('ECDSA P-256 with SHA-512', 'valid', leafWith({ signer: SIGNERS.ecdsaSha512 })),
  make('ECDSA P-384', 'valid', under(rootOf('P-384'), { signer: SIGNERS.ecdsaSha384 })),
  make('ECDSA P-521', 'valid', under(rootOf('P-521'), { signer: SIGNERS.ecdsaSha512 })),
  make('Ed25519', 'valid', under(rootOf('Ed25519'))),
  make('RSA PKCS#1 v1.5', 'valid', under(rsaRoot)),
  make('RSA with SHA-384', 'valid', under(rsaRoot, { signer: SIGNERS.rsaSha384 })),
  make('RSA without the NULL', 'valid', under(rsaRoot, { signer: SIGNERS.rsaSha256WithoutNull })),
  make('RSA-PSS', 'valid', under(rsaRoot, { signer: pss('sha256', 32) })),
  make('RSA-PSS with SHA-512', 'valid', under(rsaRoot, { signer: pss('sha512', 64) })),
  make('RSA-PSS with a short salt', 'weakSignature', under(rsaRoot, { signer: pss('sha256', 8) }), {
    opensslDiffers: LENIENT,
  }),
  make('an Ed25519 leaf', 'valid', leafWith({ key: testKey('leaf', 'Ed25519') })),
  make('a P-384 leaf', 'valid', leafWith({ key: testKey('leaf', 'P-384') })),
  make('Ed448', 'weakSignature', under(rootOf('Ed448')), { opensslDiffers: 'OpenSSL accepts Ed448' }),
  make('ECDSA with SHA-1', 'weakSignature', leafWith({ signer: SIGNERS.ecdsaSha1 }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('RSA with SHA-1', 'weakSignature', under(rsaRoot, { signer: SIGNERS.rsaSha1 }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('ECDSA with a NULL', 'weakSignature', leafWith({ signer: SIGNERS.ecdsaSha256WithNull }), {
    opensslDiffers: LENIENT,
  }),
  make('a middle CA signed with SHA-1', 'weakSignature', middleWith({ signer: SIGNERS.ecdsaSha1 }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('an anchor signed with SHA-1', 'valid', rootWith({ signer: SIGNERS.ecdsaSha1 })),
  make('an anchor whose own signature is bad', 'valid', rootWith({ tamper: flipLastBit })),
  make('a leaf with a 1024-bit RSA key', 'weakKey', leafWith({ key: testKey('weak', 'RSA-1024') }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('a CA with a 1024-bit RSA key', 'weakKey', middleWith({ key: testKey('weak', 'RSA-1024') }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('an anchor with a 1024-bit RSA key', 'weakKey', rootWith({ key: testKey('weak', 'RSA-1024') }), {
    opensslDiffers: 'a matter of its security level',
  }),
  make('a leaf on another curve', 'weakKey', leafWith({ key: testKey('odd', 'secp256k1') }), {
    opensslDiffers: LENIENT,
  }),
  make('a changed signature', 'untrusted', leafWith({ tamper: flipLastBit })),
  make('a changed middle CA', 'untrusted', middleWith({ tamper: flipLastBit })),
  make('signed by another key of the same name', 'untrusted', [
    mint({ subject: 'CN=leaf', issuer: mint({ subject: 'CN=Root', ca: true, key: testKey('rogue') }) }),
    root,
  ]),
  make('the wrong issuer name', 'untrusted', leafWith({ issuerName: name(['CN=Nobody']) })),
  make('a path without an anchor', 'untrusted', [
    ...leafWith({}).slice(0, 2),
    mint({ subject: 'CN=Elsewhere', ca: true }),
  ]),
  make('a self-signed leaf', 'untrusted', [mint({ subject: 'CN=leaf' }), root]),
  make(
    'a name in UTF-32',
    'valid',
    leafWith({
      issuerName: name(['CN=Middle'], (text) =>
        der(0x1c, Buffer.from(text, 'utf16le').swap16().toString('latin1').replaceAll(/../gs, '\0\0$&')),
      ),
    }),
  ),
  make(
    'names that differ in case, spaces and string type',
    'valid',
    leafWith({ issuerName: name(['CN=  mIDDLE '], printable) }),
  ),
];

const times: readonly PathCase[] = [
  make('at notBefore', 'valid', leafWith({ notBefore: NOW })),
  make('at notAfter', 'valid', leafWith({ notAfter: NOW }), {
    opensslDiffers: 'OpenSSL counts the last second as over',
  }),
  make('a second before notBefore', 'notYetValid', leafWith({ notBefore: NOW + 1_000 })),
  make('a second after notAfter', 'expired', leafWith({ notAfter: NOW - 1_000 })),
  make('a fraction of a second after notAfter', 'expired', leafWith({ notAfter: NOW }), { at: NOW + 1 }),
  make('an expired middle CA', 'expired', middleWith({ notAfter: NOW - DAY })),
  make('a middle CA of tomorrow', 'notYetValid', middleWith({ notBefore: NOW + DAY })),
  make('an expired anchor', 'expired', rootWith({ notAfter: NOW - DAY })),
  make('until 2060', 'valid', leafWith({ notAfter: Date.UTC(2060, 0, 1) })),
  make(
    'without an end',
    'valid',
    leafWith({ validity: sequence(der(0x17, '200101000000Z'), der(0x18, '99991231235959Z')) }),
  ),
];

const authorities: readonly PathCase[] = [
  make(
    'a middle that is no CA',
    'notACa',
    middleWith({ ca: false, usages: 'none', extensions: [{ oid: EXTENSION.keyUsage, value: keyUsage(5) }] }),
  ),
  make('a middle without basicConstraints', 'notACa', middleWith({ without: [EXTENSION.basicConstraints] })),
  make('a middle of version 1', 'notACa', middleWith({ version: 'none', rawExtensions: [] })),
  make('an anchor of version 1', 'valid', rootWith({ version: 'none', rawExtensions: [] }), {
    opensslDiffers: STRICT,
  }),
  make(
    'an anchor of version 1 that somebody else signed',
    'notACa',
    rootWith({ version: 'none', rawExtensions: [], issuerName: name(['CN=Elsewhere']) }),
  ),
  make('an anchor without basicConstraints', 'notACa', rootWith({ without: [EXTENSION.basicConstraints] })),
  make(
    'basicConstraints that are not critical',
    'valid',
    middleWith(extension(EXTENSION.basicConstraints, basicConstraints(true))),
    { opensslDiffers: STRICT },
  ),
  make('a CA without keyUsage', 'valid', middleWith({ without: [EXTENSION.keyUsage] }), {
    opensslDiffers: STRICT,
  }),
  make(
    'a CA that may not sign certificates',
    'keyUsage',
    middleWith(extension(EXTENSION.keyUsage, keyUsage(6), true)),
  ),
  make(
    'an anchor that may not sign certificates',
    'keyUsage',
    rootWith(extension(EXTENSION.keyUsage, keyUsage(0), true)),
  ),
  make('a CA with a negative serial number', 'valid', middleWith({ serial: 'd40001' })),
  make('an anchor with the serial number zero', 'valid', rootWith({ serial: '00' })),
  make(
    'a CA as client',
    'untrusted',
    [
      mint({
        subject: 'CN=sub',
        ca: true,
        issuer: root,
        usages: [USAGE.client],
        extensions: [{ oid: EXTENSION.keyUsage, value: keyUsage(0, 5) }],
      }),
      root,
    ],
    { opensslDiffers: 'this project wants end entities' },
  ),
  make('a CA for any purpose', 'valid', [middle, root], { purpose: 'any' }),
  make('the anchor itself', 'untrusted', [root, root]),
  make('the anchor itself for any purpose', 'untrusted', [root, root], {
    purpose: 'any',
    opensslDiffers: 'this project wants end entities',
  }),
  make(
    'a leaf that is configured as anchor',
    'untrusted',
    (() => {
      const pinned = mint({ subject: 'CN=leaf', issuer: middle });
      return [pinned, pinned];
    })(),
  ),
];

const lengths: readonly PathCase[] = [
  make('pathLen 0 with a leaf below', 'valid', chainOf([{ pathLength: 0 }])),
  make('pathLen 0 with a CA below', 'pathLength', chainOf([{ pathLength: 0 }, {}])),
  make('pathLen 1 with a CA below', 'valid', chainOf([{ pathLength: 1 }, {}])),
  make('pathLen 1 with two CAs below', 'pathLength', chainOf([{ pathLength: 1 }, {}, {}])),
  make('pathLen that grows downwards', 'pathLength', chainOf([{ pathLength: 1 }, { pathLength: 9 }, {}])),
  make('pathLen larger than needed', 'valid', chainOf([{ pathLength: 9 }, { pathLength: 5 }, {}])),
  make(
    'pathLen of the anchor',
    'pathLength',
    chainOf([{}], mint({ subject: 'CN=Root 0', ca: true, pathLength: 0 })),
  ),
  make(
    'a self-issued CA does not count',
    'valid',
    chainOf([
      { subject: 'CN=Twin', pathLength: 0 },
      { subject: 'CN=Twin', key: testKey('twin 2') },
    ]),
  ),
  make(
    'pathLen without a CA',
    'malformed',
    leafWith(extension(EXTENSION.basicConstraints, sequence(integer(0)), true)),
  ),
  make('three CAs, three allowed', 'valid', chainOf([{}, {}, {}]), { maxDepth: 3 }),
  make('three CAs, two allowed', 'pathLength', chainOf([{}, {}, {}]), { maxDepth: 2 }),
  make('no CA between, none allowed', 'valid', under(root), { maxDepth: 0 }),
  make('one CA between, none allowed', 'pathLength', leafWith({}), { maxDepth: 0 }),
];

const leaves: readonly PathCase[] = [
  make('a negative serial number', 'valid', leafWith({ serial: 'd4000000000000000000000000000001' })),
  make('the serial number zero', 'malformed', leafWith({ serial: '00' }), { opensslDiffers: LENIENT }),
  make('a serial number of 20 bytes', 'valid', leafWith({ serial: '7f'.repeat(20) })),
  make('a serial number of 21 bytes', 'malformed', leafWith({ serial: '7f'.repeat(21) }), {
    opensslDiffers: LENIENT,
  }),
  make('version 1', 'malformed', leafWith({ version: 'none', rawExtensions: [] }), {
    opensslDiffers: 'OpenSSL does not look at this',
  }),
  make('version 1 with extensions', 'malformed', leafWith({ version: 'none' })),
  make('version 2', 'malformed', leafWith({ version: 1, rawExtensions: [] }), {
    opensslDiffers: 'OpenSSL does not look at this',
  }),
  make('version 4', 'malformed', leafWith({ version: 3 }), { opensslDiffers: LENIENT }),
  make(
    'no subject, critical names',
    'valid',
    leafWith({
      subject: name([]),
      ...extension(EXTENSION.subjectAltName, sequence(NAME.dns('a.example')), true),
    }),
  ),
  make(
    'no subject, names that are not critical',
    'malformed',
    leafWith({ subject: name([]), names: [NAME.dns('a.example')] }),
  ),
  make('no subject and no names', 'malformed', leafWith({ subject: name([]) })),
  make('no issuer', 'malformed', leafWith({ issuerName: name([]) })),
  make('two algorithms', 'malformed', leafWith({ innerAlgorithm: SIGNERS.ecdsaSha384.algorithm })),
  make(
    'two algorithms that differ in a NULL',
    'malformed',
    leafWith({ innerAlgorithm: SIGNERS.ecdsaSha256WithNull.algorithm }),
  ),
  make(
    'the same extension twice',
    'malformed',
    leafWith({
      extensions: [
        { oid: '1.2.3', value: nothing },
        { oid: '1.2.3', value: nothing },
      ],
    }),
    { opensslDiffers: 'OpenSSL does not look at this' },
  ),
  make(
    'a key for signing certificates',
    'keyUsage',
    leafWith(extension(EXTENSION.keyUsage, keyUsage(0, 5), true)),
  ),
  make(
    'name constraints in a leaf',
    'malformed',
    leafWith(
      extension(EXTENSION.nameConstraints, nameConstraints({ permitted: [NAME.dns('example.com')] }), true),
    ),
    { opensslDiffers: LENIENT },
  ),
  make(
    'a time with an offset',
    'malformed',
    leafWith({ validity: sequence(der(0x17, '260101000000+0000'), der(0x17, '270101000000Z')) }),
  ),
  make(
    'a time without seconds',
    'malformed',
    leafWith({ validity: sequence(der(0x17, '2601010000Z'), der(0x17, '270101000000Z')) }),
  ),
  make(
    'the 31st of February',
    'malformed',
    leafWith({ validity: sequence(der(0x17, '260131000000Z'), der(0x17, '270231000000Z')) }),
  ),
  make(
    'bytes after it',
    'malformed',
    leafWith({ tamper: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) }),
    { opensslDiffers: 'the PEM reader of OpenSSL cuts them off' },
  ),
  make(
    'an overlong length',
    'malformed',
    leafWith({
      rawExtensions: [
        Buffer.concat([Buffer.from('30810a', 'hex'), oid('1.2.3.4.5'), octets(Buffer.alloc(0))]),
      ],
    }),
  ),
  make('an IP address of 5 bytes', 'malformed', leafWith({ names: [NAME.ip(1, 2, 3, 4, 5)] }), {
    opensslDiffers: 'OpenSSL does not look at this',
  }),
  make('an empty list of names', 'malformed', leafWith({ names: [] })),
  make('an empty extended key usage', 'malformed', leafWith({ usages: [] })),
  make('a key usage of no bits', 'malformed', leafWith(extension(EXTENSION.keyUsage, bits('', 0), true))),
  make(
    'a broken AIA',
    'malformed',
    leafWith(extension(EXTENSION.authorityInformation, Buffer.from('3005', 'hex'))),
    { opensslDiffers: 'OpenSSL does not look at this' },
  ),
  make(
    'the raw 16 bytes of a device id',
    'valid',
    leafWith(extension('1.2.840.113556.5.4', Buffer.alloc(16, 7))),
  ),
];

const extensions: readonly PathCase[] = [
  make('an unknown extension', 'valid', leafWith(extension('1.2.3.4', nothing))),
  make(
    'an unknown extension with a UUID as OID',
    'valid',
    leafWith(extension('2.25.329800735698586629295641978511506172918', nothing)),
  ),
  make(
    'an unknown critical extension',
    'unknownCriticalExtension',
    leafWith(extension('1.2.3.4', nothing, true)),
  ),
  make(
    'an unknown critical extension in a CA',
    'unknownCriticalExtension',
    middleWith(extension('1.2.3.4', nothing, true)),
  ),
  make(
    'an unknown critical extension in the anchor',
    'unknownCriticalExtension',
    rootWith(extension('1.2.3.4', nothing, true)),
  ),
  make(
    'a critical authority key identifier',
    'unknownCriticalExtension',
    leafWith(extension(EXTENSION.authorityKeyId, sequence(), true)),
  ),
  make(
    'critical policies',
    'valid',
    leafWith(extension(EXTENSION.policies, sequence(sequence(oid('1.2.3'))), true)),
  ),
  make(
    'no key identifiers',
    'valid',
    leafWith({ without: [EXTENSION.authorityKeyId, EXTENSION.subjectKeyId] }),
    { opensslDiffers: STRICT },
  ),
  make(
    'a misleading authority key identifier',
    'valid',
    leafWith(extension(EXTENSION.authorityKeyId, sequence(der(0x80, 'nonsense')))),
    { opensslDiffers: 'OpenSSL rejects where RFC 5280 calls it a hint' },
  ),
];

const usages: readonly PathCase[] = [
  make('for servers', 'wrongPurpose', leafWith({ usages: [USAGE.server] })),
  make('for servers and clients', 'valid', leafWith({ usages: [USAGE.server, USAGE.client] })),
  make('without extended key usage', 'wrongPurpose', leafWith({ usages: 'none' }), {
    opensslDiffers: USAGE_RULE,
  }),
  make('for every purpose', 'wrongPurpose', leafWith({ usages: [USAGE.any] })),
  make('a server as server', 'valid', leafWith({ usages: [USAGE.server] }), { purpose: 'server' }),
  make('a client as server', 'wrongPurpose', leafWith({}), { purpose: 'server' }),
  make('no extended key usage as server', 'valid', leafWith({ usages: 'none' }), { purpose: 'server' }),
  make('anything for any purpose', 'valid', leafWith({ usages: [USAGE.email] }), { purpose: 'any' }),
  make('no extended key usage for any purpose', 'valid', leafWith({ usages: 'none' }), { purpose: 'any' }),
  make('a CA for clients', 'valid', middleWith({ usages: [USAGE.client] })),
  make('a CA for servers', 'wrongPurpose', middleWith({ usages: [USAGE.server] })),
  make('a CA for servers, any purpose', 'valid', middleWith({ usages: [USAGE.server] }), { purpose: 'any' }),
  make('a CA for every purpose', 'valid', middleWith({ usages: [USAGE.any] }), {
    opensslDiffers: 'OpenSSL wants the purpose itself',
  }),
  make('an anchor for servers', 'wrongPurpose', rootWith({ usages: [USAGE.server] })),
  make('a key for encryption only', 'keyUsage', leafWith(extension(EXTENSION.keyUsage, keyUsage(2), true))),
  make(
    'a key for encryption only as server',
    'valid',
    leafWith({ usages: [USAGE.server], ...extension(EXTENSION.keyUsage, keyUsage(2), true) }),
    { purpose: 'server' },
  ),
  make('no key usage', 'valid', leafWith({ without: [EXTENSION.keyUsage] })),
  make('a key for agreement', 'valid', leafWith(extension(EXTENSION.keyUsage, keyUsage(4), true))),
  make(
    'an RSA key for agreement',
    'keyUsage',
    leafWith({ key: testKey('rsa leaf', 'RSA-2048'), ...extension(EXTENSION.keyUsage, keyUsage(4), true) }),
    { opensslDiffers: LENIENT },
  ),
];

/** A chain below the root whose CAs and leaf have these extensions about policies, from the top. */
function policyChain(...below: readonly (readonly ExtensionValue[])[]): readonly Minted[] {
  const made: Minted[] = [root];
  for (const [index, list] of below.slice(0, -1).entries()) {
    made.unshift(mint({ subject: `CN=Policy CA ${index}`, ca: true, issuer: made[0], extensions: list }));
  }
  return [mint({ subject: 'CN=leaf', issuer: made[0], extensions: below.at(-1) ?? [] }), ...made];
}

const ANY = '2.5.29.32.0';
const policiesOf = (...ids: readonly string[]): ExtensionValue => ({
  oid: EXTENSION.policies,
  value: sequence(...ids.map((id) => sequence(oid(id)))),
});
const mapped = (...pairs: readonly (readonly [string, string])[]): ExtensionValue => ({
  oid: EXTENSION.policyMappings,
  critical: true,
  value: sequence(...pairs.map(([issuer, subject]) => sequence(oid(issuer), oid(subject)))),
});
const demands = (certificates: number): ExtensionValue => ({
  oid: EXTENSION.policyConstraints,
  critical: true,
  value: sequence(der(0x80, String.fromCharCode(certificates))),
});
const forbidsMapping: ExtensionValue = {
  oid: EXTENSION.policyConstraints,
  critical: true,
  value: sequence(der(0x80, '\0'), der(0x81, '\0')),
};
const forbidsAny = (certificates: number): ExtensionValue => ({
  oid: EXTENSION.inhibitAnyPolicy,
  critical: true,
  value: integer(certificates),
});
const [P, Q, R] = ['1.2.3.1', '1.2.3.2', '1.2.3.3'] as const;
const selfIssued = (list: readonly ExtensionValue[]): readonly Minted[] => {
  const old = mint({
    subject: 'CN=Twin',
    ca: true,
    issuer: root,
    extensions: [policiesOf(P), demands(0), forbidsAny(0)],
  });
  const young = mint({ subject: 'CN=Twin', ca: true, issuer: old, key: testKey('twin 2'), extensions: list });
  return [mint({ subject: 'CN=leaf', issuer: young, extensions: [policiesOf(P)] }), young, old, root];
};

const policies: readonly PathCase[] = [
  make('no policies, none demanded', 'valid', policyChain([], [])),
  make('a policy of the leaf alone, none demanded', 'valid', policyChain([], [policiesOf(P)])),
  make('demanded, and there throughout', 'valid', policyChain([policiesOf(P), demands(0)], [policiesOf(P)])),
  make('demanded, and missing in the leaf', 'policy', policyChain([policiesOf(P), demands(0)], [])),
  make(
    'demanded, and another in the leaf',
    'policy',
    policyChain([policiesOf(P), demands(0)], [policiesOf(Q)]),
  ),
  make('demanded, and missing in the CA that demands', 'policy', policyChain([demands(0)], [policiesOf(P)])),
  make('demanded, one of two', 'valid', policyChain([policiesOf(P, Q), demands(0)], [policiesOf(R, Q)])),
  make(
    'demanded, and every policy in the CA',
    'valid',
    policyChain([policiesOf(ANY), demands(0)], [policiesOf(Q)]),
  ),
  make(
    'demanded, and every policy in the leaf',
    'valid',
    policyChain([policiesOf(P), demands(0)], [policiesOf(ANY)]),
  ),
  make('demanded later than the path is long', 'valid', policyChain([demands(9)], [])),
  make(
    'demanded from the certificate after the next',
    'policy',
    policyChain([demands(1)], [policiesOf(P)], []),
  ),
  make('demanded from below the leaf', 'valid', policyChain([demands(2)], [])),
  make('demanded by the leaf for itself', 'policy', policyChain([], [demands(0)])),
  make('demanded by the leaf for those below', 'valid', policyChain([], [demands(1)])),
  make(
    'lost between and demanded below',
    'policy',
    policyChain([policiesOf(P)], [demands(0)], [policiesOf(P)]),
  ),
  make(
    'demanded by the anchor',
    'policy',
    under(mint({ subject: 'CN=Strict Root', ca: true, extensions: [demands(0)] })),
    { opensslDiffers: 'the anchor makes no demands to OpenSSL' },
  ),
  make(
    'every policy, inhibited',
    'policy',
    policyChain([policiesOf(P), demands(0), forbidsAny(0)], [policiesOf(ANY)]),
  ),
  make(
    'every policy, inhibited further below',
    'valid',
    policyChain([policiesOf(P), demands(0), forbidsAny(1)], [policiesOf(ANY)], [policiesOf(P)]),
  ),
  make(
    'every policy, inhibited from there on',
    'policy',
    policyChain([policiesOf(P), demands(0), forbidsAny(1)], [policiesOf(P)], [policiesOf(ANY)]),
  ),
  make('every policy, inhibited, in a self-issued CA', 'valid', selfIssued([policiesOf(ANY)])),
  make('inhibited and not demanded', 'valid', policyChain([forbidsAny(0)], [])),
  make(
    'mapped',
    'valid',
    policyChain([policiesOf(P), demands(0)], [policiesOf(P), mapped([P, Q])], [policiesOf(Q)]),
  ),
  make(
    'mapped, and the old name below',
    'policy',
    policyChain([policiesOf(P), demands(0)], [policiesOf(P), mapped([P, Q])], [policiesOf(P)]),
  ),
  make(
    'mapped to two',
    'valid',
    policyChain([policiesOf(P), demands(0)], [policiesOf(P), mapped([P, Q], [P, R])], [policiesOf(R)]),
  ),
  make(
    'mapped where every policy is allowed',
    'valid',
    policyChain([policiesOf(ANY), demands(0)], [policiesOf(ANY), mapped([P, Q])], [policiesOf(Q)]),
  ),
  make(
    'mapped, though not among the policies',
    'policy',
    policyChain([policiesOf(P), demands(0)], [policiesOf(P), mapped([R, Q])], [policiesOf(Q)]),
  ),
  make(
    'mapped where that is inhibited',
    'policy',
    policyChain([policiesOf(P), forbidsMapping], [policiesOf(P), mapped([P, Q])], [policiesOf(Q)]),
  ),
  make(
    'beside what is mapped where that is inhibited',
    'valid',
    policyChain([policiesOf(P, R), forbidsMapping], [policiesOf(P, R), mapped([P, Q])], [policiesOf(R)]),
  ),
  make('mapped from every policy', 'policy', policyChain([policiesOf(P), mapped([ANY, P])], [])),
  make('mapped to every policy', 'policy', policyChain([policiesOf(P), mapped([P, ANY])], [])),
  make('a policy twice', 'malformed', policyChain([], [policiesOf(P, P)])),
  make('an empty list', 'malformed', policyChain([], [policiesOf()]), { opensslDiffers: LENIENT }),
  make('an empty list of mappings', 'untrusted', policyChain([mapped()], []), { opensslDiffers: LENIENT }),
  make(
    'constraints that say nothing',
    'malformed',
    policyChain([], [{ oid: EXTENSION.policyConstraints, value: sequence() }]),
  ),
  make(
    'critical, with a notice to people',
    'valid',
    policyChain(
      [],
      [
        {
          oid: EXTENSION.policies,
          critical: true,
          value: sequence(sequence(oid(P), sequence(sequence(oid('1.3.6.1.5.5.7.2.2'), sequence())))),
        },
      ],
    ),
  ),
  make(
    'critical, with a qualifier nobody knows',
    'unknownCriticalExtension',
    policyChain(
      [],
      [
        {
          oid: EXTENSION.policies,
          critical: true,
          value: sequence(sequence(oid(P), sequence(sequence(oid('1.2.3'), nothing)))),
        },
      ],
    ),
    { opensslDiffers: LENIENT },
  ),
];

/** The same path three times: fit for servers only if the rules for their CAs are kept. */
const forServers = (
  title: string,
  expected: PathCase['expected'],
  chain: readonly Minted[],
  differs?: string,
): PathCase =>
  make(title, expected, chain, {
    purpose: 'server',
    ...(differs === undefined ? {} : { opensslDiffers: differs }),
  });
const server = { usages: [USAGE.server] } as const;

const profile: readonly PathCase[] = [
  forServers('a server', 'valid', leafWith({ ...server, names: [NAME.dns('a.example.com')] })),
  forServers('a negative serial number', 'profile', leafWith({ ...server, serial: 'd401' }), LENIENT),
  forServers('a negative serial number of a CA', 'profile', middleWith({ serial: 'd401' }, server), LENIENT),
  forServers(
    'an anchor of version 1',
    'profile',
    (() => {
      const old = mint({ subject: 'CN=Old Root', ca: true, version: 'none', rawExtensions: [] });
      return [mint({ subject: 'CN=leaf', issuer: old, ...server }), old];
    })(),
  ),
  forServers(
    'no authority key identifier',
    'profile',
    leafWith({ ...server, without: [EXTENSION.authorityKeyId] }),
  ),
  forServers(
    'a CA without authority key identifier',
    'profile',
    middleWith({ without: [EXTENSION.authorityKeyId] }, server),
  ),
  forServers(
    'a CA without subject key identifier',
    'profile',
    middleWith({ without: [EXTENSION.subjectKeyId] }, server),
  ),
  forServers(
    'an authority key identifier without the key',
    'profile',
    leafWith({ ...server, ...extension(EXTENSION.authorityKeyId, sequence()) }),
  ),
  forServers('a CA without key usage', 'profile', middleWith({ without: [EXTENSION.keyUsage] }, server)),
  forServers(
    'a CA whose basicConstraints are not critical',
    'profile',
    middleWith(extension(EXTENSION.basicConstraints, basicConstraints(true)), server),
  ),
  forServers(
    'alternative names that are critical beside a subject',
    'profile',
    leafWith({
      ...server,
      ...extension(EXTENSION.subjectAltName, sequence(NAME.dns('a.example.com')), true),
    }),
    LENIENT,
  ),
  forServers(
    'a critical extended key usage',
    'profile',
    leafWith(extension(EXTENSION.extendedKeyUsage, sequence(oid(USAGE.server)), true)),
    LENIENT,
  ),
  forServers(
    'every usage beside that of a server',
    'profile',
    leafWith({ usages: [USAGE.server, USAGE.any] }),
    LENIENT,
  ),
  forServers(
    'a root with an extended key usage',
    'profile',
    (() => {
      const top = mint({ subject: 'CN=Root', ca: true, usages: [USAGE.server] });
      return [mint({ subject: 'CN=leaf', issuer: top, ...server }), top];
    })(),
    LENIENT,
  ),
  forServers(
    'a dot in front of a constraint',
    'profile',
    middleWith(
      extension(EXTENSION.nameConstraints, nameConstraints({ permitted: [NAME.dns('.example.com')] }), true),
      { ...server, names: [NAME.dns('a.example.com')] },
    ),
    LENIENT,
  ),
  make(
    'none of it for any purpose',
    'valid',
    leafWith({ serial: 'd401', without: [EXTENSION.authorityKeyId] }),
    {
      purpose: 'any',
      opensslDiffers: STRICT,
    },
  ),
];

const permits = (...bases: readonly Buffer[]): Partial<MintRequest> =>
  extension(EXTENSION.nameConstraints, nameConstraints({ permitted: bases }), true);
const excludes = (...bases: readonly Buffer[]): Partial<MintRequest> =>
  extension(EXTENSION.nameConstraints, nameConstraints({ excluded: bases }), true);
const constrained = (
  title: string,
  expected: PathCase['expected'],
  constraints: Partial<MintRequest>,
  leaf: Partial<MintRequest>,
  opensslDiffers?: string,
): PathCase =>
  make(
    title,
    expected,
    middleWith(constraints, leaf),
    opensslDiffers === undefined ? {} : { opensslDiffers },
  );

const { dns, email, uri, ip, directory, upn, other } = NAME;
const names = (...list: readonly Buffer[]): Partial<MintRequest> => ({ names: list });
const MALFORMED_NAME = 'OpenSSL compares what is no such name';

const constraints: readonly PathCase[] = [
  constrained('DNS, permitted', 'valid', permits(dns('example.com')), names(dns('a.b.example.com'))),
  constrained('DNS, the domain itself', 'valid', permits(dns('example.com')), names(dns('EXAMPLE.com'))),
  constrained(
    'DNS, another domain',
    'nameConstraint',
    permits(dns('example.com')),
    names(dns('example.org')),
  ),
  constrained(
    'DNS, a domain that only ends alike',
    'nameConstraint',
    permits(dns('example.com')),
    names(dns('badexample.com')),
  ),
  constrained(
    'DNS, one good and one bad',
    'nameConstraint',
    permits(dns('example.com')),
    names(dns('example.com'), dns('example.org')),
  ),
  constrained(
    'DNS, one of two permitted',
    'valid',
    permits(dns('example.com'), dns('example.org')),
    names(dns('example.org')),
  ),
  constrained('DNS, excluded', 'nameConstraint', excludes(dns('example.com')), names(dns('a.example.com'))),
  constrained('DNS, not excluded', 'valid', excludes(dns('example.com')), names(dns('example.org'))),
  constrained('DNS, everything excluded', 'nameConstraint', excludes(dns('')), names(dns('example.org'))),
  constrained('DNS, a permitted wildcard', 'valid', permits(dns('example.com')), names(dns('*.example.com'))),
  constrained(
    'DNS, a wildcard wider than permitted',
    'nameConstraint',
    permits(dns('a.example.com')),
    names(dns('*.example.com')),
  ),
  constrained(
    'DNS, a wildcard over what is excluded',
    'nameConstraint',
    excludes(dns('a.example.com')),
    names(dns('*.example.com')),
    LENIENT,
  ),
  constrained(
    'DNS, both permitted and excluded',
    'nameConstraint',
    extension(
      EXTENSION.nameConstraints,
      nameConstraints({ permitted: [dns('example.com')], excluded: [dns('a.example.com')] }),
      true,
    ),
    names(dns('a.example.com')),
  ),
  constrained(
    'DNS, a dot in front',
    'valid',
    permits(dns('.example.com')),
    names(dns('a.b.example.com'), dns('*.example.com')),
  ),
  constrained(
    'DNS, a dot in front, and the domain itself',
    'nameConstraint',
    permits(dns('.example.com')),
    names(dns('example.com')),
  ),
  constrained(
    'DNS, a dot in front, excluded',
    'nameConstraint',
    excludes(dns('.example.com')),
    names(dns('*.example.com')),
  ),
  constrained(
    'DNS, a dot in front, excluded, and the domain itself',
    'valid',
    excludes(dns('.example.com')),
    names(dns('example.com')),
  ),
  constrained(
    'DNS, a dot in front, excluded, and a wildcard that cannot reach it',
    'valid',
    excludes(dns('.example.com')),
    names(dns('*.com')),
  ),
  constrained('DNS, a dot alone', 'nameConstraint', permits(dns('.')), names(dns('example.com'))),
  constrained(
    'DNS, a name with a space',
    'nameConstraint',
    permits(dns('example.com')),
    names(dns('a b.example.com')),
    MALFORMED_NAME,
  ),
  constrained(
    'DNS constraints, no DNS name',
    'valid',
    permits(dns('example.com')),
    names(uri('https://example.org/')),
  ),
  constrained(
    'DNS constraints that are not critical',
    'nameConstraint',
    extension(EXTENSION.nameConstraints, nameConstraints({ permitted: [dns('example.com')] })),
    names(dns('example.org')),
  ),
  constrained('email, the mailbox', 'valid', permits(email('a@example.com')), names(email('a@EXAMPLE.com'))),
  constrained(
    'email, another mailbox',
    'nameConstraint',
    permits(email('a@example.com')),
    names(email('b@example.com')),
  ),
  constrained(
    'email, another letter case before the @',
    'nameConstraint',
    permits(email('a@example.com')),
    names(email('A@example.com')),
  ),
  constrained('email, the host', 'valid', permits(email('example.com')), names(email('a@example.com'))),
  constrained(
    'email, a host below',
    'nameConstraint',
    permits(email('example.com')),
    names(email('a@mail.example.com')),
  ),
  constrained(
    'email, below a domain',
    'valid',
    permits(email('.example.com')),
    names(email('a@mail.example.com')),
  ),
  constrained(
    'email, at the domain itself',
    'nameConstraint',
    permits(email('.example.com')),
    names(email('a@example.com')),
  ),
  constrained(
    'email, excluded, and an address with letters from everywhere (RFC 9598)',
    'nameConstraint',
    excludes(email('example.com')),
    names(other('1.3.6.1.5.5.7.8.9')),
  ),
  constrained(
    'email, excluded',
    'nameConstraint',
    excludes(email('example.com')),
    names(email('a@example.com')),
  ),
  constrained('email in the subject', 'nameConstraint', permits(email('example.com')), {
    subject: ['CN=leaf', 'E=a@example.org'],
  }),
  constrained('email in the subject, permitted', 'valid', permits(email('example.com')), {
    subject: name(['CN=leaf', 'E=a@example.com'], (text) => der(0x16, text)),
  }),
  constrained(
    'email with two @',
    'nameConstraint',
    permits(email('example.com')),
    names(email('a@b@example.com')),
    MALFORMED_NAME,
  ),
  constrained(
    'URI, the host',
    'valid',
    permits(uri('example.com')),
    names(uri('https://user@example.com:8443/x?y#z')),
    'OpenSSL takes the user for a part of the host',
  ),
  constrained(
    'URI, another host',
    'nameConstraint',
    permits(uri('example.com')),
    names(uri('https://example.org/')),
  ),
  constrained(
    'URI, a host in the path',
    'nameConstraint',
    permits(uri('example.com')),
    names(uri('https://example.org/@example.com')),
  ),
  constrained(
    'URI, below a domain',
    'valid',
    permits(uri('.example.com')),
    names(uri('https://a.example.com/')),
  ),
  constrained(
    'URI, excluded',
    'nameConstraint',
    excludes(uri('example.com')),
    names(uri('https://example.com/')),
  ),
  constrained(
    'URI without a host',
    'nameConstraint',
    permits(uri('example.com')),
    names(uri('tag:microsoft.com,2022-09-14:sid:S-1-5')),
  ),
  constrained(
    'URI with an address',
    'nameConstraint',
    excludes(uri('example.com')),
    names(uri('https://10.0.0.1/')),
    MALFORMED_NAME,
  ),
  constrained('IPv4, permitted', 'valid', permits(ip(10, 0, 0, 0, 255, 0, 0, 0)), names(ip(10, 1, 2, 3))),
  constrained(
    'IPv4, outside',
    'nameConstraint',
    permits(ip(10, 0, 0, 0, 255, 0, 0, 0)),
    names(ip(11, 1, 2, 3)),
  ),
  constrained(
    'IPv4, excluded',
    'nameConstraint',
    excludes(ip(10, 0, 0, 0, 255, 0, 0, 0)),
    names(ip(10, 1, 2, 3)),
  ),
  constrained(
    'IPv6 under IPv4 constraints',
    'nameConstraint',
    permits(ip(10, 0, 0, 0, 255, 0, 0, 0)),
    names(ip(...Array.from({ length: 16 }, () => 1))),
  ),
  constrained(
    'IPv6, permitted',
    'valid',
    permits(
      ip(
        0xfe,
        0x80,
        ...Array.from({ length: 14 }, () => 0),
        0xff,
        0xc0,
        ...Array.from({ length: 14 }, () => 0),
      ),
    ),
    names(ip(0xfe, 0x81, ...Array.from({ length: 14 }, () => 1))),
  ),
  constrained(
    'IP, a mask with a hole',
    'nameConstraint',
    permits(ip(10, 0, 0, 0, 255, 0, 255, 0)),
    names(ip(10, 1, 0, 3)),
    LENIENT,
  ),
  constrained(
    'IP, a constraint of 4 bytes',
    'nameConstraint',
    permits(ip(10, 0, 0, 0)),
    names(ip(10, 0, 0, 0)),
  ),
  constrained('directory, permitted', 'valid', permits(directory(name(['O=Example']))), {
    subject: ['O=Example', 'CN=leaf'],
  }),
  constrained(
    'directory, in another case and string type',
    'valid',
    permits(directory(name(['O=EXAMPLE  inc'], printable))),
    { subject: ['O=Example Inc', 'CN=leaf'] },
  ),
  constrained('directory, another order', 'nameConstraint', permits(directory(name(['O=Example']))), {
    subject: ['CN=leaf', 'O=Example'],
  }),
  constrained('directory, excluded', 'nameConstraint', excludes(directory(name(['O=Example']))), {
    subject: ['O=Example', 'CN=leaf'],
  }),
  constrained(
    'directory in the alternative names',
    'nameConstraint',
    permits(directory(name(['O=Example']))),
    { subject: ['O=Example', 'CN=leaf'], names: [directory(name(['O=Other']))] },
  ),
  constrained('a kind nobody compares', 'nameConstraint', permits(other('1.2.3')), names(other('1.2.3'))),
  constrained(
    'a kind nobody compares, excluded, and a user principal name',
    'valid',
    excludes(other('1.2.3')),
    names(upn('a@example.com')),
  ),
  constrained(
    'user principal names, excluded',
    'nameConstraint',
    excludes(upn('a@example.com')),
    names(upn('b@example.org')),
  ),
  constrained(
    'addresses with letters from everywhere, excluded by their own kind',
    'nameConstraint',
    excludes(other('1.3.6.1.5.5.7.8.9')),
    names(other('1.3.6.1.5.5.7.8.9')),
    'OpenSSL does not look at such a constraint',
  ),
  constrained(
    'registered ids, permitted, and no such name',
    'valid',
    permits(der(0x88, '\u002a\u0003')),
    names(other('1.2.3')),
  ),
  constrained(
    'a kind nobody compares, not present',
    'valid',
    permits(other('1.2.3')),
    names(dns('example.com')),
  ),
  constrained(
    'a UPN under other constraints',
    'valid',
    permits(dns('example.com')),
    names(upn('a@example.org')),
  ),
  constrained(
    'empty',
    'nameConstraint',
    extension(EXTENSION.nameConstraints, sequence(), true),
    {},
    'OpenSSL does not look at this',
  ),
  constrained(
    'with a minimum',
    'nameConstraint',
    extension(
      EXTENSION.nameConstraints,
      sequence(der(0xa0, sequence(dns('example.com'), der(0x80, '\u0001')))),
      true,
    ),
    names(dns('example.com')),
  ),
  make(
    'constraints of the anchor',
    'nameConstraint',
    under(mint({ subject: 'CN=Root', ca: true, ...permits(dns('example.com')) }), names(dns('example.org'))),
  ),
  make(
    'constraints two CAs above',
    'nameConstraint',
    chainOf([permits(directory(name(['O=Example']))), { subject: ['O=Example', 'CN=CA'] }]),
  ),
  make(
    'constraints on a CA between',
    'nameConstraint',
    (() => {
      const top = mint({ subject: 'CN=Top', ca: true, issuer: root, ...permits(dns('example.com')) });
      const low = mint({ subject: 'CN=Low', ca: true, issuer: top, names: [dns('example.org')] });
      return [mint({ subject: 'CN=leaf', issuer: low }), low, top, root];
    })(),
  ),
  make(
    'a self-issued CA is not constrained',
    'valid',
    (() => {
      const limits = permits(directory(name(['O=Example'])));
      const old = mint({ subject: 'CN=Twin', ca: true, issuer: root, ...limits });
      const young = mint({ subject: 'CN=Twin', ca: true, issuer: old, key: testKey('twin 2') });
      return [mint({ subject: ['O=Example', 'CN=leaf'], issuer: young }), young, old, root];
    })(),
  ),
  make(
    'both of two CAs must permit',
    'nameConstraint',
    (() => {
      const top = mint({ subject: 'CN=Top', ca: true, issuer: root, ...permits(dns('example.com')) });
      const low = mint({ subject: 'CN=Low', ca: true, issuer: top, ...permits(dns('example.org')) });
      return [mint({ subject: 'CN=leaf', issuer: low, names: [dns('example.org')] }), low, top, root];
    })(),
  ),
];

const host = (
  title: string,
  expected: PathCase['expected'],
  hostname: string,
  ...list: readonly Buffer[]
): PathCase =>
  make(title, expected, leafWith({ subject: 'CN=cn.example.com', usages: [USAGE.server], names: list }), {
    purpose: 'server',
    hostname,
  });

const hosts: readonly PathCase[] = [
  host('the name', 'valid', 'a.example.com', dns('a.example.com')),
  host('in another case', 'valid', 'A.example.COM', dns('a.EXAMPLE.com')),
  host('another name', 'hostnameMismatch', 'b.example.com', dns('a.example.com')),
  host('a wildcard', 'valid', 'a.example.com', dns('*.example.com')),
  host('a wildcard for two labels', 'hostnameMismatch', 'a.b.example.com', dns('*.example.com')),
  host('a wildcard for no label', 'hostnameMismatch', 'example.com', dns('*.example.com')),
  host('a wildcard under a top-level domain', 'hostnameMismatch', 'example.com', dns('*.com')),
  {
    ...host('part of a label', 'profile', 'foo.example.com', dns('f*.example.com')),
    opensslDiffers: 'OpenSSL still accepts partial wildcards',
  },
  host('a wildcard further right', 'profile', 'a.b.example.com', dns('a.*.example.com')),
  {
    ...host('a wildcard as host', 'hostnameMismatch', '*.example.com', dns('*.example.com')),
    opensslDiffers: 'OpenSSL compares the stars',
  },
  host('the common name does not count', 'hostnameMismatch', 'cn.example.com', dns('a.example.com')),
  {
    ...host('an umlaut', 'valid', 'bücher.example', dns('xn--bcher-kva.example')),
    opensslDiffers: 'OpenSSL wants the ASCII form',
  },
  {
    ...host('a dot at the end of the host', 'valid', 'a.example.com.', dns('a.example.com')),
    opensslDiffers: 'OpenSSL takes the dot for a part of the name',
  },
  host('two dots at the end of the host', 'hostnameMismatch', 'a.example.com..', dns('a.example.com')),
  host('a dot at the end of the name', 'profile', 'a.example.com', dns('a.example.com.')),
  {
    ...host('an underscore', 'profile', 'a_b.example.com', dns('a_b.example.com')),
    opensslDiffers: LENIENT,
  },
  host('an address', 'valid', '10.0.0.1', ip(10, 0, 0, 1)),
  host('an IPv6 address', 'valid', '[::1]', ip(...Array.from({ length: 15 }, () => 0), 1)),
  host('an address as DNS name', 'hostnameMismatch', '10.0.0.1', dns('10.0.0.1')),
  host('a number that is no address', 'hostnameMismatch', '10.1', dns('10.0.0.1'), dns('10.1')),
  host('another address', 'hostnameMismatch', '10.0.0.2', ip(10, 0, 0, 1)),
  host('a mailbox', 'valid', 'a@example.com', email('a@EXAMPLE.com')),
  host('another mailbox', 'hostnameMismatch', 'b@example.com', email('a@example.com')),
  make(
    'no alternative name',
    'hostnameMismatch',
    leafWith({ subject: 'CN=a.example.com', usages: [USAGE.server] }),
    { purpose: 'server', hostname: 'a.example.com', opensslDiffers: 'OpenSSL falls back to the common name' },
  ),
];

const revocable = mint({ subject: 'CN=leaf', issuer: middle, serial: '0badcafe' });
const listed = (
  title: string,
  expected: PathCase['expected'],
  crls: readonly string[],
  changes: Changes = {},
): PathCase => make(title, expected, [revocable, middle, root], { crls, ...changes });
const rootList = mintList({ issuer: root });
const ofMiddle = (request: Partial<Parameters<typeof mintList>[0]>): readonly string[] => [
  rootList,
  mintList({ issuer: middle, ...request }),
];
const crlNumber: ExtensionValue = { oid: '2.5.29.20', value: integer(7) };
const scoped = (...parts: readonly Buffer[]): Partial<Parameters<typeof mintList>[0]> => ({
  extensions: [crlNumber, { oid: '2.5.29.28', critical: true, value: sequence(...parts) }],
});
const TRUE = '\u00ff';
const point = (address: string): Buffer => der(0xa0, der(0xa0, uri(address)));
const withPoint = mint({
  subject: 'CN=leaf',
  issuer: middle,
  ...extension(EXTENSION.distributionPoints, sequence(sequence(point('http://crl.example/1')))),
});
const withLetterPoint = mint({
  subject: 'CN=leaf',
  issuer: middle,
  ...extension(EXTENSION.distributionPoints, sequence(sequence(point('http://crl.example/A')))),
});
const namedPoint = (text: string): Buffer => der(0xa0, der(0xa0, NAME.directory(name([text]))));
const withNamedPoint = mint({
  subject: 'CN=leaf',
  issuer: middle,
  ...extension(EXTENSION.distributionPoints, sequence(sequence(namedPoint('CN=CRL 1')))),
});
const numbered = mint({ subject: 'CN=Numbered', ca: true, issuer: root, serial: '11' });
const noCrlSign = mint({
  subject: 'CN=Quiet',
  ca: true,
  issuer: root,
  ...extension(EXTENSION.keyUsage, keyUsage(5), true),
});

const deltaOf: readonly ExtensionValue[] = [
  crlNumber,
  { oid: '2.5.29.27', critical: true, value: integer(1) },
];
const someReasons: readonly ExtensionValue[] = scoped(der(0x83, '\u0001\u0040')).extensions ?? [];
const ONE_LIST = 'OpenSSL takes the best list and leaves the others';

/** A list of the middle CA that tells only a part. */
function partly(
  kind: readonly ExtensionValue[],
  revoked: readonly (string | Buffer)[],
  request: Partial<Parameters<typeof mintList>[0]> = {},
): readonly string[] {
  return [mintList({ issuer: middle, extensions: kind, revoked, ...request })];
}

function withReason(serial: string, reason: number): Buffer {
  return sequence(
    integer(serial),
    der(0x17, '260101000000Z'),
    sequence(sequence(oid('2.5.29.21'), octets(der(0x0a, Buffer.from([reason]))))),
  );
}

const lists: readonly PathCase[] = [
  listed('nobody revoked', 'valid', ofMiddle({})),
  listed('others revoked', 'valid', ofMiddle({ revoked: ['0badcaff', '01'] })),
  listed('the leaf revoked', 'revoked', ofMiddle({ revoked: ['01', '0badcafe'] })),
  make('the middle CA revoked', 'revoked', [mint({ subject: 'CN=leaf', issuer: numbered }), numbered, root], {
    crls: [mintList({ issuer: root, revoked: ['11'] }), mintList({ issuer: numbered })],
  }),
  listed('no list of the middle CA', 'revocationUnknown', [rootList]),
  listed('no list of the root', 'revocationUnknown', ofMiddle({}).slice(1)),
  listed('no list of the root, which is nowhere named', 'valid', ofMiddle({}).slice(1), {
    crlPolicy: 'whenPresent',
    opensslDiffers: 'it always wants a list',
  }),
  listed('a stale list', 'revocationUnknown', ofMiddle({ thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY })),
  listed(
    'a stale list where lists are optional',
    'revocationUnknown',
    ofMiddle({ thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY }),
    { crlPolicy: 'whenPresent' },
  ),
  listed(
    'a stale list that names the leaf',
    'revoked',
    ofMiddle({ thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY, revoked: ['0badcafe'] }),
  ),
  listed('a list of tomorrow', 'revocationUnknown', ofMiddle({ thisUpdate: NOW + 1_000 })),
  listed('at thisUpdate', 'valid', ofMiddle({ thisUpdate: NOW })),
  listed('at nextUpdate', 'revocationUnknown', ofMiddle({ nextUpdate: NOW })),
  listed('a list without nextUpdate', 'revocationUnknown', ofMiddle({ nextUpdate: 'none' }), {
    opensslDiffers: LENIENT,
  }),
  listed('signed by another key', 'revocationUnknown', ofMiddle({ key: testKey('rogue') })),
  listed('of another issuer', 'revocationUnknown', ofMiddle({ issuerName: name(['CN=Other']) })),
  listed('signed with SHA-1', 'revocationUnknown', ofMiddle({ signer: SIGNERS.ecdsaSha1 }), {
    opensslDiffers: 'a matter of its security level',
  }),
  listed('two algorithms', 'revocationUnknown', ofMiddle({ innerAlgorithm: SIGNERS.ecdsaSha384.algorithm }), {
    opensslDiffers: LENIENT,
  }),
  listed('version 1', 'revocationUnknown', ofMiddle({ version: 'none', extensions: [] }), {
    opensslDiffers: LENIENT,
  }),
  listed('no number', 'revocationUnknown', ofMiddle({ extensions: [] }), { opensslDiffers: LENIENT }),
  listed(
    'a delta',
    'revocationUnknown',
    ofMiddle({ extensions: [crlNumber, { oid: '2.5.29.27', critical: true, value: integer(1) }] }),
    { opensslDiffers: 'OpenSSL does not look at this' },
  ),
  listed(
    'a delta that is not marked as critical',
    'revocationUnknown',
    ofMiddle({ extensions: [crlNumber, { oid: '2.5.29.27', value: integer(1) }] }),
    { opensslDiffers: LENIENT },
  ),
  listed(
    'an unknown critical extension',
    'revocationUnknown',
    ofMiddle({ extensions: [crlNumber, { oid: '1.2.3', critical: true, value: nothing }] }),
  ),
  listed(
    'an unknown extension',
    'valid',
    ofMiddle({ extensions: [crlNumber, { oid: '1.2.3', value: nothing }] }),
  ),
  listed('a delta that revokes', 'revoked', [...ofMiddle({}), ...partly(deltaOf, ['0badcafe'])], {
    opensslDiffers: ONE_LIST,
  }),
  listed('a delta that revokes, alone', 'revoked', [rootList, ...partly(deltaOf, ['0badcafe'])]),
  listed(
    'a delta that revokes, alone, where lists are optional',
    'revoked',
    [rootList, ...partly(deltaOf, ['0badcafe'])],
    { crlPolicy: 'whenPresent' },
  ),
  listed('a delta that names others', 'valid', [...ofMiddle({}), ...partly(deltaOf, ['01'])]),
  listed('a delta that is out of date', 'valid', [
    ...ofMiddle({}),
    ...partly(deltaOf, ['0badcafe'], { thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY }),
  ]),
  listed('a delta that is out of date, alone', 'revocationUnknown', [
    rootList,
    ...partly(deltaOf, ['0badcafe'], { thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY }),
  ]),
  listed('a delta of another key', 'valid', [
    ...ofMiddle({}),
    ...partly(deltaOf, ['0badcafe'], { key: testKey('rogue') }),
  ]),
  listed('a delta that takes the leaf off a list', 'revoked', [
    ...ofMiddle({ revoked: ['0badcafe'] }),
    ...partly(deltaOf, [withReason('0badcafe', 8)]),
  ]),
  listed('a delta that takes the leaf off, where no list has it', 'valid', [
    ...ofMiddle({}),
    ...partly(deltaOf, [withReason('0badcafe', 8)]),
  ]),
  listed(
    'a list that says "removed from the list"',
    'revoked',
    ofMiddle({ revoked: [withReason('0badcafe', 8)] }),
    {
      opensslDiffers: 'OpenSSL takes the reason to mean that nothing was revoked',
    },
  ),
  listed('on hold', 'revoked', ofMiddle({ revoked: [withReason('0badcafe', 6)] })),
  listed(
    'for some reasons, which revokes',
    'revoked',
    [...ofMiddle({}), ...partly(someReasons, ['0badcafe'])],
    { opensslDiffers: ONE_LIST },
  ),
  listed('for some reasons, which revokes, alone', 'revoked', [
    rootList,
    ...partly(someReasons, ['0badcafe']),
  ]),
  listed('for some reasons, which revokes others', 'valid', [
    ...ofMiddle({}),
    ...partly(someReasons, ['01']),
  ]),
  listed(
    'a delta and one for some reasons do not make a whole',
    'revocationUnknown',
    [rootList, ...partly(deltaOf, []), ...partly(someReasons, [])],
    { opensslDiffers: LENIENT },
  ),
  listed('for end entities', 'valid', ofMiddle(scoped(der(0x81, TRUE)))),
  listed('for CAs', 'revocationUnknown', ofMiddle(scoped(der(0x82, TRUE)))),
  listed('for some reasons', 'revocationUnknown', ofMiddle(scoped(der(0x83, '\u0001\u0040')))),
  listed('indirect', 'revocationUnknown', ofMiddle(scoped(der(0x84, TRUE)))),
  listed('for attribute certificates', 'revocationUnknown', ofMiddle(scoped(der(0x85, TRUE)))),
  listed('for a distribution point', 'revocationUnknown', ofMiddle(scoped(point('http://crl.example/1')))),
  make("for the certificate's distribution point", 'valid', [withPoint, middle, root], {
    crls: ofMiddle(scoped(point('http://crl.example/1'))),
  }),
  make('for the same distribution point in other letters', 'valid', [withPoint, middle, root], {
    crls: ofMiddle(scoped(point('HTTP://CRL.Example/1'))),
    opensslDiffers: 'OpenSSL compares the bytes',
  }),
  make(
    'for a point that differs in the case of its path',
    'revocationUnknown',
    [withLetterPoint, middle, root],
    {
      crls: ofMiddle(scoped(point('http://crl.example/a'))),
    },
  ),
  make('for a point that is a directory name', 'valid', [withNamedPoint, middle, root], {
    crls: ofMiddle(scoped(namedPoint('CN= crl 1'))),
  }),
  make('for another point that is a directory name', 'revocationUnknown', [withNamedPoint, middle, root], {
    crls: ofMiddle(scoped(namedPoint('CN=CRL 2'))),
  }),
  make('for another distribution point', 'revocationUnknown', [withPoint, middle, root], {
    crls: ofMiddle(scoped(point('http://crl.example/2'))),
  }),
  make(
    'a CA that may not sign lists',
    'revocationUnknown',
    [mint({ subject: 'CN=leaf', issuer: noCrlSign }), noCrlSign, root],
    { crls: [rootList, mintList({ issuer: noCrlSign })] },
  ),
  listed(
    'an entry with a critical extension',
    'revocationUnknown',
    ofMiddle({
      revoked: [
        sequence(
          integer('01'),
          der(0x17, '260101000000Z'),
          sequence(sequence(oid('2.5.29.29'), der(0x01, TRUE), octets(sequence()))),
        ),
      ],
    }),
    { opensslDiffers: 'OpenSSL does not look at this' },
  ),
  listed(
    'an entry with a reason',
    'revoked',
    ofMiddle({
      revoked: [
        sequence(
          integer('0badcafe'),
          der(0x17, '260101000000Z'),
          sequence(sequence(oid('2.5.29.21'), octets(der(0x0a, '\u0001')))),
        ),
      ],
    }),
  ),
  listed('garbage beside good lists', 'valid', [...ofMiddle({}), 'garbage']),
  listed('garbage alone, where lists are optional', 'revocationUnknown', ['garbage'], {
    crlPolicy: 'whenPresent',
  }),
  listed('an expired leaf is told first', 'expired', ofMiddle({ revoked: ['0badcafe'] }), {
    at: NOW + 2 * DAY,
  }),
  make(
    'a negative serial number, revoked',
    'revoked',
    [mint({ subject: 'CN=leaf', issuer: middle, serial: 'd401' }), middle, root],
    { crls: ofMiddle({ revoked: ['d401'] }) },
  ),
  make(
    'a negative serial number beside its positive twin',
    'valid',
    [mint({ subject: 'CN=leaf', issuer: middle, serial: 'd401' }), middle, root],
    { crls: ofMiddle({ revoked: ['00d401', '2bff'] }) },
  ),
];

function flipLastBit(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

/** By the part of RFC 5280 they are about. */
export const PATH_CASES: Readonly<Record<string, readonly PathCase[]>> = {
  signatures,
  times,
  authorities,
  lengths,
  leaves,
  extensions,
  usages,
  policies,
  profile,
  constraints,
  hosts,
  lists,
};
