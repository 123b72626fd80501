import type { Certificate } from './certificate.ts';
import { OID } from './certificateExtensions.ts';
import { ANY_EXTENDED_KEY_USAGE, isNegative, isSelfIssued } from './certificateRules.ts';
import { isContext, parseDer, sequenceOf } from './der.ts';
import type { Finding } from './pathFault.ts';

/**
 * What is wrong with a path by the rules for CAs that issue to servers: the MUSTs of RFC 5280 section 4 for those who write certificates,
 * and section 7.1.2 of the Baseline Requirements where it forbids something. Path validation itself (RFC 5280 section 6) asks for none
 * of this, and CAs for devices are private and often careless, so it holds for servers only.
 *
 * @param path from the certificate in question to the anchor
 */
export function findProfileFault(path: readonly Certificate[]): Finding | undefined {
  for (const [index, certificate] of path.entries()) {
    const isRoot = index === path.length - 1 && isSelfIssued(certificate);
    const detail =
      findCommonFault(certificate, isRoot) ??
      (index === 0 ? findServerFault(certificate) : findCaFault(certificate, isRoot));
    if (detail !== undefined) return { reason: 'profile', detail };
  }
  return undefined;
}

function findCommonFault(certificate: Certificate, isRoot: boolean): string | undefined {
  if (certificate.version !== 3) return 'a certificate is not of version 3';
  if (isNegative(certificate)) return 'a serial number is negative';
  const authorityKeyId = certificate.extensions.get(OID.authorityKeyIdentifier);
  if (authorityKeyId === undefined) {
    return isRoot ? undefined : 'a certificate does not say which key signed it';
  }
  const isKeyAlone = sequenceOf(parseDer(authorityKeyId.value)).every((node) => isContext(node, 0));
  return isKeyAlone && certificate.authorityKeyId !== undefined
    ? undefined
    : 'a certificate names the key that signed it in another way than by its identifier';
}

function findCaFault(ca: Certificate, isRoot: boolean): string | undefined {
  if (ca.extensions.get(OID.basicConstraints)?.critical !== true) {
    return 'the basicConstraints of a CA are not critical';
  }
  if (ca.keyUsage === undefined) return 'a CA has no key usage';
  if (ca.subjectKeyId === undefined) return 'a CA has no key identifier';
  if (isRoot && ca.extendedKeyUsage !== undefined) return 'a root has an extended key usage';
  return ca.nameConstraints !== 'unreadable' && ca.nameConstraints?.hasLeadingDot === true
    ? 'a name constraint of type dns begins with a dot'
    : undefined;
}

function findServerFault(server: Certificate): string | undefined {
  const names = server.extensions.get(OID.subjectAltName);
  if (names?.critical === true && server.subjectName.rdns.length > 0) {
    return 'the alternative names are critical in spite of a subject';
  }
  if (server.generalNames.some(({ type, value }) => type === 'dns' && !PREFERRED_NAME.test(value))) {
    return 'an alternative name of type dns is none';
  }
  if (server.extensions.get(OID.extendedKeyUsage)?.critical === true) {
    return 'the extended key usage is critical';
  }
  return server.extendedKeyUsage?.includes(ANY_EXTENDED_KEY_USAGE) === true
    ? 'the extended key usage names every usage'
    : undefined;
}

/** The "preferred name syntax" of RFC 1034 3.5 with the digits of RFC 1123 2.1: no underscores. The first label may be a star. */
const PREFERRED_NAME =
  /^(?=.{1,253}$)(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
