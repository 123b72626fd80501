import type { CertificateDeviceId, DeviceIdRule } from '../node/certificateDeviceIds.ts';
import type { DeviceIdKind } from '../node/deviceId.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { Certificate } from '../tls/certificate.ts';
import type { NameAttribute } from '../tls/distinguishedName.ts';
import type { PathFault } from '../tls/pathFault.ts';

/** Reasons of an inspection: those of decisions, and a few that only the text given to it can have. */
export type InspectionReason =
  | Reason
  /** The header is not there, or says that there is no certificate. */
  | 'noCertificate'
  /** The header lines, the PEM or the line of JSON cannot be read. */
  | 'inputMalformed'
  /** A header that must say that the proxy's own check went well does not. */
  | 'verifySignalFailed';

/** What `certificate inspect` prints. Every key is always there. */
export interface InspectionReport {
  readonly verdict: 'accepted' | 'absent' | 'rejected';
  readonly reason: InspectionReason | null;
  /** One sentence for people; never a part of what was read. */
  readonly detail: string | null;
  readonly certificate: CertificateFacts | null;
  /** Of an accepted certificate only. */
  readonly deviceIds: readonly InspectedDeviceId[];
  /** `notChecked`: there was no certificate to check, or it was refused before. */
  readonly path: { readonly valid: boolean; readonly reason: PathFault | 'notChecked' | null };
}

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly sha256: string;
  readonly keyType: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** The Entra tenant that a certificate of Microsoft's names. */
  readonly tenantId: string | null;
}

interface InspectedDeviceId {
  readonly kind: DeviceIdKind;
  readonly value: string;
  readonly source: DeviceIdRule;
}

const NOT_CHECKED = { valid: false, reason: 'notChecked' } as const;

export function absentReport(detail: string): InspectionReport {
  return {
    verdict: 'absent',
    reason: 'noCertificate',
    detail,
    certificate: null,
    deviceIds: [],
    path: NOT_CHECKED,
  };
}

export function rejectedReport(
  reason: InspectionReason,
  detail: string,
  certificate: CertificateFacts | null = null,
  path: InspectionReport['path'] = NOT_CHECKED,
): InspectionReport {
  return { verdict: 'rejected', reason, detail, certificate, deviceIds: [], path };
}

export function acceptedReport(
  certificate: CertificateFacts,
  ids: readonly CertificateDeviceId[],
): InspectionReport {
  return {
    verdict: 'accepted',
    reason: null,
    detail: ids.length === 0 ? 'The certificate is good, and names no device.' : null,
    certificate,
    deviceIds: ids.map(({ kind, id, rule }) => ({ kind, value: id, source: rule })),
    path: { valid: true, reason: null },
  };
}

export function factsOf(certificate: Certificate, tenantId: string | undefined): CertificateFacts {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    sha256: certificate.sha256,
    keyType: certificate.keyType,
    notBefore: formatTime(certificate.notBefore),
    notAfter: formatTime(certificate.notAfter),
    tenantId: tenantId ?? null,
  };
}

const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  cn: 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** A name as text in the way of RFC 4514: the last attribute first. */
export function formatName(name: readonly NameAttribute[]): string {
  return name
    .toReversed()
    .map(({ type, value }) => `${ATTRIBUTE_NAMES[type] ?? type}=${escapeValue(value)}`)
    .join(',');
}

function escapeValue(value: string): string {
  const escaped = value
    .replaceAll(/["+,;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
  // What a terminal would obey is written as hex.
  return Array.from(escaped, (character) => (isControl(character) ? hexOf(character) : character)).join('');
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function hexOf(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

function formatTime(time: number): string {
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
}
