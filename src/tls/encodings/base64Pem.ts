import { parseBase64 } from './certificateFrame.ts';
import { undecodable, type Encoding } from './encoding.ts';
import { parsePemBlocks } from './pemBlocks.ts';

/** Base64 of the PEM text, so encoded twice. */
export const base64Pem: Encoding = {
  title: 'base64 of the PEM text',
  decode(value, limits) {
    // PEM is a third longer than its bytes, and has line breaks and armour.
    const pem = parseBase64(value, limits.certificates * (limits.bytes * 1.5 + 128));
    return pem === undefined
      ? undecodable('it is not strict base64')
      : parsePemBlocks(pem.toString('latin1'), ['\n', '\r\n', ''], limits);
  },
};
