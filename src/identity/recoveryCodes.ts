import { randomInt } from 'node:crypto';

/** As many as AM makes and its display node has room for. */
export const RECOVERY_CODES = 10;
const LENGTH = 10;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Ten codes of ten letters and digits, 59 random bits each, all different. */
export function createRecoveryCodes(): readonly string[] {
  const codes = new Set<string>();
  while (codes.size < RECOVERY_CODES) {
    codes.add(Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)] ?? '').join(''));
  }
  return [...codes];
}
