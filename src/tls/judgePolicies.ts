import type { Certificate } from './certificate.ts';
import { ANY_POLICY, type PolicyExtensions } from './certificatePolicies.ts';
import { isSelfIssued } from './certificateRules.ts';
import type { Finding } from './pathFault.ts';
import type { WorkBudget } from './workBudget.ts';

/**
 * The policies that are valid so far, each with what the next certificate may call it. This is one level of the tree of RFC 5280 6.1.2
 * with equal nodes put together: all nodes of a level that have the same policy also expect the same, and whether the tree is empty can
 * be told from its lowest level. So it grows with the number of policies and not, as the tree does, with their product.
 */
type Level = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Processes the policies of a path, RFC 5280 6.1, with every policy acceptable and nothing demanded from the start. So a path fails
 * only where a CA demands a policy and none has come down to the certificates below, or maps "any policy". What the anchor demands
 * counts, too.
 *
 * @param path from the certificate in question to the anchor
 * @throws TooComplexError
 */
export function findPolicyFault(path: readonly Certificate[], budget: WorkBudget): Finding | undefined {
  if (path.some(({ policyMappings }) => policyMappings.flat().includes(ANY_POLICY))) {
    return fault('a CA of the path maps a policy to every policy');
  }
  // Where nobody demands a policy, having none is no fault.
  if (path.every(({ requireExplicitPolicy }) => requireExplicitPolicy === undefined)) return undefined;

  const anchor = path.at(-1);
  const below = path.slice(0, -1).toReversed();
  let left = tighten(
    { explicit: below.length + 1, mapping: below.length + 1, any: below.length + 1 },
    anchor ?? {},
  );
  let level: Level = new Map([[ANY_POLICY, new Set([ANY_POLICY])]]);
  for (const [index, certificate] of below.entries()) {
    const isLast = index === below.length - 1;
    const isExempt = !isLast && isSelfIssued(certificate);
    const { policies = new Set<string>(), policyMappings } = certificate;
    budget.spendPolicies(policies.size + policyMappings.length + sizeOf(level));
    level = descend(level, policies, left.any > 0 || isExempt);
    if (left.explicit === 0 && level.size === 0) return fault(NO_POLICY);
    if (isLast) {
      // 6.1.5: the last certificate counts as one that was passed, and may demand a policy for itself.
      const isDemanded = left.explicit <= 1 || certificate.requireExplicitPolicy === 0;
      return isDemanded && level.size === 0 ? fault(NO_POLICY) : undefined;
    }
    level = rename(level, policyMappings, left.mapping > 0);
    left = tighten(isExempt ? left : countDown(left), certificate);
  }
  return undefined;
}

const NO_POLICY = 'a CA of the path demands a certificate policy, and none is valid for the whole path';

/** How many certificates may still follow before something holds. */
interface Left {
  readonly explicit: number;
  readonly mapping: number;
  readonly any: number;
}

function countDown({ explicit, mapping, any }: Left): Left {
  return {
    explicit: Math.max(explicit - 1, 0),
    mapping: Math.max(mapping - 1, 0),
    any: Math.max(any - 1, 0),
  };
}

function tighten(left: Left, demands: Partial<PolicyExtensions>): Left {
  return {
    explicit: Math.min(left.explicit, demands.requireExplicitPolicy ?? left.explicit),
    mapping: Math.min(left.mapping, demands.inhibitPolicyMapping ?? left.mapping),
    any: Math.min(left.any, demands.inhibitAnyPolicy ?? left.any),
  };
}

/** 6.1.3 (d) and (e): what of the policies above the certificate keeps. */
function descend(level: Level, policies: ReadonlySet<string>, isAnyGood: boolean): Level {
  const expected = new Set([...level.values()].flatMap((names) => [...names]));
  const kept = new Map<string, ReadonlySet<string>>();
  for (const policy of policies) {
    if (policy !== ANY_POLICY && (expected.has(policy) || level.has(ANY_POLICY))) {
      kept.set(policy, new Set([policy]));
    }
  }
  if (policies.has(ANY_POLICY) && isAnyGood) {
    for (const policy of expected) if (!kept.has(policy)) kept.set(policy, new Set([policy]));
  }
  return kept;
}

/** 6.1.4 (b): the CA calls policies by other names from here on. Where that is inhibited, what it renames ends here. */
function rename(level: Level, mappings: PolicyExtensions['policyMappings'], isAllowed: boolean): Level {
  if (mappings.length === 0) return level;
  const renamed = new Map(level);
  const names = new Map<string, Set<string>>();
  for (const [issuer, subject] of mappings) {
    const group = names.get(issuer) ?? new Set<string>();
    names.set(issuer, group.add(subject));
  }
  for (const [policy, subjects] of names) {
    if (!isAllowed) renamed.delete(policy);
    else if (level.has(policy) || level.has(ANY_POLICY)) renamed.set(policy, subjects);
  }
  return renamed;
}

function sizeOf(level: Level): number {
  let size = 0;
  for (const names of level.values()) size += names.size;
  return size;
}

function fault(detail: string): Finding {
  return { reason: 'policy', detail };
}
