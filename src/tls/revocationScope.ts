import type { CertificateExtension } from './certificateExtensions.ts';
import { bytesOf, children, DerType, isContext, isUniversal, parseDer, sequenceOf, type Der } from './der.ts';
import { readGeneralName } from './generalName.ts';

export interface RevocationScope {
  readonly certificates: 'all' | 'endEntities' | 'cas';
  /** URIs of the distribution points that the list is for; undefined for every certificate of the issuer. */
  readonly points: readonly string[] | undefined;
}

const OID = {
  crlNumber: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  distributionPoints: '2.5.29.31',
} as const;

const EVERYTHING: RevocationScope = { certificates: 'all', points: undefined };

/** Which certificates a list is about, by its extensions, and why it cannot be used, if so. @throws Error if they are malformed */
export function readScope(extensions: ReadonlyMap<string, CertificateExtension>): {
  readonly scope: RevocationScope;
  readonly unusable: string | undefined;
} {
  const unusable = (reason: string): ReturnType<typeof readScope> => ({
    scope: EVERYTHING,
    unusable: reason,
  });
  const number = extensions.get(OID.crlNumber);
  if (number === undefined || number.critical)
    return unusable('it has no number, or a critical one (RFC 5280 5.2.3)');
  if (!isUniversal(parseDer(number.value), DerType.INTEGER)) throw new Error('a list has a number');
  // A delta should be marked as critical; one that is not would pass for a whole list with nobody on it.
  if (extensions.has(OID.deltaIndicator)) return unusable('it is a delta');
  const critical = [...extensions].filter(([, extension]) => extension.critical).map(([oid]) => oid);
  const unknown = critical.find((oid) => oid !== OID.issuingDistributionPoint);
  if (unknown !== undefined) return unusable(`its critical extension ${unknown} is not evaluated`);
  const point = extensions.get(OID.issuingDistributionPoint);
  if (point === undefined) return { scope: EVERYTHING, unusable: undefined };

  const parts = sequenceOf(parseDer(point.value));
  const part = (tag: number): Der | undefined => parts.find((node) => isContext(node, tag));
  const isSet = (tag: number): boolean => {
    const node = part(tag);
    return node !== undefined && bytesOf(node) !== '\0';
  };
  if (part(3) !== undefined || isSet(4) || isSet(5)) {
    return unusable('it is indirect, about attributes, or about some reasons only');
  }
  const [endEntities, cas] = [isSet(1), isSet(2)];
  if (endEntities && cas) return unusable('it is about nothing');
  const name = part(0);
  const points = name === undefined ? undefined : readPoints(name);
  return {
    scope: { certificates: endEntities ? 'endEntities' : cas ? 'cas' : 'all', points },
    unusable: undefined,
  };
}

/** The URIs of a DistributionPointName in its `fullName` form. Another form gives none, and a list for no point covers nothing. */
function readPoints(wrapper: Der): readonly string[] {
  const fullName = children(wrapper).find((node) => isContext(node, 0));
  if (fullName === undefined) return [];
  return children(fullName)
    .map(readGeneralName)
    .filter(({ type }) => type === 'uri')
    .map(({ value }) => value);
}

/** The URIs of a certificate's CRL distribution points (2.5.29.31). Points for some reasons only, or of another issuer, are left out. */
export function distributionPoints(extensions: ReadonlyMap<string, CertificateExtension>): readonly string[] {
  const extension = extensions.get(OID.distributionPoints);
  if (extension === undefined) return [];
  try {
    return sequenceOf(parseDer(extension.value)).flatMap((point) => {
      const [name, ...more] = children(point);
      return name !== undefined && isContext(name, 0) && more.length === 0 ? readPoints(name) : [];
    });
  } catch {
    return [];
  }
}
