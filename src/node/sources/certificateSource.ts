import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Reason } from '../../outcomes/reason.ts';
import { readCertificate, type Certificate } from '../../tls/certificate.ts';
import { createPathValidator, type PathFault, type PathVerdict } from '../../tls/certificatePath.ts';
import type { CertificateTrustOptions } from '../../tls/certificateTrust.ts';
import { commonNames } from '../../tls/distinguishedName.ts';
import { decodeEscapedPem } from '../../tls/escapedPem.ts';
import { parseGuid, type DeviceIdKind } from '../deviceId.ts';
import {
  NOTHING_FOUND,
  refused,
  type DeviceIdSource,
  type PresentedDeviceId,
  type SourceFinding,
} from '../deviceIdSource.ts';
import { takeSingleHeader } from '../singleHeader.ts';
import { createTrustedHop, type TrustedHopOptions } from '../trustedHop.ts';

export interface CertificateSourceOptions extends TrustedHopOptions {
  /** Header that holds the certificate as percent-encoded PEM, e.g. `x-ssl-client-cert`. */
  readonly header: string;
  readonly trust: CertificateTrustOptions;
  /** What a GUID in the subject CN is; a SAN URI says so itself. */
  readonly idKind: DeviceIdKind;
}

/** Finer causes are in the detail: to whoever runs Intune they are all "not a certificate for this gate". */
const REASON_OF: Readonly<Record<PathFault, Reason>> = {
  untrusted: 'certificateUntrusted',
  expired: 'certificateExpired',
  notYetValid: 'certificateNotYetValid',
  wrongPurpose: 'certificateNotForClients',
  nameConstraint: 'certificateUntrusted',
  pathLength: 'certificateUntrusted',
  notACa: 'certificateUntrusted',
  keyUsage: 'certificateUntrusted',
  unknownCriticalExtension: 'certificateUntrusted',
  weakSignature: 'certificateUntrusted',
  weakKey: 'certificateUntrusted',
  revoked: 'certificateRevoked',
  revocationUnknown: 'revocationUnknown',
  hostnameMismatch: 'certificateUntrusted',
  tooComplex: 'certificateUntrusted',
  malformed: 'certificateMalformed',
};

/** What a header value was found to be, remembered so that a device seen again costs one hash. */
interface Reading {
  readonly finding: SourceFinding;
  /** Milliseconds since 1970, both included: between these the finding stays the same. */
  readonly goodFrom: number;
  readonly goodUntil: number;
}

const REMEMBERED_CERTIFICATES = 10_000;
/** A refusal may end at any moment, when a CA or a list becomes good; asking again this often costs nothing. */
const REFUSAL_MS = 10_000;
/** CA certificates between a device and an anchor: real device CAs have one. */
const DEEPEST_PATH = 4;

/** The device id in a client certificate that a proxy forwarded: decoded exactly, validated again, and only then read. */
export function createCertificateSource(options: CertificateSourceOptions): DeviceIdSource {
  const isTrusted = createTrustedHop(options);
  const validator = createPathValidator({ maxDepth: DEEPEST_PATH, ...options.trust });
  const readings = new LRUCache<string, Reading>({ max: REMEMBERED_CERTIFICATES });

  function read(value: string, now: number): Reading {
    const der = decodeEscapedPem(value);
    const certificate = der === undefined ? undefined : readCertificate(der);
    if (certificate === undefined) {
      const finding = refused('certificateMalformed', `in the header ${options.header}`);
      return { finding, goodFrom: Number.NEGATIVE_INFINITY, goodUntil: Number.POSITIVE_INFINITY };
    }
    const verdict = validator.validate(certificate, { at: now, purpose: 'client' });
    return toReading(verdict, certificate, now);
  }

  function toReading(verdict: PathVerdict, certificate: Certificate, now: number): Reading {
    if (verdict.valid) {
      const finding = findIds(certificate, options.idKind);
      return { finding, goodFrom: verdict.validFrom, goodUntil: verdict.validUntil };
    }
    const finding = refused(REASON_OF[verdict.reason], `in the header ${options.header}: ${verdict.detail}`);
    return { finding, goodFrom: now, goodUntil: now + REFUSAL_MS };
  }

  return {
    kind: 'certificate',
    label: `certificate in header ${options.header}`,
    find(context, now) {
      const header = takeSingleHeader(context.headers, options.header);
      if (header.is === 'absent') return NOTHING_FOUND;
      if (header.is === 'spoofed') return refused('headerSpoofed', header.detail);
      const value: unknown =
        Array.isArray(header.value) && header.value.length === 1 ? header.value[0] : header.value;
      if (value === undefined || value === null || value === '' || isEmptyList(value)) return NOTHING_FOUND;
      if (!isTrusted(context)) {
        return refused('hopNotTrusted', `this caller may not supply the header ${options.header}`);
      }
      if (typeof value !== 'string') return refused('certificateMalformed', 'it is not text');

      const key = createHash('sha256').update(value).digest('base64');
      let reading = readings.get(key);
      if (reading === undefined || now < reading.goodFrom || reading.goodUntil < now) {
        reading = read(value, now);
        readings.set(key, reading);
      }
      return reading.finding;
    },
  };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

const INTUNE_URI = /^IntuneDeviceId:\/\/(.+?)\/?$/i;

/** Reads the ids a certificate holds: SAN URIs `IntuneDeviceId://<guid>` and a subject CN that is a GUID. */
function findIds(certificate: Certificate, idKind: DeviceIdKind): SourceFinding {
  const ids: PresentedDeviceId[] = [];
  for (const { type, value } of certificate.generalNames) {
    const match = type === 'uri' ? INTUNE_URI.exec(value) : null;
    if (match === null) continue;
    const id = parseGuid(match[1] ?? '');
    if (id === undefined) return refused('deviceIdMalformed', 'the SAN URI of the certificate holds no GUID');
    ids.push({ id, kind: 'intune', source: 'certificate' });
  }
  const names = commonNames(certificate.subject);
  if (names.length > 1)
    return refused('deviceIdMalformed', 'the subject of the certificate has more than one CN');
  // A CN that is no GUID is a host or a person, which a certificate with a SAN may well have.
  const id = parseGuid(names[0] ?? '');
  if (id !== undefined) ids.push({ id, kind: idKind, source: 'certificate' });
  return ids.length > 0
    ? { found: 'ids', ids }
    : refused('certificateWithoutDeviceId', 'neither the CN nor a SAN URI is a device id');
}
