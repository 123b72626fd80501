import { isIP } from 'node:net';

/** Limits of the body of `POST /v1/decisions`: counts, and lengths in UTF-16 units. */
export const LONGEST_NODE = 64;
export const LONGEST_KEY = 200;
export const LONGEST_ADDRESS = 100;
export const MOST_HEADERS = 200;
/** Of one header. */
export const MOST_VALUES = 50;
export const LONGEST_VALUE = 16_384;

/** IPv4 or IPv6, the latter also with a zone. */
export function isAddress(text: string): boolean {
  // Whoever checks lengths beside this may ask all the same: a search must not take long for that.
  if (text.length > LONGEST_ADDRESS) return false;
  const zone = text.indexOf('%');
  return isIP(zone === -1 ? text : text.slice(0, zone)) !== 0;
}
