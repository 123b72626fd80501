/** Longest header value that is decoded, and largest certificate that is accepted, in characters and bytes. */
const LONGEST_VALUE = 16_384;
const LARGEST_CERTIFICATE = 8_192;

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Decodes a certificate that a proxy forwarded as percent-encoded PEM, as nginx's `$ssl_client_escaped_cert` and many others do.
 * Exactly one certificate, nothing before or after it, and base64 that encodes back to itself; `+` stays `+`.
 *
 * @returns the DER bytes, or undefined for anything else
 */
export function decodeEscapedPem(value: string): Buffer | undefined {
  if (value.length > LONGEST_VALUE) return undefined;
  const pem = decodePercent(value)?.trim();
  if (pem === undefined || !pem.startsWith(BEGIN) || !pem.endsWith(END)) return undefined;
  const body = pem.slice(BEGIN.length, -END.length).replace(/[\r\n\t ]/g, '');
  // Node's own decoder skips what it does not know; two readings of one header must not be possible.
  if (body.length % 4 !== 0 || !BASE64.test(body)) return undefined;
  const der = Buffer.from(body, 'base64');
  return der.length <= LARGEST_CERTIFICATE && der.toString('base64') === body ? der : undefined;
}

function decodePercent(value: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) return undefined;
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
