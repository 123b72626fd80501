import { parseCertificateFrame, type CertificateFrame } from './certificateFrame.ts';
import {
  decodedFrames,
  undecodable,
  type DecodedFrames,
  type DecodingLimits,
  type Encoding,
} from './encoding.ts';

/** The bytes of the certificate in base64. Where a chain may follow, commas and nothing else stand between. */
export const base64Der: Encoding = {
  title: 'base64 of the DER bytes',
  decode: (value, limits) => decodeBase64List(value, limits, (item) => item),
};

/** Decodes items between commas. At most one item more than allowed is looked at. */
export function decodeBase64List(
  value: string,
  limits: DecodingLimits,
  toBase64: (item: string) => string | undefined,
): DecodedFrames {
  const frames: CertificateFrame[] = [];
  for (const item of value.split(',', limits.certificates + 1)) {
    const base64 = toBase64(item);
    const frame = base64 === undefined ? undefined : parseCertificateFrame(base64, limits.bytes);
    if (frame === undefined) return undecodable('it is not exactly one certificate in strict base64');
    frames.push(frame);
  }
  return decodedFrames(frames, limits);
}
