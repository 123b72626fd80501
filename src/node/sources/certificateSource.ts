import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Reason } from '../../outcomes/reason.ts';
import {
  createCertificateTrust,
  verdictAt,
  type CertificateTrustOptions,
  type PathFault,
  type PathJudgement,
} from '../../tls/certificateTrust.ts';
import { readClientCertificate, type ClientCertificate } from '../../tls/clientCertificate.ts';
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

const REASON_OF: Readonly<Record<PathFault, Reason>> = {
  untrusted: 'certificateUntrusted',
  notForClients: 'certificateNotForClients',
  expired: 'certificateExpired',
  notYetValid: 'certificateNotYetValid',
};

/** What stays true of a header value whatever the time: remembered, so that a device seen again costs one hash. */
type Reading =
  | { readonly refused: SourceFinding }
  | { readonly judgement: PathJudgement; readonly finding: SourceFinding };

const REMEMBERED_CERTIFICATES = 10_000;

/** The device id in a client certificate that a proxy forwarded: decoded exactly, validated again, and only then read. */
export function createCertificateSource(options: CertificateSourceOptions): DeviceIdSource {
  const isTrusted = createTrustedHop(options);
  const trust = createCertificateTrust(options.trust);
  const readings = new LRUCache<string, Reading>({ max: REMEMBERED_CERTIFICATES });

  function read(value: string): Reading {
    const der = decodeEscapedPem(value);
    const certificate = der === undefined ? undefined : readClientCertificate(der);
    return certificate === undefined
      ? { refused: refused('certificateMalformed', `in the header ${options.header}`) }
      : { judgement: trust.judge(certificate), finding: findIds(certificate, options.idKind) };
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
      if (reading === undefined) {
        reading = read(value);
        readings.set(key, reading);
      }
      if ('refused' in reading) return reading.refused;
      const verdict = verdictAt(reading.judgement, now);
      return verdict.valid
        ? reading.finding
        : refused(REASON_OF[verdict.fault], `in the header ${options.header}`);
    },
  };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

const INTUNE_URI = /^IntuneDeviceId:\/\/([^/]+)\/?$/i;

/** Reads the ids a certificate holds: SAN URIs `IntuneDeviceId://<guid>` and a subject CN that is a GUID. */
function findIds(certificate: ClientCertificate, idKind: DeviceIdKind): SourceFinding {
  const ids: PresentedDeviceId[] = [];
  for (const uri of certificate.uris) {
    // Whatever speaks of an Intune device id must be one: what is almost one must not leave the word to the CN.
    if (!/intunedeviceid/i.test(uri)) continue;
    const id = parseGuid(INTUNE_URI.exec(uri)?.[1] ?? '');
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
