import forge from 'node-forge';
import { DEEPEST, requireDer } from './derBytes.ts';

/** A DER node as node-forge reads it. Plain values are strings with one character a byte; BMPStrings are decoded text. */
export type Der = forge.asn1.Asn1;

/** The options of node-forge 1.4 that its published types do not know yet. */
type FromDer = (
  bytes: string,
  options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean; maxDepth: number },
) => Der;

export const DerType = forge.asn1.Type;

/**
 * Reads one DER value that fills the whole input. node-forge also takes what only BER allows (indefinite and overlong lengths, odd
 * booleans), where two readers may see two things, so a scan refuses that first.
 *
 * @throws Error for anything else
 */
export function parseDer(bytes: Buffer): Der {
  requireDer(bytes);
  return (forge.asn1.fromDer as unknown as FromDer)(bytes.toString('latin1'), {
    strict: true,
    parseAllBytes: true,
    // Bit strings stay bytes: guessing whether one holds a structure makes keys look like what they are not.
    decodeBitStrings: false,
    maxDepth: DEEPEST,
  });
}

export function children(node: Der): readonly Der[] {
  if (!Array.isArray(node.value)) throw new Error('a structure was expected');
  return node.value;
}

/** The children of a SEQUENCE. */
export function sequenceOf(node: Der): readonly Der[] {
  if (!isUniversal(node, DerType.SEQUENCE)) throw new Error('a sequence was expected');
  return children(node);
}

export function child(node: Der, index: number): Der {
  return required(children(node)[index]);
}

export function required(node: Der | undefined): Der {
  if (node === undefined) throw new Error('a structure is too short');
  return node;
}

export function bytesOf(node: Der): string {
  if (typeof node.value !== 'string') throw new Error('a plain value was expected');
  return node.value;
}

export function bufferOf(node: Der): Buffer {
  return Buffer.from(bytesOf(node), 'latin1');
}

/** Bytes. Enough for any OID in use; adding up a longer one takes quadratic time. */
const LONGEST_OID = 128;

/** Dotted form. Arcs of any size: those under 2.25 hold a UUID. */
export function oidOf(node: Der): string {
  if (!isUniversal(node, DerType.OID)) throw new Error('an OID was expected');
  const bytes = bytesOf(node);
  if (bytes.length > LONGEST_OID) throw new Error('an OID is too long');
  let dotted = '';
  let value = 0;
  let large = 0n;
  for (let position = 0; position < bytes.length; position += 1) {
    const byte = bytes.charCodeAt(position);
    if (value < 2 ** 45) value = value * 128 + (byte & 0x7f);
    else large = (large === 0n ? BigInt(value) : large) * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    // The first number holds the first two arcs, of which the first is at most 2.
    if (dotted !== '') dotted += `.${large === 0n ? value : large}`;
    else if (value < 80) dotted = value < 40 ? `0.${value}` : `1.${value - 40}`;
    else dotted = `2.${large === 0n ? value - 80 : large - 80n}`;
    value = 0;
    large = 0n;
  }
  return dotted;
}

export function isContext(node: Der | undefined, tag: number): boolean {
  return (
    node !== undefined && node.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && (node.type as number) === tag
  );
}

export function isUniversal<T extends forge.asn1.Type>(
  node: Der | undefined,
  type: T,
): node is Der & { type: T } {
  return node !== undefined && node.tagClass === forge.asn1.Class.UNIVERSAL && node.type === type;
}

export function isTrue(node: Der | undefined): boolean {
  return isUniversal(node, DerType.BOOLEAN) && bytesOf(node) !== '\u0000';
}

/** A non-negative INTEGER, also under an implicit tag. Values beyond 32 bits come out as Infinity: all of them mean "no limit". */
export function countOf(node: Der): number {
  const bytes = bufferOf(node);
  if (bytes.length === 0 || (bytes[0] ?? 0) >= 0x80) throw new Error('a count below zero');
  const significant = bytes[0] === 0 ? bytes.subarray(1) : bytes;
  if (significant.length === 0) return 0;
  return significant.length > 4 ? Number.POSITIVE_INFINITY : significant.readUIntBE(0, significant.length);
}
