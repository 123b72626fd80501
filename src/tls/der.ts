import forge from 'node-forge';

/** A DER node as node-forge reads it. Plain values are strings with one character a byte. */
export type Der = forge.asn1.Asn1;

/** The options of node-forge 1.4 that its published types do not know yet. */
type FromDer = (
  bytes: string,
  options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean; maxDepth: number },
) => Der;

/** Certificates nest about ten deep; more is an attack on the stack. */
const DEEPEST = 32;

/** Reads one DER value that fills the whole input. @throws Error for anything else */
export function parseDer(bytes: string): Der {
  return (forge.asn1.fromDer as unknown as FromDer)(bytes, {
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

export function child(node: Der, index: number): Der {
  const found = children(node)[index];
  if (found === undefined) throw new Error('a structure is too short');
  return found;
}

export function bytesOf(node: Der): string {
  if (typeof node.value !== 'string') throw new Error('a plain value was expected');
  return node.value;
}

export function oidOf(node: Der): string {
  return forge.asn1.derToOid(bytesOf(node));
}

export function isContext(node: Der, tag: number): boolean {
  return node.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && (node.type as number) === tag;
}

export function isUniversal(node: Der, type: forge.asn1.Type): boolean {
  return node.tagClass === forge.asn1.Class.UNIVERSAL && node.type === type;
}

/** DER's TRUE is 0xff; BER lets any other byte mean it too, and for a flag that restricts, that is the safer reading. */
export function isTrue(node: Der | undefined): boolean {
  return node !== undefined && isUniversal(node, forge.asn1.Type.BOOLEAN) && bytesOf(node) !== '\u0000';
}

export const DerType = forge.asn1.Type;
