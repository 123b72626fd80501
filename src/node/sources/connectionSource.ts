import { readAuthorities } from '../../tls/certificateTrust.ts';
import { isSelfIssued } from '../../tls/certificateRules.ts';
import { createCertificateReader, type CertificateReading } from '../certificateReader.ts';
import { NOTHING_FOUND, refused, type DeviceIdSource, type SourceFinding } from '../deviceIdSource.ts';

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
    find({ clientCertificate }, now, deadline) {
      if (clientCertificate === undefined) return NOTHING_FOUND;
      const { der, isAuthorized } = clientCertificate;
      const hearTls = (finding: SourceFinding): SourceFinding =>
        finding.found === 'ids' && hasSecondOpinion && !isAuthorized
          ? refused('certificateUntrusted', `${where}: TLS does not accept it`)
          : finding;
      const finding = deadline === undefined ? reader.find(der, now) : reader.ask(der, now, deadline);
      return finding instanceof Promise ? finding.then(hearTls) : hearTls(finding);
    },
  };
}
