import { undecodable, type Encoding } from './encoding.ts';
import { parsePemBlocks } from './pemBlocks.ts';
import { decodePercent } from './percentDecoding.ts';

/**
 * PEM as an expression of the operator writes it: percent-encoded, or plain on one line. One procedure reads both, as PEM has no percent
 * sign: decoding leaves the plain form as it is.
 */
export const anyPem: Encoding = {
  title: 'PEM on one line, percent-encoded or not',
  decode(value, limits) {
    if (/[^\t\x20-\x7e]/.test(value)) return undecodable('it has characters that PEM has not');
    const pem = decodePercent(value);
    return pem === undefined
      ? undecodable('the percent-encoding is broken')
      : parsePemBlocks(pem, ['\n', '\r\n', ' ', '\t', ''], limits);
  },
};
