import type { Reason } from '../outcomes/reason.ts';
import type { PathFault } from '../tls/pathFault.ts';

/**
 * The reason behind each fault of a certificate's path. Finer causes are in the detail: to whoever runs Intune they are all "not a
 * certificate for this gate".
 */
export const CERTIFICATE_REASONS = {
  untrusted: 'certificateUntrusted',
  expired: 'certificateExpired',
  notYetValid: 'certificateNotYetValid',
  wrongPurpose: 'certificateNotForClients',
  nameConstraint: 'certificateUntrusted',
  pathLength: 'certificateUntrusted',
  notACa: 'certificateUntrusted',
  keyUsage: 'certificateUntrusted',
  unknownCriticalExtension: 'certificateUntrusted',
  policy: 'certificateUntrusted',
  profile: 'certificateUntrusted',
  weakSignature: 'certificateUntrusted',
  weakKey: 'certificateUntrusted',
  revoked: 'certificateRevoked',
  revocationUnknown: 'revocationUnknown',
  hostnameMismatch: 'certificateUntrusted',
  tooComplex: 'certificateUntrusted',
  malformed: 'certificateMalformed',
} as const satisfies Record<PathFault, Reason>;
