/**
 * Why a certificate is not accepted.
 *
 * - `untrusted`: no chain of good signatures leads to a configured anchor, or the certificate is itself a CA
 * - `wrongPurpose`: extended key usage of the certificate, or of a CA above it, does not allow the purpose
 * - `notACa`: an issuer is not marked as a CA
 * - `pathLength`: more CAs follow than a CA above them, or the configured depth, allows
 * - `keyUsage`: keyUsage forbids what the certificate is used for
 * - `policy`: a CA demands a certificate policy, and none is valid for the whole path
 * - `profile`: the certificates are good by themselves, but not what CAs for servers may issue
 * - `revocationUnknown`: it is to be asked whether the certificate was revoked, and nothing that is good now says so
 * - `tooComplex`: the answer would have cost more than one certificate may cost
 * - `malformed`: readable, but against the rules for certificates
 */
export type PathFault =
  | 'untrusted'
  | 'expired'
  | 'notYetValid'
  | 'wrongPurpose'
  | 'nameConstraint'
  | 'pathLength'
  | 'notACa'
  | 'keyUsage'
  | 'unknownCriticalExtension'
  | 'policy'
  | 'profile'
  | 'weakSignature'
  | 'weakKey'
  | 'revoked'
  | 'revocationUnknown'
  | 'hostnameMismatch'
  | 'tooComplex'
  | 'malformed';

/** A fault with one plain sentence about it, without names or ids of anyone. */
export interface Finding {
  readonly reason: PathFault;
  readonly detail: string;
}

/** What a certificate is to be used for. `any` looks at no usage at all. */
export type Purpose = 'client' | 'server' | 'any';
