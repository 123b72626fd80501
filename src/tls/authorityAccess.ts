import type { Certificate } from './certificate.ts';
import { child, oidOf, parseDer, sequenceOf } from './der.ts';
import { readGeneralName } from './generalName.ts';

const AUTHORITY_INFORMATION_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';
const MOST_URIS = 4;

/** Where a certificate says its issuer answers OCSP requests (RFC 5280 4.2.2.1): at most four addresses, as they are written. */
export function ocspUris({ extensions }: Certificate): readonly string[] {
  const extension = extensions.get(AUTHORITY_INFORMATION_ACCESS);
  if (extension === undefined) return [];
  try {
    return sequenceOf(parseDer(extension.value))
      .filter((access) => oidOf(child(access, 0)) === OCSP)
      .slice(0, MOST_URIS)
      .map((access) => readGeneralName(child(access, 1)))
      .filter(({ type }) => type === 'uri')
      .map(({ value }) => value);
  } catch {
    return [];
  }
}
