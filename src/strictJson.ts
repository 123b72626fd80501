/** Deepest nesting that is accepted. Shared state of a journey nests a handful of levels. */
const DEEPEST = 32;

export type StrictJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string };

/**
 * Parses JSON that came from outside, a caller's body or Microsoft's answer, the one way it can be read. Refused are bytes that are no
 * UTF-8, nesting beyond 32 levels, and an object with a key twice, which is how two readers of one text come to see two devices.
 * The checks are one pass over the text before any object is built.
 *
 * @param specialKeys - what to do with `__proto__` and its like; `keep` is for readers that look at own properties only
 */
export function parseStrictJson(
  body: Uint8Array | string,
  specialKeys: 'refuse' | 'keep' = 'refuse',
): StrictJson {
  let text: string;
  try {
    text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { ok: false, detail: 'The body is not UTF-8.' };
  }
  if (text.trim() === '') return { ok: false, detail: 'The body is empty.' };
  try {
    const detail = findTrap(text, specialKeys === 'refuse');
    return detail === undefined ? { ok: true, value: JSON.parse(text) as unknown } : { ok: false, detail };
  } catch {
    return { ok: false, detail: 'The body is no valid JSON.' };
  }
}

const SPECIAL_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Looks for what must not be in the text. Malformed JSON is left to the parser, which sees the same text afterwards. */
function findTrap(text: string, refuseSpecialKeys: boolean): string | undefined {
  const keys: (Set<string> | undefined)[] = []; // one per open container; undefined for a list
  for (let position = 0; position < text.length; position += 1) {
    switch (text.charCodeAt(position)) {
      case 0x7b: // {
      case 0x5b: // [
        if (keys.length === DEEPEST) return 'The body is nested too deeply.';
        keys.push(text.charCodeAt(position) === 0x7b ? new Set() : undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        keys.pop();
        break;
      case 0x22: {
        const end = endOfString(text, position);
        const seen = keys.at(-1);
        if (seen !== undefined && isFollowedByColon(text, end)) {
          const key = decodeKey(text.slice(position, end));
          if (refuseSpecialKeys && SPECIAL_KEYS.has(key)) return 'The body has a key that is not accepted.';
          if (seen.has(key)) return 'An object in the body has a key twice.';
          seen.add(key);
        }
        position = end - 1;
        break;
      }
    }
  }
  return undefined;
}

/** Decoded where it has to be, as "\u0078" is "x". */
function decodeKey(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** Index after the closing quote, or the length of the text. */
function endOfString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position += 1) {
    const character = text.charCodeAt(position);
    if (character === 0x5c) position += 1;
    else if (character === 0x22) return position + 1;
  }
  return text.length;
}

function isFollowedByColon(text: string, position: number): boolean {
  let next = position;
  while (next < text.length && ' \t\r\n'.includes(text[next] ?? '')) next += 1;
  return text[next] === ':';
}
