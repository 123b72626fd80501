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
      const value = readValue(oid, child(attribute, 1));
      if (sequenceOf(attribute).length !== 2) throw new Error('an attribute has a type and a value');
      attributes.push({ type: normaliseAttributeType(oid), value });
      const text = comparable(value);
      // With the length in front, no text can pass for two.
      return `${oid}:${text.length}:${text}`;
    });
    return parts.length === 1 ? (parts[0] ?? '') : parts.toSorted().join('+');
  });
  return { attributes, rdns, key: rdns.join(',') };
}

/** The email addresses in a name; they stand under the same name constraints as those in a SAN. */
export function emailAddresses(name: DirectoryName): readonly string[] {
  return name.attributes.filter(({ type }) => type === EMAIL_ADDRESS).map(({ value }) => value);
}

/** Letter case, runs of spaces, the kind of string and what is not seen (RFC 4518 2.2) do not matter in a name. */
function comparable(value: string): string {
  // Most names are plain ASCII, of which the rest of this changes nothing.
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) return value.toLowerCase();
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

const UTF8_STRING = 12;
const UNIVERSAL_STRING = 28;
const BMP_STRING = 30;
/** The one attribute that is no text but bits, put in to tell apart who shares a name (X.520). */
const UNIQUE_IDENTIFIER = '2.5.4.45';

function readValue(oid: string, node: Der): string {
  const raw = bufferOf(node);
  if (raw.length > LONGEST_VALUE) throw new Error('a name is too long');
  if (oid === UNIQUE_IDENTIFIER && isUniversal(node, DerType.BITSTRING)) return `#${raw.toString('hex')}`;
  const tag: number | undefined = isUniversal(node, node.type) ? node.type : undefined;
  if (tag === BMP_STRING) return bytesOf(node);
  if (tag === UNIVERSAL_STRING) return readUniversalString(raw);
  if (tag !== UTF8_STRING) {
    // A type that is read wrongly compares as another name, and so slips past what excludes it.
    if (tag === undefined || !PLAIN_STRINGS.has(tag)) throw new Error('a name is of no known type of text');
    return raw.toString('latin1');
  }
  // Replacement characters could make two names look alike.
  if (!isUtf8(raw)) throw new Error('a name is no UTF-8');
  return raw.toString('utf8');
}

/** Four bytes a character. @throws Error for what is no character */
function readUniversalString(raw: Buffer): string {
  if (raw.length % 4 !== 0) throw new Error('a name is no UTF-32');
  const points = Array.from({ length: raw.length / 4 }, (_, index) => raw.readUInt32BE(4 * index));
  if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point < 0xe000))) {
    throw new Error('a name is no UTF-32');
  }
  return String.fromCodePoint(...points);
}
