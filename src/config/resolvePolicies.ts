import { DEFAULT_POLICY, LISTED_BY_DEFAULT, type Policy } from '../policy/policy.ts';
import type { ConfigFile } from './configSchema.ts';
import { parseFlag } from './environment.ts';
import type { PolicyConfig } from './policySchema.ts';
import type { Resolution } from './resolution.ts';

/** A policy, the node it asks, and what it narrows of that node. */
export interface PolicySetup {
  readonly policy: Policy;
  readonly node: string;
  /** Oldest remembered answer, seconds; undefined for what the node says. */
  readonly maxAnswerAgeSeconds: number | undefined;
  /** Oldest check-in, hours; undefined for what the node says. */
  readonly maxCheckInAgeHours: number | undefined;
}

/** Where none of this name is written. */
const UNWRITTEN: PolicySetup = {
  policy: DEFAULT_POLICY,
  node: 'default',
  maxAnswerAgeSeconds: undefined,
  maxCheckInAgeHours: undefined,
};

const GAPS = {
  requireDevice: 'INTUNE_COMPLIANCE_REQUIRED',
  strict: 'INTUNE_COMPLIANCE_STRICT',
} as const;

/**
 * Completes the policies. What a policy leaves open is said by the variables that other connectors use; the policy that is there
 * without being written leaves nothing open.
 */
export function resolvePolicies(
  { policies, nodes }: Pick<ConfigFile, 'policies' | 'nodes'>,
  { environment, problem, warning }: Resolution,
): Readonly<Record<string, PolicySetup>> {
  const flags = { requireDevice: readFlag('requireDevice'), strict: readFlag('strict') };
  const setups = Object.entries(policies).map(([name, written]) => {
    const policy = policyOf(name, written, {
      requireDevice: written.requireDevice ?? gapOf(name, 'requireDevice', written),
      strict: written.strict ?? gapOf(name, 'strict', written),
    });
    const { node, maxAnswerAgeSeconds, maxCheckInAgeHours } = written;
    return [name, { policy, node, maxAnswerAgeSeconds, maxCheckInAgeHours }] as const;
  });
  return {
    ...(Object.hasOwn(nodes, 'default') ? { default: UNWRITTEN } : {}),
    ...Object.fromEntries(setups),
  };

  function readFlag(key: keyof typeof GAPS): boolean {
    const flag = parseFlag(environment[GAPS[key]]);
    if (flag === 'invalid') problem([], `the environment variable ${GAPS[key]} is neither true nor false`);
    return flag !== false;
  }

  function gapOf(name: string, key: keyof typeof GAPS, { mode }: PolicyConfig): boolean {
    if (!flags[key] && mode === 'enforce') {
      warning(['policies', name], `is loosened by the environment variable ${GAPS[key]}; say ${key} here`);
    }
    return flags[key];
  }
}

function policyOf(
  name: string,
  { mode, outcomes, reasons, authLevel, maxLoginAgeMinutes, journey }: PolicyConfig,
  gaps: Pick<Policy, 'requireDevice' | 'strict'>,
): Policy {
  return {
    name,
    mode,
    outcomes: { ...LISTED_BY_DEFAULT, ...outcomes },
    reasons,
    ...gaps,
    stepUp: {
      level: authLevel,
      largestAgeMs: maxLoginAgeMinutes === undefined ? undefined : maxLoginAgeMinutes * 60_000,
      journey,
    },
  };
}
