import type { Certificate } from './certificate.ts';
import { judgePath, type PathJudge } from './judgePath.ts';
import type { Issuer, IssuerPool } from './issuerPool.ts';
import type { Finding } from './pathFault.ts';
import type { Window } from './revocationStatement.ts';
import { fitsKey } from './signatureAlgorithm.ts';

export interface PathSearch extends PathJudge {
  readonly pool: IssuerPool;
  /** Most CA certificates between the certificate and the anchor. */
  readonly maxDepth: number;
  /** Did the issuer's key sign the certificate? Asked once a pair. */
  isSignedBy(certificate: Certificate, issuer: Certificate): boolean;
}

interface Candidates {
  readonly anchors: readonly Issuer[];
  readonly intermediates: readonly Issuer[];
}

/** The farther a search came, the more its fault says. */
const FARNESS = { nothing: 0, tooDeep: 1, badIssuer: 2, wholePath: 3 } as const;

/**
 * Looks for a path from a certificate to an anchor that is good as a whole; a fault of one path leads to the next. Shorter paths come
 * first, so that cross-certificates cannot lead far astray. No path holds the same CA (name and key) twice.
 *
 * @returns when the path is good, or what is wrong with the most promising one
 * @throws TooComplexError
 */
export function buildPath(certificate: Certificate, search: PathSearch): Finding | Window {
  let best: Finding = {
    reason: 'untrusted',
    detail: 'no chain of good signatures leads to a configured anchor',
  };
  let farness: number = FARNESS.nothing;
  const candidates = new Map<Certificate, Candidates>();

  function note(fault: Finding, far: number): undefined {
    if (far > farness) [best, farness] = [fault, far];
  }

  function candidatesFor(subject: Certificate): Candidates {
    const known = candidates.get(subject);
    if (known !== undefined) return known;
    const sorted = search.pool
      .named(subject.issuerName.key)
      .map((issuer) => ({ issuer, score: promise(issuer, subject, search.at) }))
      .sort((one, other) => other.score - one.score)
      .map(({ issuer }) => issuer);
    const found = {
      anchors: sorted.filter(({ isAnchor }) => isAnchor),
      intermediates: sorted.filter(({ isAnchor }) => !isAnchor),
    };
    candidates.set(subject, found);
    return found;
  }

  /** @param depth exactly how many intermediates the path shall have */
  function climb(path: readonly Certificate[], subject: Certificate, depth: number): Window | undefined {
    const intermediates = path.length - 1;
    for (const issuer of candidatesFor(subject)[intermediates === depth ? 'anchors' : 'intermediates']) {
      search.budget.spendStep();
      if (intermediates + issuer.distance > depth) continue;
      if (path.some((below) => isSameEntity(below, issuer.certificate))) continue;
      if (!isSigned(subject, issuer.certificate, search)) continue;
      if (issuer.fault !== undefined) {
        note(issuer.fault, FARNESS.badIssuer);
        continue;
      }
      const longer = [...path, issuer.certificate];
      const found = issuer.isAnchor ? judgePath(longer, search) : climb(longer, issuer.certificate, depth);
      if (found === undefined) continue;
      if (!('reason' in found)) return found;
      note(found, FARNESS.wholePath);
    }
    return undefined;
  }

  const { anchors, intermediates } = candidatesFor(certificate);
  let shortest = Number.POSITIVE_INFINITY;
  for (const { distance } of [...anchors, ...intermediates]) shortest = Math.min(shortest, distance);
  if (shortest > search.maxDepth && shortest !== Number.POSITIVE_INFINITY) {
    note({ reason: 'pathLength', detail: 'every path is deeper than is configured' }, FARNESS.tooDeep);
  }
  for (let depth = shortest; depth <= search.maxDepth; depth += 1) {
    const found = climb([certificate], certificate, depth);
    if (found !== undefined) return found;
  }
  return best;
}

function isSigned(subject: Certificate, issuer: Certificate, search: PathSearch): boolean {
  const { signatureAlgorithm } = subject;
  if (signatureAlgorithm === undefined) return false;
  return fitsKey(signatureAlgorithm, issuer.publicKey) && search.isSignedBy(subject, issuer);
}

/** The same name with another key is another CA, and the other way round. */
function isSameEntity(one: Certificate, other: Certificate): boolean {
  return one.subjectName.key === other.subjectName.key && one.publicKey.sha256 === other.publicKey.sha256;
}

/** Key identifiers are hints that anybody can write: they decide who is asked first, never who is believed. */
function promise({ certificate, fault }: Issuer, subject: Certificate, at: number): number {
  const { authorityKeyId } = subject;
  const isNamed = authorityKeyId !== undefined && certificate.subjectKeyId === authorityKeyId;
  const isOther =
    authorityKeyId !== undefined &&
    certificate.subjectKeyId !== undefined &&
    certificate.subjectKeyId !== authorityKeyId;
  const isCurrent = certificate.notBefore <= at && at <= certificate.notAfter;
  return (fault === undefined ? 8 : 0) + (isNamed ? 4 : isOther ? 0 : 2) + (isCurrent ? 1 : 0);
}
