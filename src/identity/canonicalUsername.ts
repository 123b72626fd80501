const LONGEST_BYTES = 256;
/** Controls, line separators, halves of characters, and what reorders the text around it: no name has them. */
const IMPOSSIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]|^\s|\s$/u;

/**
 * The one spelling of a name under which a store keeps a person: Unicode form C, so that a name means the same from every keyboard,
 * however it writes its accents. Form KC would go further and make one name of two that look different (² and 2); case is kept as well.
 *
 * @returns undefined for what cannot be a name: empty, beyond 256 bytes, with controls or with outer blanks
 */
export function canonicalUsername(typed: string): string | undefined {
  if (typed.length > LONGEST_BYTES) return undefined;
  const name = typed.normalize('NFC');
  return name === '' || Buffer.byteLength(name) > LONGEST_BYTES || IMPOSSIBLE.test(name) ? undefined : name;
}

/**
 * The name under which failures are counted. Spellings that any store might take for one person count together, so that another
 * spelling wins no further guess. It identifies nobody.
 */
export function countedUsername(typed: string): string {
  return typed
    .slice(0, LONGEST_BYTES)
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
