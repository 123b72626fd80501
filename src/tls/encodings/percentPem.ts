import { undecodable, type Encoding } from './encoding.ts';
import { parsePemBlocks } from './pemBlocks.ts';
import { decodePercent } from './percentDecoding.ts';

/**
 * PEM with line breaks and spaces percent-encoded. Products differ in what else they escape (nginx escapes `+ / =`, AWS does not) and in
 * the case of the hex digits; both are read, since neither changes what is meant.
 */
export const percentPem: Encoding = {
  title: 'PEM, percent-encoded',
  decode(value, limits) {
    if (/[^\x21-\x7e]/.test(value)) return undecodable('it has characters that percent-encoding replaces');
    const pem = decodePercent(value);
    return pem === undefined
      ? undecodable('the percent-encoding is broken')
      : parsePemBlocks(pem, ['\n', '\r\n', ' ', '\t', ''], limits);
  },
};
