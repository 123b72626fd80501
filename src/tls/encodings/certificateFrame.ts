/** Bytes with the outline of exactly one certificate. Only {@link parseCertificateFrame} makes one. */
export type CertificateFrame = Buffer & { readonly __brand: 'CertificateFrame' };

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/**
 * Reads canonical base64 whose bytes are one SEQUENCE of a SEQUENCE, a SEQUENCE and a BIT STRING (RFC 5280 4.1), each with the shortest
 * length, with nothing left over. That much is checked here, in no time, so that no second certificate and no trailing byte gets past
 * any encoding; the content is left to whoever parses it.
 *
 * @returns undefined for anything else
 */
export function parseCertificateFrame(base64: string, largestBytes: number): CertificateFrame | undefined {
  const bytes = parseBase64(base64, largestBytes);
  return bytes !== undefined && isCertificateFrame(bytes) ? (bytes as CertificateFrame) : undefined;
}

/** Node's own decoder skips what it does not know and takes the URL-safe alphabet; two readings of one text must not be possible. */
export function parseBase64(base64: string, largestBytes: number): Buffer | undefined {
  if (base64.length > Math.ceil(largestBytes / 3) * 4 || base64.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // What is skipped does not come back, nor do bits after the last byte that are not zero.
  return bytes.length > 0 && bytes.length <= largestBytes && bytes.toString('base64') === base64
    ? bytes
    : undefined;
}

function isCertificateFrame(bytes: Buffer): boolean {
  const certificate = readHeader(bytes, 0);
  if (certificate?.tag !== SEQUENCE || certificate.end !== bytes.length) return false;
  let position = certificate.start;
  for (const tag of [SEQUENCE, SEQUENCE, BIT_STRING]) {
    const element = readHeader(bytes, position);
    if (element?.tag !== tag || element.end > bytes.length) return false;
    position = element.end;
  }
  return position === bytes.length;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads a tag of one byte and a definite length in its shortest form. */
function readHeader(bytes: Buffer, position: number): Element | undefined {
  const tag = bytes[position];
  const first = bytes[position + 1];
  if (tag === undefined || first === undefined) return undefined;
  const start = position + 2;
  if (first < 0x80) return { tag, start, end: start + first };
  const lengthBytes = first - 0x80;
  if (lengthBytes < 1 || lengthBytes > 3 || start + lengthBytes > bytes.length) return undefined;
  const length = bytes.readUIntBE(start, lengthBytes);
  const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
  if (lengthBytes !== shortest) return undefined;
  return { tag, start: start + lengthBytes, end: start + lengthBytes + length };
}
