import type { Certificate } from './certificate.ts';
import { children, isContext, parseDer, sequenceOf, type Der } from './der.ts';
import { readGeneralName, type GeneralName } from './generalName.ts';

const DISTRIBUTION_POINTS = '2.5.29.31';

/** Real certificates have one or two; a list is looked for at no more. */
const MOST_NAMES = 16;

/**
 * The names of a DistributionPointName in its `fullName` form, made comparable: URIs and directory names. Another form gives none, and
 * a list for no point covers nothing.
 */
export function readPointNames(wrapper: Der): readonly string[] {
  return fullNames(wrapper).flatMap(comparable);
}

/** The comparable names of a certificate's CRL distribution points. Points for some reasons only, or of another issuer, are left out. */
export function distributionPoints(certificate: Certificate): readonly string[] {
  return pointNames(certificate).flatMap(comparable);
}

/** The addresses among them, as they are written, in their order. */
export function distributionPointUris(certificate: Certificate): readonly string[] {
  return pointNames(certificate)
    .filter(({ type }) => type === 'uri')
    .map(({ value }) => value);
}

function pointNames({ extensions }: Certificate): readonly GeneralName[] {
  const extension = extensions.get(DISTRIBUTION_POINTS);
  if (extension === undefined) return [];
  try {
    const names: GeneralName[] = [];
    for (const point of sequenceOf(parseDer(extension.value))) {
      const [name, ...more] = children(point);
      if (name !== undefined && isContext(name, 0) && more.length === 0) names.push(...fullNames(name));
      if (names.length >= MOST_NAMES) break;
    }
    return names.slice(0, MOST_NAMES);
  } catch {
    return [];
  }
}

function fullNames(wrapper: Der): readonly GeneralName[] {
  const fullName = children(wrapper).find((node) => isContext(node, 0));
  return fullName === undefined ? [] : children(fullName).map(readGeneralName);
}

/** RFC 5280 7.4: in an address, the letter case of scheme and host does not matter; that of all else does. */
function comparable(name: GeneralName): readonly string[] {
  switch (name.type) {
    case 'uri':
      return [`uri ${name.value.replace(/^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/[^/?#]*)?/, lowerHost)}`];
    case 'directory':
      return [`name ${name.name.key}`];
    default:
      return [];
  }
}

/** Who is named before an `@` keeps the case. */
function lowerHost(start: string): string {
  const at = start.lastIndexOf('@') + 1;
  const scheme = start.indexOf(':');
  return at === 0
    ? start.toLowerCase()
    : start.slice(0, scheme).toLowerCase() + start.slice(scheme, at) + start.slice(at).toLowerCase();
}
