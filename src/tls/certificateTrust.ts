import { X509Certificate } from 'node:crypto';
import { readClientCertificate, type ClientCertificate } from './clientCertificate.ts';

/** What is wrong with a certificate's path, in the order in which it is told. */
export type PathFault =
  | 'untrusted' // no path of good signatures to a configured anchor
  | 'notForClients'
  | 'expired'
  | 'notYetValid';

export type PathVerdict = { readonly valid: true } | { readonly valid: false; readonly fault: PathFault };

/**
 * The part of the judgement that does not depend on the clock, so that it can be remembered: when the certificate is good, if ever.
 * Several windows, since two CA generations may share a name and a key.
 */
export type PathJudgement =
  | { readonly fault: 'untrusted' | 'notForClients' }
  | { readonly windows: readonly { readonly notBefore: number; readonly notAfter: number }[] };

export interface CertificateTrust {
  /** Signatures, constraints and purpose. At most {@link MOST_SIGNATURE_CHECKS} signatures are verified for any input. */
  judge(certificate: ClientCertificate): PathJudgement;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const LONGEST_PATH = 4;
const MOST_SIGNATURE_CHECKS = 16;

/** sha256/384/512WithRSAEncryption, RSASSA-PSS, ecdsa-with-SHA256/384/512, Ed25519. SHA-1 and MD5 are not here. */
const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.113549.1.1.10 2.16.840.1.101.3.4.2.1',
  '1.2.840.113549.1.1.10 2.16.840.1.101.3.4.2.2',
  '1.2.840.113549.1.1.10 2.16.840.1.101.3.4.2.3',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
]);
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const SMALLEST_RSA_BITS = 2_048;

export interface CertificateTrustOptions {
  /** CA certificates a path may end at, PEM, several per text allowed. An empty list trusts nobody. */
  readonly anchors: readonly string[];
  /** CA certificates between the anchors and the devices. What a proxy forwards beside the leaf is never used. */
  readonly intermediates: readonly string[];
}

/**
 * Validates device certificates against the configured authorities alone.
 *
 * @throws Error if a configured certificate cannot be read or is no CA
 */
export function createCertificateTrust(options: CertificateTrustOptions): CertificateTrust {
  const anchors = options.anchors.flatMap(readAuthorities);
  const intermediates = options.intermediates.flatMap(readAuthorities);
  return {
    judge(certificate) {
      if (!isStrong(certificate) || certificate.isCa || certificate.unhandledExtensions.length > 0) {
        return { fault: 'untrusted' };
      }
      const windows = findPaths(certificate, anchors, intermediates);
      if (windows.length === 0) return { fault: 'untrusted' };
      return certificate.maySign && certificate.extendedKeyUsage?.includes(CLIENT_AUTH) === true
        ? { windows }
        : { fault: 'notForClients' };
    },
  };
}

/** Applies the clock to a judgement. Both ends of a validity belong to it (RFC 5280 4.1.2.5). */
export function verdictAt(judgement: PathJudgement, now: number): PathVerdict {
  if ('fault' in judgement) return { valid: false, fault: judgement.fault };
  if (judgement.windows.some((window) => window.notBefore <= now && now <= window.notAfter))
    return { valid: true };
  const started = judgement.windows.some((window) => window.notBefore <= now);
  return { valid: false, fault: started ? 'expired' : 'notYetValid' };
}

/** Reads every certificate of a PEM text. */
export function readAuthorities(pem: string): readonly ClientCertificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no PEM certificate found');
  return blocks.map((block) => {
    const certificate = readClientCertificate(new X509Certificate(block).raw);
    if (certificate === undefined) throw new Error('a certificate cannot be read');
    if (!certificate.isCa) throw new Error('a certificate is not that of a CA (basicConstraints)');
    return certificate;
  });
}

interface Window {
  readonly notBefore: number;
  readonly notAfter: number;
}

function findPaths(
  leaf: ClientCertificate,
  anchors: readonly ClientCertificate[],
  intermediates: readonly ClientCertificate[],
): readonly Window[] {
  const windows: Window[] = [];
  let checks = 0;

  function climb(subject: ClientCertificate, below: readonly ClientCertificate[], window: Window): void {
    for (const [issuer, isAnchor] of [
      ...anchors.map((anchor) => [anchor, true] as const),
      ...intermediates.map((intermediate) => [intermediate, false] as const),
    ]) {
      const caCertificatesBelow = below.length;
      if (below.includes(issuer) || issuer === subject) continue;
      if (!isAnchor && caCertificatesBelow + 1 >= LONGEST_PATH) continue;
      if (!mayIssue(issuer, caCertificatesBelow) || !subject.x509.checkIssued(issuer.x509)) continue;
      if (checks === MOST_SIGNATURE_CHECKS) return;
      checks += 1;
      if (!subject.x509.verify(issuer.publicKey)) continue;
      const narrowed = {
        notBefore: Math.max(window.notBefore, issuer.notBefore),
        notAfter: Math.min(window.notAfter, issuer.notAfter),
      };
      if (isAnchor) windows.push(narrowed);
      else climb(issuer, [...below, issuer], narrowed);
    }
  }

  climb(leaf, [], { notBefore: leaf.notBefore, notAfter: leaf.notAfter });
  return windows;
}

function mayIssue(issuer: ClientCertificate, caCertificatesBelow: number): boolean {
  return (
    issuer.isCa &&
    issuer.maySignCertificates &&
    issuer.unhandledExtensions.length === 0 &&
    (issuer.pathLength === undefined || issuer.pathLength >= caCertificatesBelow) &&
    (issuer.extendedKeyUsage === undefined || issuer.extendedKeyUsage.includes(CLIENT_AUTH)) &&
    isStrong(issuer)
  );
}

/** Key and signature are of a kind that is not broken. An anchor's own signature is checked for its kind too: harmless and simple. */
export function isStrong(certificate: ClientCertificate): boolean {
  if (!SIGNATURE_ALGORITHMS.has(certificate.signatureAlgorithm)) return false;
  const key = certificate.publicKey;
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= SMALLEST_RSA_BITS;
    case 'ec':
      return CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '');
    case 'ed25519':
      return true;
    default:
      return false;
  }
}
