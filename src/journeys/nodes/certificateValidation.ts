import { z } from 'zod';
import type { PathFault } from '../../tls/pathFault.ts';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, type ConfigurationProblem } from '../nodeType.ts';
import { CERTIFICATE_KEY, certificateIn } from './certificateState.ts';
import { setting } from './settings.ts';

const off = setting(z.boolean(), false);

/** Faults that have an outcome of their own in AM. */
const OUTCOMES: Partial<Record<PathFault, string>> = {
  expired: 'EXPIRED',
  notYetValid: 'EXPIRED',
  revoked: 'REVOKED',
  revocationUnknown: 'REVOKED',
};

/**
 * Is the certificate that was collected good? Path, purpose and validity are checked whatever the settings say, against the authorities
 * that the gate trusts; and so is revocation, where it is configured. The settings can only demand that it is.
 */
export const certificateValidation = defineNodeType({
  type: 'product-CertificateValidationNode',
  displayName: 'Certificate Validation Node',
  configuration: z.object({
    matchCertificateInLdap: off,
    checkCertificateExpiry: off,
    matchCertificateToCRL: off,
    ocspValidationEnabled: off,
  }),
  outcomes: () => [
    { id: 'TRUE', displayName: 'True' },
    { id: 'FALSE', displayName: 'False' },
    { id: 'NOT_FOUND', displayName: 'Not Found' },
    { id: 'EXPIRED', displayName: 'Expired' },
    { id: 'PATH_VALIDATION_FAILED', displayName: 'Path Validation Failed' },
    { id: 'REVOKED', displayName: 'Revoked' },
  ],
  asks: () => 'never',
  inputs: () => [CERTIFICATE_KEY],
  check(config, { certificates }) {
    const problems: ConfigurationProblem[] = [];
    const tell = (at: readonly string[], message: string): void =>
      void problems.push({ code: 'badConfiguration', at, message });
    if (config.matchCertificateInLdap) {
      tell(['matchCertificateInLdap'], 'is not supported: certificates are not looked up in a directory');
    }
    if (certificates === undefined) return problems;
    if (!certificates.isConfigured) {
      tell([], 'would refuse every certificate: no authorities are configured under `journeys.certificates`');
    } else {
      if (config.matchCertificateToCRL && !certificates.asks.crl) {
        tell(['matchCertificateToCRL'], 'needs `journeys.certificates.trust.crl`');
      }
      if (config.ocspValidationEnabled && !certificates.asks.ocsp) {
        tell(['ocspValidationEnabled'], 'needs `journeys.certificates.trust.ocsp`');
      }
    }
    return problems;
  },
  async run({ ports, signal, state }) {
    const verdict = await ports.certificates.judge(certificateIn(state), signal);
    return goTo(verdict.is === 'accepted' ? 'TRUE' : (OUTCOMES[verdict.reason] ?? 'PATH_VALIDATION_FAILED'));
  },
});
