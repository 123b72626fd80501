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

/** Letter case, runs of spaces and the kind of string do not matter in a name. */
function comparable(value: string): string {
  return value.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

function readText(node: Der): string {
  if (isUniversal(node, DerType.BMPSTRING)) return bytesOf(node);
  const raw = bufferOf(node);
  if (!isUniversal(node, DerType.UTF8)) return raw.toString('latin1');
  // Replacement characters could make two names look alike.
  if (!isUtf8(raw)) throw new Error('a name is no UTF-8');
  return raw.toString('utf8');
}
