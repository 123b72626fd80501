import type { RevocationParts } from './composeRevocation.ts';
import { formatOf } from './composeSources.ts';
import type { JourneysSetup } from './config/resolveJourneys.ts';
import type { ClientCertificates } from './journeys/clientCertificates.ts';
import { createCertificateJudge } from './node/certificateJudge.ts';
import { createTrustedHop } from './node/trustedHop.ts';

/** Longest time that evidence about revocation is waited for, milliseconds: well within what one node of a journey may take. */
const SEEK_MS = 3_000;

/** What nodes of journeys believe of certificates. Where nothing is configured, nothing. */
export function composeCertificates(
  { certificates, from, peers }: Pick<JourneysSetup, 'certificates' | 'from' | 'peers'>,
  {
    now,
    revocationOf,
  }: { readonly now: () => number; readonly revocationOf: RevocationParts['keeperFor'] | undefined },
): ClientCertificates {
  const trust = certificates?.trust ?? { anchors: [], intermediates: [] };
  const judge = createCertificateJudge({
    trust,
    revocation: certificates === undefined ? undefined : revocationOf?.(certificates),
  });
  return {
    isConfigured: certificates !== undefined,
    asks: { crl: trust.crlPolicy !== undefined, ocsp: trust.ocspPolicy !== undefined },
    format: formatOf(certificates ?? { profile: 'nginx', encoding: undefined }),
    mayForward: createTrustedHop({ from, peers }),
    judge: (certificate, signal) => judge(certificate, now(), { signal, waitMs: SEEK_MS }),
  };
}
