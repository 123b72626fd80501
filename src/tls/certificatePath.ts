import { buildPath } from './buildPath.ts';
import { readCertificate, type Certificate } from './certificate.ts';
import { findEndEntityFault, findPurposeFault } from './certificateRules.ts';
import { createIssuerPool } from './issuerPool.ts';
import type { Finding, Purpose } from './pathFault.ts';
import { decodeBase64, pemBlocks } from './pem.ts';
import { createRevocationCheck, type RevocationCheck, type RevocationPolicy } from './revocation.ts';
import type { RevocationEvidence } from './revocationEvidence.ts';
import type { PathLink, Window } from './revocationStatement.ts';
import { readRevocationList, type RevocationList } from './revocationList.ts';
import { createWorkBudget, TooComplexError, type WorkBudget } from './workBudget.ts';

export type { Finding, PathFault, Purpose } from './pathFault.ts';

export interface PathValidatorOptions {
  /** CA certificates a path may end at, PEM, several per text allowed. An empty list trusts nobody. */
  readonly anchors: readonly string[];
  /** CA certificates that may stand between, PEM, several per text allowed. They are not trusted by themselves. */
  readonly intermediates?: readonly string[];
  /** Revocation lists: PEM (several per text allowed) or the base64 of the DER. */
  readonly crls?: readonly string[];
  /**
   * What happens for lack of a good and current list. Every certificate of a path is asked about, except the anchor. Default: `require`
   * where `crls` are given, else nothing is asked.
   */
  readonly crlPolicy?: RevocationPolicy;
  /** The same for OCSP responses. With both kinds one good answer suffices, and any "revoked" wins. Default: nothing is asked. */
  readonly ocspPolicy?: RevocationPolicy;
  /** How long an OCSP response is good that does not say it, milliseconds. Default ten minutes. */
  readonly ocspMaxAgeMs?: number;
  /** Most CA certificates between the certificate and the anchor, as OpenSSL counts. Default 8. */
  readonly maxDepth?: number;
}

export interface PathRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly purpose: Purpose;
  /** DNS name, IP address or mailbox that an alternative name of the certificate must stand for. */
  readonly hostname?: string;
  /** More certificates that may stand between, e.g. those that came along. Not for decisions: nobody vouches for them being complete. */
  readonly intermediates?: readonly Certificate[];
  /** What is known about revocation beside the configured lists. */
  readonly evidence?: RevocationEvidence;
}

/** The window says between which times (milliseconds since 1970, both included) the answer stays the same as long as the settings do. */
export type PathVerdict = (({ readonly valid: true } & Window) | ({ readonly valid: false } & Finding)) & {
  /**
   * Where the answer depends on revocation and nothing good is known: the links to find evidence for. All signatures up to an anchor are
   * good, so what the certificates of the link say about where to ask is their CA's word.
   */
  readonly lacking?: readonly PathLink[];
};

export interface PathValidator {
  /** One sentence for each thing that is configured but cannot be used. It adds no trust. */
  readonly ignored: readonly string[];
  /** The cost is bounded for any input, see `workBudget.ts`. */
  validate(certificate: Certificate, request: PathRequest): PathVerdict;
}

const DEFAULT_DEPTH = 8;
const DEFAULT_OCSP_AGE_MS = 600_000;
/** Links to find evidence for. A path has at most nine, and cross-certificates add a few. */
const MOST_LACKING = 16;

/**
 * Validates certificates against configured authorities as RFC 5280 section 6 says, with every policy acceptable and none demanded from
 * the start. Where the RFC leaves a choice, the stricter one is taken: the anchor's validity and constraints count, an end entity that
 * is itself a CA is refused for clients and servers, a client must say that it is one (extended key usage), and for servers the rules
 * for those who issue certificates are held, too (`serverProfile.ts`).
 */
export function createPathValidator(options: PathValidatorOptions): PathValidator {
  const ignored: string[] = [];
  const anchors = readAll(options.anchors, 'anchor', ignored);
  const intermediates = readAll(options.intermediates ?? [], 'intermediate', ignored);
  const revocation = readRevocation(options, ignored);
  const maxDepth = options.maxDepth ?? DEFAULT_DEPTH;
  const configuredPool = createIssuerPool(anchors, intermediates);
  /** Signatures among configured certificates: the same for everyone, and as many as were configured. */
  const configured = new Set([...anchors, ...intermediates]);
  const configuredSignatures = new Map<string, boolean>();

  function createSignatureCheck(budget: WorkBudget): (subject: Certificate, issuer: Certificate) => boolean {
    const signatures = new Map<string, boolean>();
    return (subject, issuer) => {
      const memory = configured.has(subject) && configured.has(issuer) ? configuredSignatures : signatures;
      const pair = `${subject.sha256} ${issuer.publicKey.sha256}`;
      budget.spendSignature(pair);
      let isGood = memory.get(pair);
      if (isGood === undefined) {
        isGood = verify(subject, issuer);
        memory.set(pair, isGood);
      }
      return isGood;
    };
  }

  function search(
    certificate: Certificate,
    request: PathRequest,
  ): (Finding | Window) & Pick<PathVerdict, 'lacking'> {
    const fault = findEndEntityFault(certificate, request.purpose);
    if (fault !== undefined) return fault;
    const budget = createWorkBudget();
    const pool =
      request.intermediates === undefined
        ? configuredPool
        : createIssuerPool(anchors, [...intermediates, ...request.intermediates]);
    const { at, purpose } = request;
    const inquiry = revocation.inquire(at, budget, request.evidence);
    const isSignedBy = createSignatureCheck(budget);
    const found = buildPath(certificate, {
      at,
      purpose,
      revocation: inquiry,
      budget,
      pool,
      maxDepth,
      isSignedBy,
    });
    const isRefused = 'reason' in found;
    const lacking = isRefused ? [...inquiry.refused, ...inquiry.passed] : inquiry.passed;
    if (isRefused && lacking.length === 0) return found;
    // Told only about certificates that are trusted: about the others it is beside the point.
    const misuse = findPurposeFault(certificate, purpose, request.hostname);
    if (misuse !== undefined) return isRefused ? found : misuse;
    return lacking.length === 0 ? found : { ...found, lacking: lacking.slice(0, MOST_LACKING) };
  }

  return {
    ignored,
    validate(certificate, request) {
      try {
        const found = search(certificate, request);
        return 'reason' in found ? { valid: false, ...found } : { valid: true, ...found };
      } catch (error) {
        if (!(error instanceof TooComplexError)) throw error;
        return { valid: false, reason: 'tooComplex', detail: error.message };
      }
    },
  };
}

/** Node throws for keys that cannot be read, such as points beside their curve. */
function verify(subject: Certificate, issuer: Certificate): boolean {
  try {
    return subject.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

function readAll(texts: readonly string[], what: string, ignored: string[]): readonly Certificate[] {
  return texts.flatMap((text) => {
    const blocks = pemBlocks(text, 'CERTIFICATE');
    if (blocks.length === 0) ignored.push(`a text of the ${what}s holds no PEM certificate`);
    return blocks.flatMap((block, index) => {
      const certificate = block === undefined ? undefined : readCertificate(block);
      if (certificate === undefined) ignored.push(`certificate ${index + 1} of the ${what}s cannot be read`);
      return certificate ?? [];
    });
  });
}

function readRevocation(options: PathValidatorOptions, ignored: string[]): RevocationCheck {
  const texts = options.crls ?? [];
  const blocks = texts.flatMap((text) => {
    const found = pemBlocks(text, 'X509 CRL');
    return found.length === 0 ? [decodeBase64(text)] : found;
  });
  const lists = blocks.flatMap((block, index): readonly RevocationList[] => {
    const list = block === undefined ? undefined : readRevocationList(block);
    if (list === undefined) ignored.push(`revocation list ${index + 1} cannot be read`);
    else if (list.unusable !== undefined) ignored.push(`revocation list ${index + 1}: ${list.unusable}`);
    return list === undefined ? [] : [list];
  });
  return createRevocationCheck({
    lists,
    isComplete: lists.length === blocks.length,
    crlPolicy: options.crlPolicy ?? (texts.length === 0 ? undefined : 'require'),
    ocspPolicy: options.ocspPolicy,
    ocspMaxAgeMs: options.ocspMaxAgeMs ?? DEFAULT_OCSP_AGE_MS,
  });
}
