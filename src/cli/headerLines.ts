import type { HeaderLine } from '../node/requestContext.ts';

export type ParsedHeaders =
  | { readonly ok: true; readonly headers: readonly HeaderLine[] }
  | { readonly ok: false; readonly detail: string };

/** Longest header line, in bytes, and most lines. More is no request a proxy forwards. */
export const LONGEST_HEADER_LINE = 65_536;
export const MOST_HEADERS = 200;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const REQUEST_LINE = /^[A-Z]{1,16} \S+ HTTP\/\d(?:\.\d)?$/;

/**
 * Parses header lines as they stand in a request (RFC 9112 5), one character a byte. A request line before them and empty lines are
 * skipped. Whatever servers read differently is refused: folded lines, a space before the colon, control characters.
 */
export function parseHeaderLines(lines: readonly string[]): ParsedHeaders {
  const headers: HeaderLine[] = [];
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '' || (index === 0 && REQUEST_LINE.test(line))) continue;
    if (line.startsWith(' ') || line.startsWith('\t')) return refuse(index, 'is the continuation of another');
    const colon = line.indexOf(':');
    if (colon < 0) return refuse(index, 'has no colon');
    headers.push([line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+/, '')]);
  }
  return checkHeaders(headers);
}

/** Parses what Node calls `rawHeaders`: names and values in turn. */
export function parseRawHeaders(list: unknown): ParsedHeaders {
  if (!Array.isArray(list) || list.length % 2 !== 0 || !list.every((item) => typeof item === 'string')) {
    return { ok: false, detail: 'rawHeaders is not a list of names and values in turn' };
  }
  const texts: readonly string[] = list;
  const headers: HeaderLine[] = [];
  for (let index = 0; index < texts.length; index += 2) {
    headers.push([texts[index] ?? '', texts[index + 1] ?? '']);
  }
  return checkHeaders(headers);
}

function checkHeaders(headers: readonly HeaderLine[]): ParsedHeaders {
  if (headers.length > MOST_HEADERS)
    return { ok: false, detail: `there are more than ${MOST_HEADERS} headers` };
  const checked: HeaderLine[] = [];
  for (const [index, [name, value]] of headers.entries()) {
    if (!TOKEN.test(name)) return refuse(index, 'has a name that is no header name');
    const text = withoutTrailingBlanks(String(value));
    if (text.length > LONGEST_HEADER_LINE) return refuse(index, 'is too long');
    if (hasControlCharacter(text)) return refuse(index, 'has a control character');
    checked.push([name, text]);
  }
  return { ok: true, headers: checked };
}

function withoutTrailingBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(0, end);
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

function refuse(index: number, what: string): ParsedHeaders {
  return { ok: false, detail: `line ${index + 1} ${what}` };
}
