import { X509Certificate } from 'node:crypto';
import type { Decoded, ForwardedFormat } from '../../../src/tls/forwardedFormat.ts';

/** Holds what a format makes of a value against an independent reading of the value. @returns what is wrong, or undefined */
export function checkDecoding(format: ForwardedFormat, value: string): string | undefined {
  const decoded = format.decode(value);
  if (describe(decoded) !== describe(format.decode(value))) return 'decoded twice, it is two things';
  if (decoded.is !== 'certificate') return undefined;
  const texts = readings(value);
  for (const der of [decoded.der, ...decoded.chain]) {
    const base64 = der.toString('base64');
    if (!texts.some((text) => text.includes(base64))) return 'the certificate is not in the value';
    if (hasTrailingBytes(der)) return 'there are bytes after the certificate';
  }
  return undefined;
}

function describe(decoded: Decoded): string {
  if (decoded.is !== 'certificate') return JSON.stringify(decoded);
  return [decoded.der, ...decoded.chain].map((der) => der.toString('base64')).join(' ');
}

/** Every text that may be in the value: as it is, unescaped, and out of base64. White space is nothing in any of them. */
function readings(value: string): readonly string[] {
  const unescaped = value.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return [value, unescaped, Buffer.from(value, 'base64').toString('latin1')].map((text) =>
    text.replaceAll(/\s/g, ''),
  );
}

function hasTrailingBytes(der: Buffer): boolean {
  try {
    // Not the bytes themselves: a bit that a signature does not use may still be set here, and is refused later.
    return new X509Certificate(der).raw.length !== der.length;
  } catch {
    // Only a frame was promised.
    return false;
  }
}
