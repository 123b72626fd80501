import type { Certificate } from './certificate.ts';
import { isSelfIssued, mayIssueFor } from './certificateRules.ts';
import { findPolicyFault } from './judgePolicies.ts';
import { findNameViolation } from './nameViolation.ts';
import type { Finding, Purpose } from './pathFault.ts';
import type { RevocationInquiry } from './revocation.ts';
import type { Window } from './revocationStatement.ts';
import { findProfileFault } from './serverProfile.ts';
import type { WorkBudget } from './workBudget.ts';

export interface PathJudge {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly purpose: Purpose;
  readonly revocation: RevocationInquiry;
  readonly budget: WorkBudget;
}

/**
 * Judges a whole path, RFC 5280 6.1: what depends on several certificates or on the clock. Signatures and what each certificate is by
 * itself are known to be good. The anchor counts as a certificate of the path: its validity and its constraints apply.
 *
 * @param path from the certificate in question to the anchor
 */
export function judgePath(path: readonly Certificate[], judge: PathJudge): Finding | Window {
  return (
    findTimeFault(path, judge.at) ??
    findLengthFault(path) ??
    findUsageFault(path, judge.purpose) ??
    findNameFault(path, judge.budget) ??
    findPolicyFault(path, judge.budget) ??
    (judge.purpose === 'server' ? findProfileFault(path) : undefined) ??
    windowOf(path, judge)
  );
}

/** Both ends of a validity belong to it (4.1.2.5). */
function findTimeFault(path: readonly Certificate[], at: number): Finding | undefined {
  const which = (certificate: Certificate): string =>
    certificate === path[0] ? 'the certificate' : 'a CA of the path';
  // Written so that a time that is no number is refused, too.
  const expired = path.find(({ notAfter }) => !(at <= notAfter));
  if (expired !== undefined) return { reason: 'expired', detail: `${which(expired)} is past its validity` };
  const early = path.find(({ notBefore }) => !(notBefore <= at));
  return early && { reason: 'notYetValid', detail: `${which(early)} is not valid yet` };
}

function findLengthFault(path: readonly Certificate[]): Finding | undefined {
  let left = Number.POSITIVE_INFINITY;
  for (const [index, ca] of path.slice(1).toReversed().entries()) {
    if (index > 0 && !isSelfIssued(ca)) {
      if (left === 0) return { reason: 'pathLength', detail: 'more CAs follow than a CA above them allows' };
      left -= 1;
    }
    left = Math.min(left, ca.pathLength ?? left);
  }
  return undefined;
}

function findUsageFault(path: readonly Certificate[], purpose: Purpose): Finding | undefined {
  return path.slice(1).every((ca) => mayIssueFor(ca, purpose))
    ? undefined
    : { reason: 'wrongPurpose', detail: `a CA of the path may not issue for ${purpose} authentication` };
}

function findNameFault(path: readonly Certificate[], budget: WorkBudget): Finding | undefined {
  for (const [index, { nameConstraints }] of path.entries()) {
    if (index === 0 || nameConstraints === undefined || nameConstraints === 'unreadable') continue;
    for (const [position, below] of path.slice(0, index).entries()) {
      // 6.1.3 (b): a CA that certifies its own new key needs no leave for its own name.
      if (position > 0 && isSelfIssued(below)) continue;
      const violation = findNameViolation(nameConstraints, below, budget);
      if (violation !== undefined) return { reason: 'nameConstraint', detail: violation };
    }
  }
  return undefined;
}

/** Revocation comes last, since it may cost signatures. All links are asked about: what was revoked outweighs what is not known. */
function windowOf(path: readonly Certificate[], { revocation }: PathJudge): Finding | Window {
  const windows: Window[] = path.map(({ notBefore, notAfter }) => ({
    validFrom: notBefore,
    validUntil: notAfter,
  }));
  let unknown: Finding | undefined;
  for (const [index, certificate] of path.entries()) {
    const issuer = path[index + 1];
    if (issuer === undefined) continue;
    const found = revocation.check({ certificate, issuer });
    if (!('reason' in found)) windows.push(found);
    else if (found.reason === 'revoked') return found;
    else unknown ??= found;
  }
  if (unknown !== undefined) return unknown;
  return {
    validFrom: Math.max(...windows.map(({ validFrom }) => validFrom)),
    validUntil: Math.min(...windows.map(({ validUntil }) => validUntil)),
  };
}
