import type { GuardedPolicy } from '../../src/http/guardedPolicy.ts';
import type { IntuneNode } from '../../src/node/intuneNode.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.ts';

/** Policies by name, each asking a node, all like the one where none is configured but for the changes. */
export function testPolicies(
  nodes: Readonly<Record<string, IntuneNode>>,
  changes: Partial<Policy> = {},
): ReadonlyMap<string, GuardedPolicy> {
  return new Map(
    Object.entries(nodes).map(([name, node]) => [
      name,
      { node, policy: { ...DEFAULT_POLICY, name, ...changes } },
    ]),
  );
}
