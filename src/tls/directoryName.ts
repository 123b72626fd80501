import { isUtf8 } from 'node:buffer';
import {
  bufferOf,
  bytesOf,
  child,
  children,
  DerType,
  isUniversal,
  oidOf,
  sequenceOf,
  type Der,
} from './der.ts';
import { normaliseAttributeType, type NameAttribute } from './distinguishedName.ts';

/** An X.501 Name as a certificate holds it. */
export interface DirectoryName {
  readonly attributes: readonly NameAttribute[];
  /** One text per RDN; two RDNs are the same name exactly if the texts are equal (RFC 5280 7.1). */
  readonly rdns: readonly string[];
  /** One text for the whole name. */
  readonly key: string;
}

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** @throws Error if the node is no Name */
export function readDirectoryName(node: Der): DirectoryName {
  const attributes: NameAttribute[] = [];
  const rdns = sequenceOf(node).map((set) => {
    if (!isUniversal(set, DerType.SET) || children(set).length === 0) throw new Error('a set was expected');
    const parts = children(set).map((attribute) => {
      const oid = oidOf(child(attribute, 0));
      const value = readText(child(attribute, 1));
      if (sequenceOf(attribute).length !== 2) throw new Error('an attribute has a type and a value');
      attributes.push({ type: normaliseAttributeType(oid), value });
      return JSON.stringify([oid, comparable(value)]);
    });
    return parts.toSorted().join('+');
  });
  return { attributes, rdns, key: rdns.join(',') };
}

/** The email addresses in a name; they stand under the same name constraints as those in a SAN. */
export function emailAddresses(name: DirectoryName): readonly string[] {
  return name.attributes.filter(({ type }) => type === EMAIL_ADDRESS).map(({ value }) => value);
}

/** Letter case, runs of spaces, the kind of string and what is not seen (RFC 4518 2.2) do not matter in a name. */
function comparable(value: string): string {
  return value
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** No name of a person, a device or a company is nearly as long; comparing longer ones costs. */
const LONGEST_VALUE = 4_096;

/** The string types of a name that are read as they are: Numeric, Printable, Teletex, IA5, Visible. */
const PLAIN_STRINGS: ReadonlySet<number> = new Set([18, 19, 20, 22, 26]);

function readText(node: Der): string {
  const raw = bufferOf(node);
  if (raw.length > LONGEST_VALUE) throw new Error('a name is too long');
  if (isUniversal(node, DerType.BMPSTRING)) return bytesOf(node);
  if (!isUniversal(node, DerType.UTF8)) {
    // A type that is read wrongly compares as another name, and so slips past what excludes it.
    const isPlain = isUniversal(node, node.type) && PLAIN_STRINGS.has(node.type);
    if (!isPlain) throw new Error('a name is of no known type of text');
    return raw.toString('latin1');
  }
  // Replacement characters could make two names look alike.
  if (!isUtf8(raw)) throw new Error('a name is no UTF-8');
  return raw.toString('utf8');
}
