import { decodeBase64List } from './base64Der.ts';
import type { Encoding } from './encoding.ts';
import { decodePercent } from './percentDecoding.ts';

/** Base64 of the DER bytes with `+ / =` percent-encoded. A bare one of them is refused, since to its writer a plus would be a space. */
export const percentBase64Der: Encoding = {
  title: 'base64 of the DER bytes, percent-encoded',
  decode: (value, limits) =>
    decodeBase64List(value, limits, (item) => (/[+/=]/.test(item) ? undefined : decodePercent(item))),
};
