import type { Certificate } from '../tls/certificate.ts';
import { createPathValidator } from '../tls/certificatePath.ts';
import type { CertificateTrustOptions } from '../tls/certificateTrust.ts';
import type { PathFault } from '../tls/pathFault.ts';
import type { RevocationSource, SeekLimits } from './revocationSource.ts';

export type CertificateVerdict =
  { readonly is: 'accepted' } | { readonly is: 'refused'; readonly reason: PathFault };

export type CertificateJudge = (
  certificate: Certificate,
  /** Milliseconds since 1970. */
  now: number,
  limits: SeekLimits,
) => Promise<CertificateVerdict>;

/** CA certificates between a device and an anchor: real device CAs have one. */
export const DEEPEST_PATH = 4;

/**
 * Judges whether a certificate is good for a client: its whole path, its purpose, its validity, and, where somebody is asked about it,
 * whether it was revoked. What is missing about that is looked for once, within the limits. Never rejects.
 */
export function createCertificateJudge(options: {
  readonly trust: CertificateTrustOptions;
  /** Where evidence about revocation is looked for that the trust does not hold; undefined: nowhere. */
  readonly revocation?: RevocationSource | undefined;
}): CertificateJudge {
  const { trust, revocation } = options;
  const validator = createPathValidator({ maxDepth: DEEPEST_PATH, ...trust });
  const evidence = revocation === undefined ? {} : { evidence: revocation.evidence };
  return async (certificate, now, limits) => {
    const judge = () => validator.validate(certificate, { at: now, purpose: 'client', ...evidence });
    let verdict = judge();
    if (revocation !== undefined && verdict.lacking !== undefined) {
      await revocation.seek(verdict.lacking, limits);
      verdict = judge();
    }
    return verdict.valid ? { is: 'accepted' } : { is: 'refused', reason: verdict.reason };
  };
}
