/** Certificates nest about ten deep; more is an attack on the stack. */
export const DEEPEST = 32;
const CONSTRUCTED = 0x20;
const SEQUENCE = 0x30;
const TAG_NUMBER = 0x1f;

/** @throws Error unless the bytes are exactly one DER value */
export function requireDer(bytes: Buffer): void {
  if (scanValue(bytes, 0, bytes.length, 0) !== bytes.length)
    throw new Error('there are bytes after the value');
}

/** The encoded children of one encoded, constructed value, as views on its bytes. Checks lengths only; see {@link parseDer}. */
export function encodedChildren(bytes: Buffer): readonly Buffer[] {
  const outer = readHeader(bytes, 0, bytes.length);
  if ((outer.tag & CONSTRUCTED) === 0) throw new Error('a structure was expected');
  if (outer.end !== bytes.length) throw new Error('there are bytes after the value');
  const found: Buffer[] = [];
  for (let position = outer.start; position < outer.end;) {
    const { end } = readHeader(bytes, position, outer.end);
    found.push(bytes.subarray(position, end));
    position = end;
  }
  return found;
}

/** The same for a SEQUENCE, and nothing but a SEQUENCE. */
export function encodedSequence(bytes: Buffer | undefined): readonly Buffer[] {
  if (bytes?.[0] !== SEQUENCE) throw new Error('a sequence was expected');
  return encodedChildren(bytes);
}

/** The content of one encoded value of the given universal type. */
export function encodedContent(bytes: Buffer | undefined, tag: number): Buffer {
  if (bytes === undefined || bytes[0] !== tag) throw new Error('a value of another type was expected');
  const { start, end } = readHeader(bytes, 0, bytes.length);
  return bytes.subarray(start, end);
}

export interface Header {
  readonly tag: number;
  /** Where the content starts, and where the value ends. */
  readonly start: number;
  readonly end: number;
}

/** The tag and extent of the value at a position, for those who read too many to cut each out. Looks no farther than the limit. */
export function readHeader(bytes: Buffer, position: number, limit: number): Header {
  const tag = bytes[position];
  const first = bytes[position + 1];
  if (tag === undefined || first === undefined || position + 2 > limit) throw new Error('a value is cut off');
  if ((tag & TAG_NUMBER) === TAG_NUMBER || tag === 0) throw new Error('a tag no certificate uses');
  let start = position + 2;
  let length = first;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4 || start + size > limit) throw new Error('a length that is not DER');
    length = bytes.readUIntBE(start, size);
    if (length < 0x80 || length < 2 ** (8 * (size - 1))) throw new Error('a length that is not DER');
    start += size;
  }
  if (start + length > limit) throw new Error('a value is cut off');
  return { tag, start, end: start + length };
}

/** Returns where the value ends. */
function scanValue(bytes: Buffer, position: number, limit: number, depth: number): number {
  const header = readHeader(bytes, position, limit);
  const { tag, start, end } = header;
  const isUniversalValue = (tag & 0xc0) === 0;
  const mustBeConstructed = tag === 0x30 || tag === 0x31;
  if ((tag & CONSTRUCTED) === 0) {
    if (isUniversalValue) scanPrimitive(bytes, header);
    // node-forge decodes this tag number as a BMPString in every class, odd lengths included.
    else if ((tag & TAG_NUMBER) === 30) throw new Error('a tag no certificate uses');
    return end;
  }
  if (isUniversalValue && !mustBeConstructed) throw new Error('a value in parts is not DER');
  if (depth + 1 >= DEEPEST) throw new Error('nested too deep');
  for (let next = start; next < end;) next = scanValue(bytes, next, end, depth + 1);
  return end;
}

function scanPrimitive(bytes: Buffer, { tag, start, end }: Header): void {
  const first = bytes[start] ?? 0;
  const second = bytes[start + 1] ?? 0;
  const length = end - start;
  switch (tag) {
    case 0x01:
      if (length !== 1 || (first !== 0 && first !== 0xff)) throw new Error('a boolean that is not DER');
      return;
    case 0x02:
      if (length === 0 || (length > 1 && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80))) {
        throw new Error('an integer that is not DER');
      }
      return;
    case 0x03:
      if (length === 0 || first > 7 || (first > 0 && length === 1))
        throw new Error('a bit string that is not DER');
      if (((bytes[end - 1] ?? 0) & ((1 << first) - 1)) !== 0 && length > 1) {
        throw new Error('a bit string that is not DER');
      }
      return;
    case 0x05:
      if (length !== 0) throw new Error('a null that is not DER');
      return;
    case 0x06:
      scanOid(bytes, start, end);
      return;
    case 0x1e:
      if (length % 2 !== 0) throw new Error('a BMPString of odd length');
      return;
    case 0x10:
    case 0x11:
      throw new Error('a structure was expected');
  }
}

function scanOid(bytes: Buffer, start: number, end: number): void {
  let starts = true;
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position] ?? 0;
    if (starts && byte === 0x80) throw new Error('an OID that is not DER');
    starts = byte < 0x80;
  }
  if (!starts || start === end) throw new Error('an OID that is not DER');
}
