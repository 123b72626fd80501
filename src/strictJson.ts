/** Deepest nesting that is accepted. Shared state of a journey nests a handful of levels. */
const DEEPEST = 32;

export type StrictJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string };

/** Made once: it keeps nothing between texts. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses JSON that came from outside, a caller's body or Microsoft's answer, the one way it can be read. Refused are bytes that are no
 * UTF-8, nesting beyond 32 levels, and an object with a key twice, which is how two readers of one text come to see two devices.
 *
 * @param specialKeys - what to do with `__proto__` and its like; `keep` is for readers that look at own properties only
 */
export function parseStrictJson(
  body: Uint8Array | string,
  specialKeys: 'refuse' | 'keep' = 'refuse',
): StrictJson {
  let text: string;
  try {
    text = typeof body === 'string' ? body : UTF8.decode(body);
  } catch {
    return refused('The body is not UTF-8.');
  }
  if (text.trim() === '') return refused('The body is empty.');
  const written = countKeys(text);
  if (written === TOO_DEEP) return refused('The body is nested too deeply.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('The body is no valid JSON.');
  }
  const refuseSpecial = specialKeys === 'refuse';
  const kept = countProperties(value, refuseSpecial);
  if (kept === SPECIAL) return refused('The body has a key that is not accepted.');
  // Of a key that was written twice, the parser keeps one.
  return kept === written ? { ok: true, value } : refused('An object in the body has a key twice.');
}

function refused(detail: string): StrictJson {
  return { ok: false, detail };
}

const TOO_DEEP = -1;
const SPECIAL = -1;
const SPECIAL_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** How many keys a text has, if it is JSON: one for each colon outside of strings. */
function countKeys(text: string): number {
  let depth = 0;
  let keys = 0;
  for (let position = 0; position < text.length; position += 1) {
    switch (text.charCodeAt(position)) {
      case 0x22: // "
        position = endOfString(text, position);
        break;
      case 0x3a: // :
        keys += 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (depth === DEEPEST) return TOO_DEEP;
        depth += 1;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
    }
  }
  return keys;
}

/** Index of the closing quote, or the length of the text. */
function endOfString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position += 1) {
    const character = text.charCodeAt(position);
    if (character === 0x22) return position;
    if (character === 0x5c) position += 1; // a backslash
  }
  return text.length;
}

/** How many properties a parsed value has in all, which is no deeper than its text. */
function countProperties(value: unknown, refuseSpecial: boolean): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = countProperties(item, refuseSpecial);
      if (inside === SPECIAL) return SPECIAL;
      count += inside;
    }
    return count;
  }
  for (const key of Object.keys(value)) {
    if (refuseSpecial && SPECIAL_KEYS.has(key)) return SPECIAL;
    const inside = countProperties((value as Record<string, unknown>)[key], refuseSpecial);
    if (inside === SPECIAL) return SPECIAL;
    count += 1 + inside;
  }
  return count;
}
