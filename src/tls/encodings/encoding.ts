import type { CertificateFrame } from './certificateFrame.ts';

/** What a value decodes to: the leaf first, then what follows it, or why it does not. The detail never repeats the value. */
export type DecodedFrames =
  | { readonly ok: true; readonly leaf: CertificateFrame; readonly chain: readonly CertificateFrame[] }
  | { readonly ok: false; readonly detail: string };

export interface DecodingLimits {
  /** Most certificates in one value, the leaf included. */
  readonly certificates: number;
  /** Largest certificate, in bytes of DER. */
  readonly bytes: number;
}

/** One way to write certificates into a header value. Pure, never throws, linear in the length of the value. */
export interface Encoding {
  /** What it looks like, for people. */
  readonly title: string;
  decode(value: string, limits: DecodingLimits): DecodedFrames;
}

export function undecodable(detail: string): DecodedFrames {
  return { ok: false, detail };
}

/** Puts a list of certificates, the leaf first, into the shape of an answer. */
export function decodedFrames(frames: readonly CertificateFrame[], limits: DecodingLimits): DecodedFrames {
  const [leaf, ...chain] = frames;
  if (leaf === undefined) return undecodable('it holds no certificate');
  if (frames.length > limits.certificates) {
    return undecodable(
      limits.certificates === 1 ? 'it holds more than one certificate' : 'it holds too many certificates',
    );
  }
  // One certificate twice is no chain: somebody joined two headers.
  if (frames.some((frame, index) => frames.slice(0, index).some((earlier) => earlier.equals(frame)))) {
    return undecodable('it holds a certificate twice');
  }
  return { ok: true, leaf, chain };
}
