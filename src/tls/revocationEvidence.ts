import type { OcspResponse } from './ocspResponse.ts';
import type { PathLink } from './revocationStatement.ts';
import type { RevocationList } from './revocationList.ts';

/**
 * What is known about revocation beside the configured lists. It is evidence, not belief: signatures, times and scopes are checked
 * wherever it is used, so that anybody may supply it.
 */
export interface RevocationEvidence {
  /** Lists whose issuer has this name, by its key as in `directoryName.ts`. */
  listsNamed(issuerKey: string): readonly RevocationList[];
  /** OCSP responses that may be about the certificate. */
  responsesFor(link: PathLink): readonly OcspResponse[];
}

export const NO_EVIDENCE: RevocationEvidence = { listsNamed: () => [], responsesFor: () => [] };
