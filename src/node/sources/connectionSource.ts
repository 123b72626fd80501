import { readAuthorities } from '../../tls/certificateTrust.ts';
import { isSelfIssued } from '../../tls/certificateRules.ts';
import { createCertificateReader, type CertificateReading } from '../certificateReader.ts';
import { NOTHING_FOUND, refused, type DeviceIdSource } from '../deviceIdSource.ts';

/**
 * The device id in the client certificate of the connection itself, where the gate ends TLS: no hop has to be believed, since the
 * handshake proved that the peer holds the key. The path is judged at every request, so a resumed connection is judged like a new one.
 *
 * What OpenSSL thought of the certificate counts as well, as a second opinion. It can give one only if every anchor is a root.
 *
 * @throws Error if an anchor cannot be read
 */
export function createConnectionSource(options: CertificateReading): DeviceIdSource {
  const hasSecondOpinion = options.trust.anchors.flatMap(readAuthorities).every(isSelfIssued);
  const where = 'on the connection';
  const reader = createCertificateReader({
    decode: (der: Buffer) => ({ is: 'certificate', der, chain: [] }) as const,
    where,
    ...options,
  });
  return {
    kind: 'certificate',
    label: 'certificate of the connection',
    find({ clientCertificate }, now) {
      if (clientCertificate === undefined) return NOTHING_FOUND;
      const finding = reader.find(clientCertificate.der, now);
      return finding.found === 'ids' && hasSecondOpinion && !clientCertificate.isAuthorized
        ? refused('certificateUntrusted', `${where}: TLS does not accept it`)
        : finding;
    },
  };
}
