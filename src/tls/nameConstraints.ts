import { bufferOf, children, countOf, isContext, parseDer, required, sequenceOf, type Der } from './der.ts';
import type { DirectoryName } from './directoryName.ts';
import { readGeneralName, USER_PRINCIPAL_NAME } from './generalName.ts';
import { dnsLabels } from './hostName.ts';
import { mailboxOf } from './mailbox.ts';

/** The base of a subtree, by the kind of name it is about (RFC 5280 4.2.1.10). */
export type Subtree =
  | { readonly type: 'dns'; readonly host: HostPattern }
  | { readonly type: 'email'; readonly local: string | undefined; readonly host: HostPattern }
  | { readonly type: 'uri'; readonly host: HostPattern }
  | { readonly type: 'ip'; readonly address: Buffer; readonly mask: Buffer }
  | { readonly type: 'directory'; readonly name: DirectoryName }
  /** A kind that is not compared: the OID of an other name, or the tag. */
  | { readonly type: 'other'; readonly form: string };

/** `.example` is every host below; `host.example` is that host, in a constraint on DNS names also every one below. */
export interface HostPattern {
  /** Is there a dot in front? */
  readonly isSuffix: boolean;
  readonly labels: readonly string[];
}

export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
  /** Does a DNS name begin with a dot? RFC 5280 has no such names, but many CAs write them. */
  readonly hasLeadingDot: boolean;
}

/**
 * Reads the extension.
 *
 * @throws Error if it is malformed, holds minimum or maximum (which RFC 5280 does not use), or a base that is none, such as a mask with
 * a hole
 */
export function readNameConstraints(value: Buffer): NameConstraints {
  const parts = sequenceOf(parseDer(value));
  const [permitted, excluded] = [0, 1].map((tag) => parts.find((part) => isContext(part, tag)));
  const known = [permitted, excluded].filter((part) => part !== undefined);
  if (known.length === 0 || known.length !== parts.length) throw new Error('no name constraints');
  const subtrees = { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
  const hasLeadingDot = Object.values(subtrees)
    .flat()
    .some((subtree) => subtree.type === 'dns' && subtree.host.labels.length > 0 && subtree.host.isSuffix);
  return { ...subtrees, hasLeadingDot };
}

function readSubtrees(list: Der | undefined): readonly Subtree[] {
  if (list === undefined) return [];
  if (children(list).length === 0) throw new Error('an empty list of subtrees');
  return children(list).map((subtree) => {
    const [base, ...bounds] = sequenceOf(subtree);
    if (bounds.some((bound) => !isContext(bound, 0) || countOf(bound) !== 0)) {
      throw new Error('a subtree with bounds');
    }
    return readBase(required(base));
  });
}

function readBase(base: Der): Subtree {
  if (isContext(base, 7)) return readAddressRange(bufferOf(base));
  const name = readGeneralName(base);
  switch (name.type) {
    case 'dns':
      return { type: 'dns', host: readHost(name.value) };
    case 'email': {
      const mailbox = mailboxOf(name.value);
      if (mailbox !== undefined) return { type: 'email', local: mailbox.local, host: readHost(mailbox.host) };
      return { type: 'email', local: undefined, host: readHost(name.value) };
    }
    case 'uri':
      return { type: 'uri', host: readHost(name.value) };
    case 'directory':
      return { type: 'directory', name: name.name };
    case 'upn':
      return { type: 'other', form: USER_PRINCIPAL_NAME };
    case 'ip':
    case 'other':
      return { type: 'other', form: name.value };
  }
}

function readAddressRange(bytes: Buffer): Subtree {
  if (bytes.length !== 8 && bytes.length !== 32) throw new Error('an address range has 8 or 32 bytes');
  const half = bytes.length / 2;
  const mask = bytes.subarray(half);
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (/01/.test(bits)) throw new Error('an address mask with a hole');
  return { type: 'ip', address: bytes.subarray(0, half), mask };
}

function readLabels(text: string): readonly string[] {
  const labels = dnsLabels(text);
  if (labels === undefined || labels[0] === '*') throw new Error('a constraint that is no DNS name');
  return labels;
}

function readHost(text: string): HostPattern {
  // Excluding "" is how CAs give up a kind of name altogether.
  if (text === '') return { isSuffix: true, labels: [] };
  const isSuffix = text.startsWith('.');
  return { isSuffix, labels: readLabels(isSuffix ? text.slice(1) : text) };
}
