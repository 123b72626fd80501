import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { readCertificate, type Certificate } from '../tls/certificate.ts';
import { createPathValidator } from '../tls/certificatePath.ts';
import type { CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { Decoded } from '../tls/forwardedFormat.ts';
import type { PathLink } from '../tls/revocationStatement.ts';
import { findDeviceIds, type DeviceIdRule } from './certificateDeviceIds.ts';
import { DEEPEST_PATH } from './certificateJudge.ts';
import { CERTIFICATE_REASONS } from './certificateReasons.ts';
import type { Deadline } from './deadline.ts';
import type { DeviceIdKind } from './deviceId.ts';
import { abortSignalOf } from './ending.ts';
import { NOTHING_FOUND, refused, type SourceFinding } from './deviceIdSource.ts';
import type { RevocationSource } from './revocationSource.ts';

/** What a source does with a certificate, wherever it was presented. */
export interface CertificateReading {
  readonly trust: CertificateTrustOptions;
  /** Where evidence about revocation is looked for that the trust does not hold; undefined: nowhere. */
  readonly revocation?: RevocationSource | undefined;
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
  /** What is known at once. @param now milliseconds since 1970 */
  find(value: Value, now: number): SourceFinding;
  /** The same, except that evidence about revocation is waited for where it is missing and can be looked for. */
  ask(value: Value, now: number, deadline: Deadline): SourceFinding | Promise<SourceFinding>;
}

/** What a value was found to be, remembered so that a device seen again costs one hash. */
interface Reading {
  readonly finding: SourceFinding;
  /** Milliseconds since 1970, both included: between these the finding stays the same. */
  readonly goodFrom: number;
  readonly goodUntil: number;
  /** What was known about revocation; when more is known, the finding may be another. */
  readonly version: number;
  /** About what evidence is missing. */
  readonly lacking: readonly PathLink[];
  /** Has it been looked for? */
  readonly isSought: boolean;
}

const REMEMBERED_CERTIFICATES = 10_000;
/** A refusal may end at any moment, when a CA or a list becomes good; asking again this often costs nothing. */
const REFUSAL_MS = 10_000;

/**
 * Decodes a certificate exactly, validates its path, and only then reads the device ids in it. Where it is not known whether a
 * certificate of a path was revoked, and there is somebody to ask, the path is judged again with what was found.
 */
export function createCertificateReader<Value extends string | Uint8Array>(
  options: CertificateReaderOptions<Value>,
): CertificateReader<Value> {
  const { decode, where, rules, tenantId, idKind, revocation } = options;
  const validator = createPathValidator({ maxDepth: DEEPEST_PATH, ...options.trust });
  const evidence = revocation === undefined ? {} : { evidence: revocation.evidence };
  const readings = new LRUCache<string, Reading>({ max: REMEMBERED_CERTIFICATES });
  const versionNow = (): number => revocation?.version ?? 0;

  /** A value is forever what it is; only what depends on the clock or on revocation has an end. */
  function read(value: Value, now: number, isSought: boolean): Reading {
    const always = (finding: SourceFinding): Reading => ({
      finding,
      goodFrom: Number.NEGATIVE_INFINITY,
      goodUntil: Number.POSITIVE_INFINITY,
      version: versionNow(),
      lacking: [],
      isSought,
    });
    const decoded = decode(value);
    if (decoded.is === 'absent') return always(NOTHING_FOUND);
    const malformed = (detail: string): Reading =>
      always(refused('certificateMalformed', `${where}: ${detail}`));
    if (decoded.is === 'malformed') return malformed(decoded.detail);
    const certificate = readCertificate(decoded.der);
    if (certificate === undefined) return malformed('it is no well-formed certificate');

    const soon = now + REFUSAL_MS;
    const verdict = validator.validate(certificate, { at: now, purpose: 'client', ...evidence });
    const basis = { version: versionNow(), lacking: verdict.lacking ?? [], isSought };
    if (!verdict.valid) {
      const finding = refused(CERTIFICATE_REASONS[verdict.reason], `${where}: ${verdict.detail}`);
      return { ...basis, finding, goodFrom: now, goodUntil: soon };
    }
    const { validFrom, validUntil } = verdict;
    // What was accepted for lack of an answer is asked about again, like what was refused for it.
    const isOpen = basis.lacking.length > 0 && revocation !== undefined;
    const goodUntil = isOpen ? Math.min(validUntil, soon) : validUntil;
    return { ...basis, finding: idsOf(certificate), goodFrom: validFrom, goodUntil };
  }

  function idsOf(certificate: Certificate): SourceFinding {
    const found = findDeviceIds(certificate, rules, { tenantId, commonNameKind: idKind });
    if (!found.ok) return refused(found.reason, found.detail);
    return found.ids.length === 0
      ? refused('certificateWithoutDeviceId', `none of ${rules.join(', ')} gives one`)
      : { found: 'ids', ids: found.ids.map(({ id, kind }) => ({ id, kind, source: 'certificate' })) };
  }

  function recall(key: string, value: Value, now: number): Reading {
    const known = readings.get(key);
    const isGood =
      known !== undefined &&
      known.goodFrom <= now &&
      now <= known.goodUntil &&
      known.version === versionNow();
    if (isGood) return known;
    const reading = read(value, now, false);
    readings.set(key, reading);
    return reading;
  }

  return {
    find: (value, now) => recall(keyOf(value), value, now).finding,
    ask(value, now, deadline) {
      const key = keyOf(value);
      const { finding, lacking, isSought } = recall(key, value, now);
      if (revocation === undefined || lacking.length === 0 || isSought) return finding;
      // Half of the time that is left at most: the rest of the decision needs some, too.
      const limits = { signal: abortSignalOf(deadline.signal), waitMs: deadline.leftMs() / 2 };
      return revocation.seek(lacking, limits).then(() => {
        const reading = read(value, deadline.at - deadline.leftMs(), true);
        readings.set(key, reading);
        return reading.finding;
      });
    },
  };
}

function keyOf(value: string | Uint8Array): string {
  return hash('sha256', value, 'base64');
}
