import type { Certificate } from '../tls/certificate.ts';
import { findIssuerFault } from '../tls/certificateRules.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';

/**
 * Pure: why no path through this CA certificate will ever be accepted, whatever the clock says; undefined if one may be. To be put
 * behind the certificate's name.
 */
export function findAuthorityFault(authority: Certificate, isAnchor: boolean): string | undefined {
  const fault = findIssuerFault(authority, isAnchor);
  if (fault !== undefined) return `cannot be an issuer (${fault.detail})`;
  const usages = authority.extendedKeyUsage;
  return usages !== undefined && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE)
    ? 'may not issue certificates for clients (extended key usage)'
    : undefined;
}
