import type { EncodingName } from '../../../src/tls/encodings/encodings.ts';
import type { ForwardedFormat } from '../../../src/tls/forwardedFormat.ts';

/** PEM as OpenSSL writes it. */
export function toPem(der: Buffer, label = 'CERTIFICATE'): string {
  const base64 = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}

export function percentEncode(text: string, characters: RegExp): string {
  return text.replaceAll(
    characters,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const nginxEscape = (text: string): string => percentEncode(text, /[\n +/=]/g);

/** Writes certificates as the products do, independently of the decoders. */
export const WRITERS: Readonly<Record<EncodingName, (...ders: readonly Buffer[]) => string>> = {
  'percent-pem': (...ders) => nginxEscape(ders.map((der) => toPem(der)).join('')),
  'spaced-pem': (...ders) =>
    ders
      .map((der) => toPem(der))
      .join('')
      .trimEnd()
      .replaceAll('\n', ' '),
  'any-pem': (...ders) =>
    ders
      .map((der) => toPem(der))
      .join('')
      .trimEnd()
      .replaceAll('\n', ' '),
  'base64-der': (...ders) => ders.map((der) => der.toString('base64')).join(','),
  'percent-base64-der': (...ders) =>
    ders.map((der) => percentEncode(der.toString('base64'), /[+/=]/g)).join(','),
  'base64-pem': (...ders) => Buffer.from(ders.map((der) => toPem(der)).join('')).toString('base64'),
  rfc9440: (...ders) => ders.map((der) => `:${der.toString('base64')}:`).join(', '),
  xfcc: (...ders) => `Chain="${nginxEscape(ders.map((der) => toPem(der)).join(''))}"`,
};

/** What an encoding reads beside what it writes: the same by definition. */
const ALSO_READS: Readonly<Partial<Record<EncodingName, readonly EncodingName[]>>> = {
  'any-pem': ['percent-pem', 'spaced-pem'],
  'spaced-pem': ['any-pem'],
};

export function reads(format: ForwardedFormat, encoding: EncodingName): boolean {
  return format.encoding === encoding || ALSO_READS[format.encoding]?.includes(encoding) === true;
}
