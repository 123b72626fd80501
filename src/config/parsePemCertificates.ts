import { X509Certificate } from 'node:crypto';

/** The certificates of a PEM text, or what is wrong with it, to be put behind "names a file". */
export type PemCertificates =
  | { readonly ok: true; readonly certificates: readonly X509Certificate[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Pure. Demands that every certificate that begins or ends in the text can be read: OpenSSL passes over the others without a word,
 * and a path or a connection would then fail for a reason nobody sees.
 */
export function parsePemCertificates(text: string): PemCertificates {
  const total = Math.max(
    count(text, /-BEGIN [A-Z0-9 ]*CERTIFICATE/g),
    count(text, /-END [A-Z0-9 ]*CERTIFICATE/g),
  );
  if (total === 0) return { ok: false, problem: 'without a PEM certificate' };
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)];
  const certificates = blocks.flatMap(([, base64 = '']) => decode(base64));
  return certificates.length === total
    ? { ok: true, certificates }
    : {
        ok: false,
        problem: `in which ${total - certificates.length} of ${total} certificates cannot be read: cut off or damaged`,
      };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** Nothing may follow the certificate inside its block: two blocks that ran together would look like the first. */
function decode(base64: string): readonly X509Certificate[] {
  try {
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'));
    return certificate.raw.toString('base64') === base64.replace(/\s/g, '') ? [certificate] : [];
  } catch {
    return [];
  }
}
