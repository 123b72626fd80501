import type { IntuneNode } from '../node/intuneNode.ts';
import type { Policy } from '../policy/policy.ts';

/** What a proxy may ask: a node, and what comes of its decision. */
export interface GuardedPolicy {
  readonly node: IntuneNode;
  readonly policy: Policy;
}
