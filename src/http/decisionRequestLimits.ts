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
  return isIP(text.replace(/%.*$/, '')) !== 0;
}
