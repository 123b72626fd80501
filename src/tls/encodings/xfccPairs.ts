/** One `key=value` of an XFCC element. */
export interface XfccPair {
  /** Lower case. */
  readonly key: string;
  readonly value: string;
  readonly quoted: boolean;
}

export type ParsedXfcc =
  | { readonly ok: true; readonly pairs: readonly XfccPair[] }
  | { readonly ok: false; readonly detail: string };

/** Envoy writes By and the names of the certificate without quotes or escapes; a certificate has a few dozen of them at most. */
const MOST_PAIRS = 64;

/**
 * Splits a value of `x-forwarded-client-cert` into the pairs of its one element. Separators inside double quotes are text; there `\"` is
 * a quote and `\\` a backslash. More than one element is refused: which of them is ours depends on every hop before us.
 */
export function parseXfcc(text: string): ParsedXfcc {
  const pairs: XfccPair[] = [];
  let position = 0;
  for (;;) {
    const equals = text.indexOf('=', position);
    const key = equals < 0 ? '' : text.slice(position, equals);
    if (!/^[A-Za-z]{1,16}$/.test(key)) return failed('a pair does not begin with a key');
    if (pairs.length === MOST_PAIRS) return failed('it has too many pairs');
    const value = text[equals + 1] === '"' ? readQuoted(text, equals + 2) : readBare(text, equals + 1);
    if (value === undefined) return failed('quotes do not match');
    pairs.push({ key: key.toLowerCase(), value: value.text, quoted: value.quoted });
    const separator = text[value.end];
    if (separator === undefined) return { ok: true, pairs };
    if (separator === ',') return failed('it has more than one element');
    if (separator !== ';') return failed('text follows a quoted value');
    position = value.end + 1;
  }
}

interface ReadValue {
  readonly text: string;
  readonly quoted: boolean;
  /** Index of what follows the value. */
  readonly end: number;
}

function readQuoted(text: string, start: number): ReadValue | undefined {
  const pieces: string[] = [];
  let pieceStart = start;
  for (let position = start; position < text.length; position += 1) {
    const character = text[position];
    if (character === '"') {
      pieces.push(text.slice(pieceStart, position));
      return { text: pieces.join(''), quoted: true, end: position + 1 };
    }
    if (character !== '\\') continue;
    // A backslash escapes a quote or itself; before anything else it is a character of an escaped name.
    const next = text[position + 1];
    if (next !== '"' && next !== '\\') continue;
    pieces.push(text.slice(pieceStart, position), next);
    position += 1;
    pieceStart = position + 1;
  }
  return undefined;
}

function readBare(text: string, start: number): ReadValue | undefined {
  let position = start;
  for (; position < text.length; position += 1) {
    const character = text[position];
    if (character === ';' || character === ',') break;
    if (character === '"') return undefined;
  }
  return { text: text.slice(start, position), quoted: false, end: position };
}

function failed(detail: string): ParsedXfcc {
  return { ok: false, detail };
}
