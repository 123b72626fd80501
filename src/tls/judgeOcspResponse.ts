import { readCertificate, type Certificate } from './certificate.ts';
import { keyHashOf, namesCertificate } from './ocspCertId.ts';
import type { OcspAnswer, OcspResponse } from './ocspResponse.ts';
import { missing, type PathLink, type RevocationStatement, type Window } from './revocationStatement.ts';
import { fitsKey } from './signatureAlgorithm.ts';
import type { WorkBudget } from './workBudget.ts';

export interface OcspJudge {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly budget: WorkBudget;
  /** How long an answer without nextUpdate is good, milliseconds. */
  readonly maxAgeMs: number;
}

export interface JudgedResponse {
  readonly statement: RevocationStatement;
  /** Whose signature it has, if not the issuer's own. */
  readonly responder: Certificate | undefined;
}

/** How far ahead a responder's clock may be, milliseconds. Nothing is good longer than it says for it. */
export const OCSP_CLOCK_SKEW_MS = 60_000;

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const ALWAYS: Window = { validFrom: Number.NEGATIVE_INFINITY, validUntil: Number.POSITIVE_INFINITY };

/**
 * Judges what an OCSP response says about a certificate, RFC 6960 3.2. It must be signed by the certificate's issuer itself, or by a
 * responder to which the issuer gave a certificate for it with the same key. An answer is good from thisUpdate until just before
 * nextUpdate; where that is missing, for a short time.
 */
export function judgeOcspResponse(response: OcspResponse, link: PathLink, judge: OcspJudge): JudgedResponse {
  const nothing = (detail: string): JudgedResponse => ({ statement: missing(detail), responder: undefined });
  if (response.unusable !== undefined) return nothing(response.unusable);
  const answers = response.answers.filter(({ id }) => namesCertificate(id, link));
  if (answers.length === 0) return nothing('the OCSP response is about other certificates');
  const signer = findSigner(response, link.issuer, judge);
  if (signer === undefined) return nothing('the signature of an OCSP response is not that of a responder');
  return { statement: judgeAnswers(answers, signer.window, judge), responder: signer.responder };
}

/** All answers about the certificate count: one that is not good spoils the others. */
function judgeAnswers(
  answers: readonly OcspAnswer[],
  signed: Window,
  { at, maxAgeMs }: OcspJudge,
): RevocationStatement {
  const windows = answers.map((answer) => ({ ...answer, ...windowOf(answer, maxAgeMs) }));
  const begun = windows.filter(({ validFrom }) => validFrom <= at);
  const current = begun.filter(({ validUntil }) => at <= validUntil);
  const isRevoked = ({ status }: OcspAnswer): boolean => status === 'revoked';
  if (current.some(isRevoked)) return { is: 'revoked', isCurrent: true };
  if (begun.some(isRevoked)) return { is: 'revoked', isCurrent: false };
  if (current.length === 0) return missing('the OCSP response is not current');
  if (current.some(({ status }) => status !== 'good')) {
    return missing('the OCSP responder does not know a certificate of the path');
  }
  return {
    is: 'good',
    validFrom: Math.max(signed.validFrom, ...current.map(({ validFrom }) => validFrom)),
    validUntil: Math.min(signed.validUntil, ...current.map(({ validUntil }) => validUntil)),
  };
}

function windowOf({ thisUpdate, nextUpdate }: OcspAnswer, maxAgeMs: number): Window {
  return {
    validFrom: thisUpdate - OCSP_CLOCK_SKEW_MS,
    validUntil: (nextUpdate ?? thisUpdate + maxAgeMs) - 1,
  };
}

interface Signer {
  /** undefined for the issuer itself. */
  readonly responder: Certificate | undefined;
  /** When the signer may speak. The issuer is a certificate of the path, whose validity counts anyway. */
  readonly window: Window;
}

function findSigner(response: OcspResponse, issuer: Certificate, judge: OcspJudge): Signer | undefined {
  if (isResponder(response, issuer) && maySign(issuer) && isSigned(response, issuer, judge)) {
    return { responder: undefined, window: ALWAYS };
  }
  for (const der of response.certificates) {
    const responder = readCertificate(der);
    if (responder === undefined || !isResponder(response, responder)) continue;
    if (!isDelegate(responder, issuer, judge) || !isSigned(response, responder, judge)) continue;
    return { responder, window: { validFrom: responder.notBefore, validUntil: responder.notAfter } };
  }
  return undefined;
}

function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  return 'name' in responder
    ? responder.name === certificate.subjectName.key
    : responder.keyHash === keyHashOf(certificate, 'sha1');
}

function maySign({ keyUsage }: Certificate): boolean {
  return keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('cRLSign');
}

function isSigned(response: OcspResponse, { x509, publicKey }: Certificate, { budget }: OcspJudge): boolean {
  budget.spendSignature(`${response.sha256} ${publicKey.sha256}`);
  return response.isSignedBy(x509.publicKey, publicKey);
}

/** RFC 6960 4.2.2.2: the issuer itself, with the same key, must have made the certificate, and for this purpose. */
function isDelegate(responder: Certificate, issuer: Certificate, { at, budget }: OcspJudge): boolean {
  const { keyUsage, extendedKeyUsage, publicKey, signatureAlgorithm } = responder;
  const isFit =
    responder.version === 3 &&
    responder.notBefore <= at &&
    at <= responder.notAfter &&
    extendedKeyUsage?.includes(OCSP_SIGNING) === true &&
    keyUsage?.has('digitalSignature') !== false &&
    responder.unknownCritical.length === 0 &&
    publicKey.weakness === undefined &&
    responder.issuerName.key === issuer.subjectName.key &&
    signatureAlgorithm !== undefined &&
    fitsKey(signatureAlgorithm, issuer.publicKey);
  if (!isFit) return false;
  budget.spendSignature(`${responder.sha256} ${issuer.publicKey.sha256}`);
  try {
    return responder.x509.verify(issuer.x509.publicKey);
  } catch {
    // Node throws for keys that cannot be read, such as points beside their curve.
    return false;
  }
}
