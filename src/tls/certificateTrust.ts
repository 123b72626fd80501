import { readCertificate, type Certificate } from './certificate.ts';
import type { PathValidatorOptions } from './certificatePath.ts';
import { findIssuerFault } from './certificateRules.ts';
import { pemBlocks } from './pem.ts';

/** What the certificates of one source are validated against. */
export interface CertificateTrustOptions extends PathValidatorOptions {
  /** CA certificates between the anchors and the devices. What a proxy forwards beside the leaf is never used. */
  readonly intermediates: readonly string[];
}

/**
 * Reads every certificate of a PEM text, for settings that must be right.
 *
 * @throws Error if one of them cannot be read or is no CA, or there is none
 */
export function readAuthorities(pem: string): readonly Certificate[] {
  const blocks = pemBlocks(pem, 'CERTIFICATE');
  if (blocks.length === 0) throw new Error('no PEM certificate found');
  return blocks.map((block) => {
    const certificate = block === undefined ? undefined : readCertificate(block);
    if (certificate === undefined) throw new Error('a certificate cannot be read');
    const fault = findIssuerFault(certificate, true);
    if (fault?.reason === 'notACa') throw new Error('a certificate is not that of a CA (basicConstraints)');
    return certificate;
  });
}
