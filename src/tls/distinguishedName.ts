/** One attribute of a name. The type is lower case, with well-known OIDs and long names written as their short name. */
export interface NameAttribute {
  readonly type: string;
  readonly value: string;
}

/** Longest name that is read, in characters. A subject in a header is a few hundred. */
const LONGEST_NAME = 2_048;
const MOST_ATTRIBUTES = 32;

/** Every way of writing "common name" counts as one, so that a second CN cannot hide behind its OID. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'cn'],
  ['oid.2.5.4.3', 'cn'],
  ['commonname', 'cn'],
]);

/** A short name, or an OID in its one spelling: `2.5.4.003` is not another way to write `2.5.4.3`. */
const ATTRIBUTE_TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|(?:OID\.)?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)$/i;

/**
 * Reads a distinguished name in the string form of RFC 4514 or RFC 2253 (comma, semicolon, plus, quotes, escapes) or in OpenSSL's
 * older form `/O=…/CN=…`. Returns undefined for anything else: there is no partial reading.
 *
 * The older form has no escapes, so a `/X=` inside a value looks like another attribute. That can only add attributes, and callers
 * refuse names with more CNs than one.
 */
export function parseDistinguishedName(text: string): readonly NameAttribute[] | undefined {
  if (text.length === 0 || text.length > LONGEST_NAME) return undefined;
  return text.startsWith('/') ? parseSlashForm(text) : parseCommaForm(text);
}

/** The values of all CN attributes, in order of appearance. */
export function commonNames(name: readonly NameAttribute[]): readonly string[] {
  return name.filter((attribute) => attribute.type === 'cn').map((attribute) => attribute.value);
}

export function normaliseAttributeType(type: string): string {
  const lower = type.toLowerCase();
  return SHORT_NAMES.get(lower) ?? lower;
}

function parseSlashForm(text: string): readonly NameAttribute[] | undefined {
  const attributes: NameAttribute[] = [];
  // A slash starts an attribute only if a type and "=" follow; otherwise it belongs to the value before it.
  for (const part of text.slice(1).split(/\/(?=[A-Za-z0-9][A-Za-z0-9.-]*=)/)) {
    const equals = part.indexOf('=');
    if (equals < 1 || attributes.length === MOST_ATTRIBUTES) return undefined;
    const type = part.slice(0, equals);
    if (!ATTRIBUTE_TYPE.test(type)) return undefined;
    attributes.push({ type: normaliseAttributeType(type), value: part.slice(equals + 1) });
  }
  return attributes;
}

function parseCommaForm(text: string): readonly NameAttribute[] | undefined {
  const attributes: NameAttribute[] = [];
  let position = 0;
  for (;;) {
    const equals = text.indexOf('=', position);
    if (equals < 0 || attributes.length === MOST_ATTRIBUTES) return undefined;
    const type = text.slice(position, equals).replace(/^ +| +$/g, '');
    if (!ATTRIBUTE_TYPE.test(type)) return undefined;
    const read = readValue(text, equals + 1);
    if (read === undefined) return undefined;
    attributes.push({ type: normaliseAttributeType(type), value: read.value });
    if (read.end === text.length) return attributes;
    position = read.end + 1;
  }
}

interface ReadValue {
  readonly value: string;
  /** Index of the separator that ended the value, or the length of the text. */
  readonly end: number;
}

const SEPARATORS = ',;+';
const ESCAPABLE = ' "#+,;<=>\\';
/** A whole value that means what it says: what nearly all values are, ids and host names. */
const PLAIN_VALUE = /[A-Za-z0-9.:@_-]+(?=[,;+]|$)/y;

function readValue(text: string, start: number): ReadValue | undefined {
  let position = start;
  while (text[position] === ' ') position += 1;
  PLAIN_VALUE.lastIndex = position;
  const plain = PLAIN_VALUE.exec(text)?.[0];
  if (plain !== undefined) return { value: plain, end: position + plain.length };
  // "#04…" is a value in BER: legal, but not text, and no device id is written so.
  if (text[position] === '#') return undefined;
  const quoted = text[position] === '"';
  if (quoted) position += 1;

  const bytes: number[] = [];
  let keep = 0; // length up to the last character that is not an unescaped trailing space
  for (;;) {
    const character = text[position];
    if (character === undefined) {
      if (quoted) return undefined;
      break;
    }
    if (character === '\\') {
      const escape = readEscape(text, position + 1);
      if (escape === undefined) return undefined;
      bytes.push(escape.byte);
      position = escape.end;
      keep = bytes.length;
      continue;
    }
    if (character === '"') {
      if (!quoted) return undefined;
      position += 1;
      keep = bytes.length;
      while (text[position] === ' ') position += 1;
      if (position < text.length && !SEPARATORS.includes(text[position] ?? '')) return undefined;
      break;
    }
    if (!quoted && SEPARATORS.includes(character)) break;
    if (character < ' ' || character === '\u007f') return undefined;
    const codePoint = String.fromCodePoint(text.codePointAt(position) ?? 0);
    bytes.push(...Buffer.from(codePoint));
    position += codePoint.length;
    if (quoted || character !== ' ') keep = bytes.length;
  }

  const value = Buffer.from(bytes.slice(0, keep));
  const decoded = value.toString('utf8');
  // Escaped bytes that are no UTF-8 would come out as replacement characters and could make two names look alike.
  return Buffer.from(decoded).equals(value) ? { value: decoded, end: position } : undefined;
}

function readEscape(
  text: string,
  position: number,
): { readonly byte: number; readonly end: number } | undefined {
  const pair = text.slice(position, position + 2);
  if (/^[0-9a-f]{2}$/i.test(pair)) return { byte: Number.parseInt(pair, 16), end: position + 2 };
  const character = text[position];
  return character !== undefined && ESCAPABLE.includes(character)
    ? { byte: character.charCodeAt(0), end: position + 1 }
    : undefined;
}
