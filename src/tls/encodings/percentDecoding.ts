/**
 * Decodes `%xx` in either letter case to ASCII. A plus sign stays a plus sign: decoding it to a space, as for HTML forms, destroys base64.
 *
 * @returns undefined for an incomplete escape, or one of a byte that is not ASCII
 */
export function decodePercent(value: string): string | undefined {
  if (!value.includes('%')) return value;
  if (/%(?![0-7][0-9A-Fa-f])/.test(value)) return undefined;
  return decodeURIComponent(value);
}
