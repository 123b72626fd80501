import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { readCertificate } from '../tls/certificate.ts';
import { createPathValidator } from '../tls/certificatePath.ts';
import type { CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { Decoded } from '../tls/forwardedFormat.ts';
import { findDeviceIds, type DeviceIdRule } from './certificateDeviceIds.ts';
import { CERTIFICATE_REASONS } from './certificateReasons.ts';
import type { DeviceIdKind } from './deviceId.ts';
import { NOTHING_FOUND, refused, type SourceFinding } from './deviceIdSource.ts';

/** What a source does with a certificate, wherever it was presented. */
export interface CertificateReading {
  readonly trust: CertificateTrustOptions;
  /** Where in a certificate device ids may stand. */
  readonly rules: readonly DeviceIdRule[];
  /** Entra tenant, for certificates of authorities that serve all tenants. */
  readonly tenantId: string | undefined;
  /** What a GUID in the subject CN is; other places say so themselves. */
  readonly idKind: DeviceIdKind;
}

export interface CertificateReaderOptions<Value> extends CertificateReading {
  /** What is presented, as the bytes of a certificate. */
  readonly decode: (value: Value) => Decoded;
  /** Where it was presented, for details: `in the header x-ssl-client-cert`. */
  readonly where: string;
}

export interface CertificateReader<Value> {
  /** @param now milliseconds since 1970 */
  find(value: Value, now: number): SourceFinding;
}

/** What a value was found to be, remembered so that a device seen again costs one hash. */
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

/** Decodes a certificate exactly, validates its path, and only then reads the device ids in it. */
export function createCertificateReader<Value extends string | Uint8Array>(
  options: CertificateReaderOptions<Value>,
): CertificateReader<Value> {
  const { decode, where, rules, tenantId, idKind } = options;
  const validator = createPathValidator({ maxDepth: DEEPEST_PATH, ...options.trust });
  const readings = new LRUCache<string, Reading>({ max: REMEMBERED_CERTIFICATES });

  /** A value is forever what it is; only what depends on the clock has an end. */
  function read(value: Value, now: number): Reading {
    const always = { goodFrom: Number.NEGATIVE_INFINITY, goodUntil: Number.POSITIVE_INFINITY };
    const decoded = decode(value);
    if (decoded.is === 'absent') return { finding: NOTHING_FOUND, ...always };
    const malformed = (detail: string): Reading => ({
      finding: refused('certificateMalformed', `${where}: ${detail}`),
      ...always,
    });
    if (decoded.is === 'malformed') return malformed(decoded.detail);
    const certificate = readCertificate(decoded.der);
    if (certificate === undefined) return malformed('it is no well-formed certificate');
    const verdict = validator.validate(certificate, { at: now, purpose: 'client' });
    if (!verdict.valid) {
      const finding = refused(CERTIFICATE_REASONS[verdict.reason], `${where}: ${verdict.detail}`);
      return { finding, goodFrom: now, goodUntil: now + REFUSAL_MS };
    }
    const found = findDeviceIds(certificate, rules, { tenantId, commonNameKind: idKind });
    const finding: SourceFinding = !found.ok
      ? refused(found.reason, found.detail)
      : found.ids.length === 0
        ? refused('certificateWithoutDeviceId', `none of ${rules.join(', ')} gives one`)
        : { found: 'ids', ids: found.ids.map(({ id, kind }) => ({ id, kind, source: 'certificate' })) };
    return { finding, goodFrom: verdict.validFrom, goodUntil: verdict.validUntil };
  }

  return {
    find(value, now) {
      const key = hash('sha256', value, 'base64');
      let reading = readings.get(key);
      if (reading === undefined || now < reading.goodFrom || reading.goodUntil < now) {
        reading = read(value, now);
        readings.set(key, reading);
      }
      return reading.finding;
    },
  };
}
