import { isStrong } from '../tls/certificateTrust.ts';
import type { ClientCertificate } from '../tls/clientCertificate.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * Pure: why no path through this CA certificate will ever be accepted, whatever the clock says; undefined if one may be. To be put
 * behind the certificate's name.
 */
export function findAuthorityFault(certificate: ClientCertificate): string | undefined {
  if (!isStrong(certificate)) {
    return 'has a key or a signature that is not accepted (RSA below 2048 bits, SHA-1, a curve out of use)';
  }
  if (certificate.unhandledExtensions.length > 0) {
    return 'has name constraints or another critical extension that is not evaluated here';
  }
  if (!certificate.maySignCertificates) return 'may not sign certificates (key usage)';
  if (certificate.extendedKeyUsage?.includes(CLIENT_AUTH) === false) {
    return 'may not issue certificates for clients (extended key usage)';
  }
  return undefined;
}
