import type { Certificate } from './certificate.ts';
import { OID } from './certificateExtensions.ts';
import type { Finding, Purpose } from './pathFault.ts';
import { matchesHost } from './hostName.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';
const LONGEST_SERIAL_BYTES = 20;

/** Issuer and subject are the same entity, as at a change of keys. Such CAs are not counted and not constrained by name. */
export function isSelfIssued(certificate: Certificate): boolean {
  return certificate.subjectName.key === certificate.issuerName.key;
}

/** What is wrong with a certificate that issued another, whatever stands above and below it. */
export function findIssuerFault(issuer: Certificate, isAnchor: boolean): Finding | undefined {
  // Of an older certificate only whoever configures it can say that it is a CA's (6.1.4 k); one signed by somebody else hardly is.
  const isCa = issuer.version === 3 ? issuer.isCa : isAnchor && isSelfIssued(issuer);
  if (!isCa) {
    return { reason: 'notACa', detail: 'an issuer is not marked as a CA (basicConstraints)' };
  }
  if (issuer.keyUsage?.has('keyCertSign') === false) {
    return { reason: 'keyUsage', detail: 'the key usage of an issuer does not allow signing certificates' };
  }
  if (issuer.subjectName.rdns.length === 0) {
    return { reason: 'malformed', detail: 'an issuer has no name' };
  }
  if (issuer.nameConstraints === 'unreadable') {
    return { reason: 'nameConstraint', detail: 'the name constraints of an issuer cannot be read' };
  }
  const fault = findCommonFault(issuer);
  // Nothing vouches for an anchor but the configuration: its own signature and serial number mean nothing.
  if (fault !== undefined || isAnchor) return fault;
  return findSignedFault(issuer);
}

/** What is wrong with a certificate at the end of a path, whatever stands above it. */
export function findEndEntityFault(certificate: Certificate, purpose: Purpose): Finding | undefined {
  if (certificate.version !== 3) {
    return { reason: 'malformed', detail: 'the certificate is not of version 3' };
  }
  if (purpose !== 'any' && certificate.isCa) {
    return { reason: 'untrusted', detail: 'the certificate is that of a CA, not of a client or server' };
  }
  if (!certificate.isCa && certificate.keyUsage?.has('keyCertSign') === true) {
    return {
      reason: 'keyUsage',
      detail: 'the key may sign certificates, but the certificate is not that of a CA',
    };
  }
  if (!certificate.isCa && certificate.nameConstraints !== undefined) {
    return { reason: 'malformed', detail: 'name constraints in a certificate that is not that of a CA' };
  }
  if (
    certificate.subjectName.rdns.length === 0 &&
    certificate.extensions.get(OID.subjectAltName)?.critical !== true
  ) {
    return { reason: 'malformed', detail: 'the certificate has no subject and no critical alternative name' };
  }
  return findCommonFault(certificate) ?? findSignedFault(certificate);
}

/** Is the certificate at the end of a path meant for this purpose and this host? */
export function findPurposeFault(
  certificate: Certificate,
  purpose: Purpose,
  hostname: string | undefined,
): Finding | undefined {
  if (!allowsExtendedUsage(certificate, purpose)) {
    return {
      reason: 'wrongPurpose',
      detail: `the extended key usage of the certificate does not name ${purpose} authentication`,
    };
  }
  if (!allowsUsage(certificate, purpose)) {
    return { reason: 'keyUsage', detail: `the key usage of the certificate does not fit a ${purpose}` };
  }
  return hostname === undefined || matchesHost(certificate.generalNames, hostname)
    ? undefined
    : { reason: 'hostnameMismatch', detail: 'no alternative name of the certificate is that of the host' };
}

function allowsExtendedUsage({ extendedKeyUsage }: Certificate, purpose: Purpose): boolean {
  if (purpose === 'any') return true;
  // RFC 5280 lets a certificate without the extension serve every purpose. For devices that is too much: it must say "client".
  if (extendedKeyUsage === undefined) return purpose === 'server';
  return extendedKeyUsage.includes(purpose === 'client' ? CLIENT_AUTH : SERVER_AUTH);
}

/** RFC 5280 4.2.1.12 says which key usages go with which extended ones. */
function allowsUsage({ keyUsage, publicKey }: Certificate, purpose: Purpose): boolean {
  if (purpose === 'any' || keyUsage === undefined || keyUsage.has('digitalSignature')) return true;
  if (purpose === 'client') return keyUsage.has('keyAgreement') && publicKey.algorithm === 'ec';
  // Key exchange without a signature: TLS 1.2 servers of old.
  return keyUsage.has('keyEncipherment') || keyUsage.has('keyAgreement');
}

/** A CA that names usages limits those below it to them; a CA that names none, or every one, does not. */
export function mayIssueFor({ extendedKeyUsage }: Certificate, purpose: Purpose): boolean {
  return (
    purpose === 'any' ||
    extendedKeyUsage === undefined ||
    extendedKeyUsage.includes(ANY_EXTENDED_KEY_USAGE) ||
    extendedKeyUsage.includes(purpose === 'client' ? CLIENT_AUTH : SERVER_AUTH)
  );
}

/** Microsoft's device certificates have such serial numbers. */
export function isNegative({ serialHex }: Certificate): boolean {
  return Number.parseInt(serialHex.slice(0, 2), 16) >= 0x80;
}

function findCommonFault(certificate: Certificate): Finding | undefined {
  const [unknown] = certificate.unknownCritical;
  if (unknown !== undefined) {
    return {
      reason: 'unknownCriticalExtension',
      detail: `the critical extension ${unknown} is not evaluated`,
    };
  }
  const { weakness } = certificate.publicKey;
  return weakness === undefined ? undefined : { reason: 'weakKey', detail: weakness };
}

function findSignedFault(certificate: Certificate): Finding | undefined {
  if (certificate.signatureAlgorithm === undefined) {
    return { reason: 'weakSignature', detail: 'the signature algorithm is not accepted' };
  }
  if (certificate.issuerName.rdns.length === 0) {
    return { reason: 'malformed', detail: 'a certificate has no issuer' };
  }
  if (certificate.serialHex.length > 2 * LONGEST_SERIAL_BYTES || certificate.serialHex === '00') {
    return {
      reason: 'malformed',
      detail: `a serial number is zero or longer than ${LONGEST_SERIAL_BYTES} bytes`,
    };
  }
  return undefined;
}
