import type { FastifyInstance } from 'fastify';
import type { Decision } from '../../src/node/decision.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { testApp } from '../support/testApp.ts';
import { testPolicies } from '../support/testPolicies.ts';

/** A policy, and which decisions it says may pass without a login. */
export interface PolicyForm {
  readonly policy: Partial<Policy>;
  readonly passes: (decision: Decision) => boolean;
}

/** By name, which is the name of the policy. */
export const POLICY_FORMS: Readonly<Record<string, PolicyForm>> = {
  default: { policy: {}, passes: ({ outcome }) => outcome === 'Compliant' },
  nobody: { policy: { outcomes: {} }, passes: () => false },
  permissive: { policy: { strict: false }, passes: ({ outcome }) => outcome === 'Compliant' },
  grace: {
    policy: { outcomes: { Compliant: 'allow', InGracePeriod: 'warn', Unknown: 'stepUp', Error: 'stepUp' } },
    passes: ({ outcome }) => outcome === 'Compliant',
  },
  slow: {
    policy: { reasons: { timeout: 'warn' } },
    passes: ({ outcome, reason }) => outcome === 'Compliant' || reason === 'timeout',
  },
  open: {
    policy: { outcomes: { Compliant: 'allow', Error: 'warn' } },
    passes: ({ outcome }) => outcome === 'Compliant' || outcome === 'Error',
  },
  monitor: { policy: { mode: 'monitor' }, passes: () => true },
};

/** What proxies are answered where a decision is made: the surface as it is, the decision as it was seen. */
export interface FaultedGuard {
  /** @returns the HTTP status of each contract */
  ask(policy: string, decision: Decision): Promise<readonly number[]>;
  close(): Promise<void>;
}

export function openFaultedGuard(): FaultedGuard {
  let decision: Decision | undefined;
  const node = {
    name: 'default',
    decide: () =>
      decision === undefined
        ? Promise.reject(new Error('there is no decision'))
        : Promise.resolve({ decision, trace: [], durationMs: 0 }),
    presentedIds: () => Promise.resolve([]),
  };
  const policies = new Map(
    Object.entries(POLICY_FORMS).flatMap(([name, { policy }]) => [...testPolicies({ [name]: node }, policy)]),
  );
  const { app }: { app: FastifyInstance } = testApp(undefined, { policies });
  return {
    async ask(policy, made) {
      decision = made;
      const answers = [];
      for (const contract of ['request', 'forward', 'ext-authz/x']) {
        const { statusCode } = await app.inject(`/auth/policies/${policy}/${contract}`);
        answers.push(statusCode);
      }
      return answers;
    },
    close: () => app.close(),
  };
}
