import type { Certificate } from './certificate.ts';
import { distributionPoints } from './distributionPoints.ts';
import type { RevocationList } from './revocationList.ts';
import { missing, type PathLink, type RevocationStatement } from './revocationStatement.ts';
import type { WorkBudget } from './workBudget.ts';

export interface ListCheck {
  /**
   * What lists of the issuer's name say about the certificate.
   *
   * @param at milliseconds since 1970
   */
  ask(link: PathLink, named: readonly RevocationList[], at: number, budget: WorkBudget): RevocationStatement;
}

const MOST_KEYS_PER_LIST = 64;

/**
 * Asks revocation lists, RFC 5280 6.3.
 *
 * A list speaks for a certificate if the certificate's issuer signed it with the same key and name, may sign lists (keyUsage, where
 * present), and the certificate is in its scope. It is good from thisUpdate until just before nextUpdate; without nextUpdate never.
 * Lists that tell only a part (deltas, some reasons) are heard where they revoke while they are good, and in nothing else.
 */
export function createListCheck(): ListCheck {
  /** Keys of issuers whose signature on a list was verified, for as long as somebody holds the list. */
  const signatures = new WeakMap<RevocationList, Map<string, boolean>>();

  function isSigned(list: RevocationList, issuer: Certificate, budget: WorkBudget): boolean {
    const known = signatures.get(list) ?? new Map<string, boolean>();
    signatures.set(list, known);
    let isGood = known.get(issuer.publicKey.sha256);
    if (isGood === undefined) {
      budget.spendSignature(`${list.sha256} ${issuer.publicKey.sha256}`);
      isGood = list.isSignedBy(issuer.x509.publicKey);
      if (known.size < MOST_KEYS_PER_LIST) known.set(issuer.publicKey.sha256, isGood);
    }
    return isGood;
  }

  return {
    ask({ certificate, issuer }, named, at, budget) {
      if (issuer.keyUsage?.has('cRLSign') === false) {
        return missing('the key usage of an issuer does not allow signing revocation lists');
      }
      const isInScope = createScopeCheck(certificate);
      const speaking = named.filter(
        (list) => list.unusable === undefined && isInScope(list) && isSigned(list, issuer, budget),
      );
      const revokes = (list: RevocationList): boolean => list.revokes(certificate.serialHex);
      const current = speaking.filter((list) => isCurrent(list, at));
      if (current.some(revokes)) return { is: 'revoked', isCurrent: true };
      const whole = speaking.filter(({ partial }) => partial === undefined);
      if (whole.some((list) => isCurrent(list, at))) {
        return {
          is: 'good',
          validFrom: Math.max(...current.map(({ thisUpdate }) => thisUpdate)),
          validUntil: Math.min(
            ...current.map(({ nextUpdate = 0 }) => nextUpdate - 1),
            // A list that was published ahead may say something else as soon as it counts.
            ...speaking.filter(({ thisUpdate }) => thisUpdate > at).map(({ thisUpdate }) => thisUpdate - 1),
          ),
        };
      }
      if (whole.some(revokes)) return { is: 'revoked', isCurrent: false };
      return missing(describeMissing(named, speaking, whole));
    },
  };
}

function isCurrent({ thisUpdate, nextUpdate }: RevocationList, at: number): boolean {
  return thisUpdate <= at && nextUpdate !== undefined && at < nextUpdate;
}

/** The points of a certificate are read once, and only if some list is for points. */
function createScopeCheck(certificate: Certificate): (list: RevocationList) => boolean {
  let points: ReadonlySet<string> | undefined;
  return ({ scope }) => {
    const isOfKind = scope.certificates === 'all' || (scope.certificates === 'cas') === certificate.isCa;
    if (!isOfKind || scope.points === undefined) return isOfKind;
    const own = (points ??= new Set(distributionPoints(certificate)));
    return scope.points.some((point) => own.has(point));
  };
}

function describeMissing(
  named: readonly RevocationList[],
  speaking: readonly RevocationList[],
  whole: readonly RevocationList[],
): string {
  if (whole.length > 0) return 'the revocation list of an issuer is not current';
  const problem = speaking[0]?.partial ?? named.find(({ unusable }) => unusable !== undefined)?.unusable;
  return problem === undefined
    ? 'no revocation list speaks for a certificate of the path'
    : `the revocation list of an issuer cannot be used: ${problem}`;
}
