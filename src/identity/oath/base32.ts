const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, without padding, as authenticator apps read it. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31];
    value &= 31;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/**
 * Reads base32 as people and apps write it: either case, with or without padding, in groups with blanks or dashes between them.
 *
 * @returns undefined for anything else, such as a length no bytes encode to, or bits beyond the last byte
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  const digits = text
    .replaceAll(/[ -]/g, '')
    .replace(/={1,6}$/, '')
    .toUpperCase();
  if ([1, 3, 6].includes(digits.length % 8)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits.length * 5) / 8));
  let length = 0;
  let bits = 0;
  let value = 0;
  for (const digit of digits) {
    const five = ALPHABET.indexOf(digit);
    if (five < 0) return undefined;
    value = (value << 5) | five;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length] = value >>> bits;
      length += 1;
    }
    value &= (1 << bits) - 1;
  }
  return value === 0 ? bytes : undefined;
}
