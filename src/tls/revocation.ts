import type { Certificate } from './certificate.ts';
import type { Finding } from './pathFault.ts';
import type { RevocationList } from './revocationList.ts';
import { distributionPoints } from './revocationScope.ts';
import type { WorkBudget } from './workBudget.ts';

/** When a statement holds, in milliseconds since 1970, both ends included. */
export interface Window {
  readonly validFrom: number;
  readonly validUntil: number;
}

export interface RevocationCheck {
  /**
   * Was the certificate revoked by its issuer?
   *
   * @param at milliseconds since 1970
   * @returns what is wrong, or how long the lists that say "no" are good
   */
  check(certificate: Certificate, issuer: Certificate, at: number, budget: WorkBudget): Finding | Window;
}

export const ALWAYS: Window = {
  validFrom: Number.NEGATIVE_INFINITY,
  validUntil: Number.POSITIVE_INFINITY,
};

/**
 * Asks the configured revocation lists.
 *
 * A list speaks for a certificate if the certificate's issuer signed it with the same key and name, may sign lists (keyUsage, where
 * present), and the certificate is in its scope. It is good from thisUpdate until just before nextUpdate; without nextUpdate never.
 *
 * @param isComplete false if some configured list could not be read: then no certificate passes for lack of a list
 */
export function createRevocationCheck(options: {
  readonly lists: readonly RevocationList[];
  readonly isComplete: boolean;
  /** `require`: no good list, no pass. `whenPresent`: an issuer that no configured list names passes without one. */
  readonly policy: 'require' | 'whenPresent';
}): RevocationCheck {
  const byIssuer = new Map<string, RevocationList[]>();
  for (const list of options.lists)
    byIssuer.set(list.issuerKey, [...(byIssuer.get(list.issuerKey) ?? []), list]);
  /** Keys of issuers whose signature on a list was verified. Only configured lists are here, so this stays small. */
  const signatures = new Map<RevocationList, Map<string, boolean>>();

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
    check(certificate, issuer, at, budget) {
      const named = (byIssuer.get(certificate.issuerName.key) ?? []).filter(
        (list) => !isOfAnotherKey(list, issuer),
      );
      if (named.length === 0 && options.policy === 'whenPresent' && options.isComplete) return ALWAYS;
      if (issuer.keyUsage?.has('cRLSign') === false) {
        return unknown('the key usage of an issuer does not allow signing revocation lists');
      }
      const speaking = named.filter(
        (list) =>
          list.unusable === undefined && isInScope(list, certificate) && isSigned(list, issuer, budget),
      );
      const current = speaking.filter(
        ({ thisUpdate, nextUpdate }) => thisUpdate <= at && nextUpdate !== undefined && at < nextUpdate,
      );
      // Without a current list an old one that names the certificate still tells the truth.
      const asked = current.length > 0 ? current : speaking;
      if (asked.some((list) => list.revokes(certificate.serialHex))) {
        return { reason: 'revoked', detail: 'its issuer has revoked a certificate of the path' };
      }
      if (current.length > 0) {
        return {
          validFrom: Math.max(...current.map(({ thisUpdate }) => thisUpdate)),
          validUntil: Math.min(
            ...current.map(({ nextUpdate = 0 }) => nextUpdate - 1),
            // A list that was published ahead may say something else as soon as it counts.
            ...speaking.filter(({ thisUpdate }) => thisUpdate > at).map(({ thisUpdate }) => thisUpdate - 1),
          ),
        };
      }
      const [problem] = named.flatMap(({ unusable }) => unusable ?? []);
      if (speaking.length > 0) return unknown('the revocation list of an issuer is not current');
      return unknown(
        problem === undefined
          ? 'no configured revocation list speaks for a certificate of the path'
          : `the revocation list of an issuer cannot be used: ${problem}`,
      );
    },
  };
}

const MOST_KEYS_PER_LIST = 64;

function unknown(detail: string): Finding {
  return { reason: 'revocationUnknown', detail };
}

/** CAs may share a name; a list that names another key is that of another CA. */
function isOfAnotherKey({ authorityKeyId }: RevocationList, { subjectKeyId }: Certificate): boolean {
  return authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId;
}

function isInScope({ scope }: RevocationList, certificate: Certificate): boolean {
  const isOfKind = scope.certificates === 'all' || (scope.certificates === 'cas') === certificate.isCa;
  if (!isOfKind || scope.points === undefined) return isOfKind;
  const points = new Set(distributionPoints(certificate.extensions));
  return scope.points.some((point) => points.has(point));
}
