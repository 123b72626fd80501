import type { Finding } from './pathFault.ts';
import { createListCheck } from './listCheck.ts';
import { judgeOcspResponse } from './judgeOcspResponse.ts';
import { NO_EVIDENCE, type RevocationEvidence } from './revocationEvidence.ts';
import { isOfAnotherKey, type RevocationList } from './revocationList.ts';
import { missing, type PathLink, type RevocationStatement, type Window } from './revocationStatement.ts';
import type { WorkBudget } from './workBudget.ts';

/**
 * What happens to a certificate about which one kind of evidence says nothing that is good now. `require`: it is refused.
 * `whenPresent`: it passes, unless a configured list names its issuer.
 */
export type RevocationPolicy = 'require' | 'whenPresent';

export interface RevocationCheckOptions {
  /** Configured lists. */
  readonly lists: readonly RevocationList[];
  /** False if some configured list could not be read: then no certificate passes for lack of a list. */
  readonly isComplete: boolean;
  /** undefined: lists are not asked for. */
  readonly crlPolicy: RevocationPolicy | undefined;
  /** undefined: OCSP responses are not asked for. */
  readonly ocspPolicy: RevocationPolicy | undefined;
  /** How long a response without nextUpdate is good, milliseconds. */
  readonly ocspMaxAgeMs: number;
}

/** The questions of one validation. */
export interface RevocationInquiry {
  /** Was the certificate revoked by its issuer? @returns what is wrong, or how long what says "no" is good */
  check(link: PathLink): Finding | Window;
  /** Links about which nothing good was known and which were refused for it, or passed all the same. */
  readonly refused: readonly PathLink[];
  readonly passed: readonly PathLink[];
}

export interface RevocationCheck {
  /** @param at milliseconds since 1970 */
  inquire(at: number, budget: WorkBudget, evidence?: RevocationEvidence): RevocationInquiry;
}

const ALWAYS: Window = { validFrom: Number.NEGATIVE_INFINITY, validUntil: Number.POSITIVE_INFINITY };
const REVOKED: Finding = { reason: 'revoked', detail: 'its issuer has revoked a certificate of the path' };

/**
 * Weighs everything that is known about the revocation of a certificate.
 *
 * 1. Whatever is authentic and current and says "revoked" wins, of whichever kind it is.
 * 2. One good answer suffices, of whichever kind.
 * 3. An old "revoked" that nothing newer contradicts stands.
 * 4. Otherwise nothing is known: each kind that is required refuses, and only if none is does the certificate pass.
 */
export function createRevocationCheck(options: RevocationCheckOptions): RevocationCheck {
  const { crlPolicy, ocspPolicy, ocspMaxAgeMs } = options;
  const byIssuer = new Map<string, RevocationList[]>();
  for (const list of options.lists) {
    const group = byIssuer.get(list.issuerKey);
    if (group === undefined) byIssuer.set(list.issuerKey, [list]);
    else group.push(list);
  }
  const listCheck = createListCheck();

  function configuredFor({ certificate, issuer }: PathLink): readonly RevocationList[] {
    const named = byIssuer.get(certificate.issuerName.key) ?? [];
    return named.filter((list) => !isOfAnotherKey(list, issuer));
  }

  function isListRequired(link: PathLink): boolean {
    return crlPolicy === 'require' || !options.isComplete || configuredFor(link).length > 0;
  }

  return {
    inquire(at, budget, evidence = NO_EVIDENCE) {
      const refused: PathLink[] = [];
      const passed: PathLink[] = [];

      function askOcsp(link: PathLink): readonly RevocationStatement[] {
        return evidence.responsesFor(link).map((response) => {
          const judge = { at, budget, maxAgeMs: ocspMaxAgeMs };
          const { statement, responder } = judgeOcspResponse(response, link, judge);
          // A responder whose own certificate was revoked is not heard.
          return responder !== undefined &&
            askLists({ certificate: responder, issuer: link.issuer }).is === 'revoked'
            ? missing('the certificate of an OCSP responder was revoked')
            : statement;
        });
      }

      function askLists(link: PathLink): RevocationStatement {
        const fetched = evidence
          .listsNamed(link.certificate.issuerName.key)
          .filter((list) => !isOfAnotherKey(list, link.issuer));
        return listCheck.ask(link, [...configuredFor(link), ...fetched], at, budget);
      }

      return {
        refused,
        passed,
        check(link) {
          const lists = askLists(link);
          const responses = askOcsp(link);
          const statements = [lists, ...responses];
          if (statements.some((one) => one.is === 'revoked' && one.isCurrent)) return REVOKED;
          const good = statements.filter((one) => one.is === 'good');
          if (good.length > 0) {
            return {
              validFrom: Math.max(...good.map(({ validFrom }) => validFrom)),
              validUntil: Math.min(...good.map(({ validUntil }) => validUntil)),
            };
          }
          if (statements.some((one) => one.is === 'revoked')) return REVOKED;

          const details: string[] = [];
          if (crlPolicy !== undefined && isListRequired(link)) details.push(detailOf(lists));
          if (ocspPolicy === 'require') details.push(detailOf(responses[0] ?? NO_RESPONSE));
          if (details.length > 0) {
            refused.push(link);
            return { reason: 'revocationUnknown', detail: details.join('; ') };
          }
          if (crlPolicy !== undefined || ocspPolicy !== undefined) passed.push(link);
          return ALWAYS;
        },
      };
    },
  };
}

const NO_RESPONSE = missing('no OCSP response is about a certificate of the path');

function detailOf(statement: RevocationStatement): string {
  return statement.is === 'missing' ? statement.detail : '';
}
