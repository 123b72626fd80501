import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { readCertificate } from '../../tls/certificate.ts';
import { createPathValidator } from '../../tls/certificatePath.ts';
import type { CertificateTrustOptions } from '../../tls/certificateTrust.ts';
import type { ForwardedFormat } from '../../tls/forwardedFormat.ts';
import { isForeignCertificateHeader } from '../../tls/forwardedFormats.ts';
import { failedSignal, type VerifySignal } from '../../tls/verifySignal.ts';
import { findDeviceIds, type DeviceIdRule } from '../certificateDeviceIds.ts';
import { CERTIFICATE_REASONS } from '../certificateReasons.ts';
import type { DeviceIdKind } from '../deviceId.ts';
import { NOTHING_FOUND, refused, type DeviceIdSource, type SourceFinding } from '../deviceIdSource.ts';
import type { HeaderLine } from '../requestContext.ts';
import { takeSingleHeader } from '../singleHeader.ts';
import { createTrustedHop, type TrustedHopOptions } from '../trustedHop.ts';

export interface CertificateSourceOptions extends TrustedHopOptions {
  /** How the proxy forwards certificates. */
  readonly format: ForwardedFormat;
  /** Header that holds the certificate, e.g. `x-ssl-client-cert`. */
  readonly header: string;
  /** What the proxy must say about its own check. It can only take away; an empty list asks for nothing. */
  readonly verify: readonly VerifySignal[];
  readonly trust: CertificateTrustOptions;
  /** Where in a certificate device ids may stand. */
  readonly rules: readonly DeviceIdRule[];
  /** Entra tenant, for certificates of authorities that serve all tenants. */
  readonly tenantId: string | undefined;
  /** What a GUID in the subject CN is; other places say so themselves. */
  readonly idKind: DeviceIdKind;
}

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
  const { format, header, verify, rules, tenantId, idKind } = options;
  const isTrusted = createTrustedHop(options);
  const validator = createPathValidator({ maxDepth: DEEPEST_PATH, ...options.trust });
  const readings = new LRUCache<string, Reading>({ max: REMEMBERED_CERTIFICATES });

  /** A value is forever what it is; only what depends on the clock has an end. */
  function read(value: string, now: number): Reading {
    const always = { goodFrom: Number.NEGATIVE_INFINITY, goodUntil: Number.POSITIVE_INFINITY };
    const decoded = format.decode(value);
    if (decoded.is === 'absent') return { finding: NOTHING_FOUND, ...always };
    const malformed = (detail: string): Reading => ({
      finding: refused('certificateMalformed', `in the header ${header}: ${detail}`),
      ...always,
    });
    if (decoded.is === 'malformed') return malformed(decoded.detail);
    const certificate = readCertificate(decoded.der);
    if (certificate === undefined) return malformed('it is no well-formed certificate');
    const verdict = validator.validate(certificate, { at: now, purpose: 'client' });
    if (!verdict.valid) {
      const detail = `in the header ${header}: ${verdict.detail}`;
      const finding = refused(CERTIFICATE_REASONS[verdict.reason], detail);
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
    kind: 'certificate',
    label: `certificate in header ${header}`,
    find(context, now) {
      const taken = takeSingleHeader(context.headers, header);
      if (taken.is === 'spoofed') return refused('headerSpoofed', taken.detail);
      // One profile is one header: a second certificate beside it is nobody's configuration. One that the proxy blanked is none.
      const isForeign = ([name, beside]: HeaderLine): boolean =>
        !isBlank(onlyValue(beside)) && isForeignCertificateHeader(name, format, header);
      if (context.headers.some(isForeign)) {
        return refused('headerSpoofed', 'another certificate header is present');
      }
      const value = taken.is === 'absent' ? undefined : onlyValue(taken.value);
      if (isBlank(value)) return NOTHING_FOUND;
      if (typeof value !== 'string') return refused('certificateMalformed', 'it is not text');

      // Who is not believed costs one decoding and leaves nothing behind.
      if (!isTrusted(context)) {
        return format.decode(value).is === 'absent'
          ? NOTHING_FOUND
          : refused('hopNotTrusted', `this caller may not supply the header ${header}`);
      }
      const key = createHash('sha256').update(value).digest('base64');
      let reading = readings.get(key);
      if (reading === undefined || now < reading.goodFrom || reading.goodUntil < now) {
        reading = read(value, now);
        readings.set(key, reading);
      }
      if (reading.finding === NOTHING_FOUND) return NOTHING_FOUND;
      const failed = failedSignal(verify, (name) => textOf(context.headers, name));
      if (failed !== undefined) {
        return refused(
          'certificateUntrusted',
          `the proxy does not say that its own check went well (${failed.header})`,
        );
      }
      return reading.finding;
    },
  };
}

function isBlank(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

/** Callers hand over lists, too; one with a single value is that value, and an empty one is nothing. */
function onlyValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const values: readonly unknown[] = value;
  return values.length > 1 ? value : values[0];
}

/** A header that is spoofed, or no text, is as good as missing: no success value is empty unless absence is meant. */
function textOf(headers: readonly HeaderLine[], name: string): string | undefined {
  const taken = takeSingleHeader(headers, name);
  if (taken.is === 'absent') return undefined;
  const value = taken.is === 'present' ? onlyValue(taken.value) : undefined;
  return typeof value === 'string' ? value : 'unreadable';
}
