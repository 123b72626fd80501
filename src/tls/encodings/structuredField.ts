import { parseCertificateFrame } from './certificateFrame.ts';
import { decodedFrames, undecodable, type Encoding } from './encoding.ts';

/** A byte sequence of structured fields (RFC 9440, RFC 9651 3.3.5): base64 of the DER bytes between colons, padded, without parameters. */
export const structuredField: Encoding = {
  title: 'base64 of the DER bytes between colons (RFC 9440)',
  decode(value, limits) {
    if (value.length < 2 || !value.startsWith(':') || !value.endsWith(':')) {
      return undecodable('it does not stand between colons');
    }
    const frame = parseCertificateFrame(value.slice(1, -1), limits.bytes);
    return frame === undefined
      ? undecodable('it is not exactly one certificate in strict base64')
      : decodedFrames([frame], limits);
  },
};
