import type { CertificateExtension } from './certificateExtensions.ts';
import { bytesOf, DerType, isContext, isUniversal, parseDer, sequenceOf, type Der } from './der.ts';
import { readPointNames } from './distributionPoints.ts';

export interface RevocationScope {
  readonly certificates: 'all' | 'endEntities' | 'cas';
  /** Names of the distribution points that the list is for; undefined for every certificate of the issuer. */
  readonly points: readonly string[] | undefined;
}

const OID = {
  crlNumber: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
} as const;

const EVERYTHING: RevocationScope = { certificates: 'all', points: undefined };

export interface ScopeFindings {
  readonly scope: RevocationScope;
  /** Why the list cannot be used at all, if so. */
  readonly unusable: string | undefined;
  /** Why the list can revoke but never clear a certificate, if so. */
  readonly partial: string | undefined;
  readonly isDelta: boolean;
}

/** Which certificates a list is about, by its extensions, and what it is good for. @throws Error if they are malformed */
export function readScope(extensions: ReadonlyMap<string, CertificateExtension>): ScopeFindings {
  // A delta should be marked as critical; one that is not would pass for a whole list with nobody on it.
  const isDelta = extensions.has(OID.deltaIndicator);
  const findings = (more: Partial<ScopeFindings>): ScopeFindings => ({
    scope: EVERYTHING,
    unusable: undefined,
    partial: isDelta ? 'it is a delta' : undefined,
    isDelta,
    ...more,
  });
  const unusable = (reason: string): ScopeFindings => findings({ unusable: reason });

  const number = extensions.get(OID.crlNumber);
  if (number === undefined || number.critical)
    return unusable('it has no number, or a critical one (RFC 5280 5.2.3)');
  if (!isUniversal(parseDer(number.value), DerType.INTEGER)) throw new Error('a list has a number');
  const critical = [...extensions].filter(([, extension]) => extension.critical).map(([oid]) => oid);
  const unknown = critical.find((oid) => oid !== OID.issuingDistributionPoint && oid !== OID.deltaIndicator);
  if (unknown !== undefined) return unusable(`its critical extension ${unknown} is not evaluated`);
  const point = extensions.get(OID.issuingDistributionPoint);
  if (point === undefined) return findings({});

  const parts = sequenceOf(parseDer(point.value));
  const part = (tag: number): Der | undefined => parts.find((node) => isContext(node, tag));
  const isSet = (tag: number): boolean => {
    const node = part(tag);
    return node !== undefined && bytesOf(node) !== '\0';
  };
  if (isSet(4)) return unusable('it is indirect: it may speak for other issuers, which is not evaluated');
  if (isSet(5)) return unusable('it is about attribute certificates');
  const [endEntities, cas] = [isSet(1), isSet(2)];
  if (endEntities && cas) return unusable('it is about nothing');
  const name = part(0);
  return findings({
    scope: {
      certificates: endEntities ? 'endEntities' : cas ? 'cas' : 'all',
      points: name === undefined ? undefined : readPointNames(name),
    },
    ...(part(3) === undefined ? {} : { partial: 'it is about some reasons only' }),
  });
}
