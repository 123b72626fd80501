import { der } from '../support/derBuilder.ts';
import { mutateBytes } from './mutateBytes.ts';
import type { Random } from './random.ts';

/** A value in a tree of values, as the mutator sees it: it takes things apart by itself, not with the code under test. */
interface Node {
  tag: number;
  /** Parts, or the content where there are none. */
  parts: Node[] | Buffer;
}

const DEEPEST = 24;
/** Boolean, integer, bits, octets, null, OID, UTF-8, sequence, set, printable, teletex, IA5, both times, BMP, and context tags. */
const TAGS = [
  1, 2, 3, 4, 5, 6, 12, 0x30, 0x31, 19, 20, 22, 23, 24, 28, 30, 0x80, 0x82, 0x86, 0xa0, 0xa1, 0xa3,
];
const BIT_STRING = 3;
const OCTET_STRING = 4;

/** Changes one encoded value as a structure: takes out, doubles, swaps, moves, retags and rewrites values at any depth. */
export function mutateDer(encoded: Buffer, donor: Buffer, random: Random): Buffer {
  const root = parse(encoded);
  const other = parse(donor);
  if (root === undefined) return mutateBytes(encoded, donor, random);
  for (let times = 1 + random.below(3); times > 0; times -= 1) changeTree(root, other ?? root, random);
  const written = write(root, random.oneIn(40) ? random : undefined);
  return random.oneIn(10) ? mutateBytes(written, donor, random) : written;
}

function parse(bytes: Buffer, depth = 0): Node | undefined {
  const list = parseList(bytes, depth);
  return list?.length === 1 ? list[0] : undefined;
}

function parseList(bytes: Buffer, depth: number): Node[] | undefined {
  const found: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0x80;
    const size = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || size > 3 || at + 2 + size > bytes.length) return undefined;
    const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
    const start = at + 2 + size;
    if (start + length > bytes.length || tag === 0) return undefined;
    const content = bytes.subarray(start, start + length);
    // What is wrapped in octets, as the values of extensions are, is taken apart, too.
    const mayHoldParts = (tag & 0x20) !== 0 || (tag === OCTET_STRING && length > 1);
    const parts = mayHoldParts && depth < DEEPEST ? parseList(content, depth + 1) : undefined;
    found.push({ tag, parts: parts ?? Buffer.from(content) });
    at = start + length;
  }
  return found;
}

function write(node: Node, careless?: Random): Buffer {
  const content = Buffer.isBuffer(node.parts)
    ? node.parts
    : Buffer.concat(node.parts.map((part) => write(part, careless)));
  if (careless?.oneIn(12) === true && content.length < 0x80) {
    // A length that is longer than it must be, or that comes at the end.
    return careless.oneIn(2)
      ? Buffer.concat([Buffer.of(node.tag, 0x81, content.length), content])
      : Buffer.concat([Buffer.of(node.tag, 0x80), content, Buffer.of(0, 0)]);
  }
  return der(node.tag, content);
}

function changeTree(root: Node, other: Node, random: Random): void {
  const node = random.pick(all(root));
  const donor = random.pick(all(other));
  if (Buffer.isBuffer(node.parts)) {
    changeValue(node, node.parts, donor, random);
    return;
  }
  const { parts } = node;
  const at = random.below(parts.length + 1);
  const part = parts[at];
  switch (random.below(7)) {
    case 0:
      parts.splice(at, 1);
      return;
    case 1:
      if (part !== undefined) parts.splice(at, 0, copy(part));
      return;
    case 2:
      parts.reverse();
      return;
    case 3:
      parts.splice(at, 0, copy(donor));
      return;
    case 4:
      if (part !== undefined) parts[at] = copy(donor);
      return;
    case 5:
      node.tag = random.pick(TAGS);
      return;
    default:
      // Many of one kind: what is quadratic shows.
      if (part !== undefined && random.oneIn(4)) {
        for (let times = random.below(600); times > 0; times -= 1) parts.push(part);
      }
  }
}

function changeValue(node: Node, value: Buffer, donor: Node, random: Random): void {
  switch (random.below(6)) {
    case 0:
      node.tag = random.pick(TAGS);
      return;
    case 1:
      node.parts = Buffer.isBuffer(donor.parts) ? donor.parts : value;
      return;
    case 2:
      node.parts = Buffer.alloc(0);
      return;
    case 3:
      if (random.oneIn(8)) node.parts = Buffer.alloc(random.below(5_000), value.length > 0 ? value : 0x41);
      return;
    case 4:
      // A bit string begins with a count of bits that must stay small for the rest to be looked at.
      if (node.tag === BIT_STRING && value.length > 1) {
        node.parts = Buffer.concat([value.subarray(0, 1), mutateBytes(value.subarray(1), value, random)]);
        return;
      }
      node.parts = mutateBytes(value, value, random);
      return;
    default:
      node.parts = mutateBytes(value, Buffer.isBuffer(donor.parts) ? donor.parts : value, random);
  }
}

function all(node: Node): readonly Node[] {
  const found: Node[] = [];
  const collect = (one: Node): void => {
    found.push(one);
    if (!Buffer.isBuffer(one.parts) && found.length < 5_000) for (const part of one.parts) collect(part);
  };
  collect(node);
  return found;
}

function copy(node: Node): Node {
  return { tag: node.tag, parts: Buffer.isBuffer(node.parts) ? node.parts : node.parts.map(copy) };
}
