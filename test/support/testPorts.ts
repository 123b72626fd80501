import { composeCertificates } from '../../src/composeCertificates.ts';
import { createLockout, DEFAULT_ATTEMPT_RULE } from '../../src/identity/lockout.ts';
import { createSecondFactors } from '../../src/identity/secondFactors.ts';
import { createMemoryAttemptStore } from '../../src/journeys/memory/memoryAttemptStore.ts';
import type { NodePorts } from '../../src/journeys/nodeContext.ts';
import { NOW } from './fakeDirectory.ts';
import { createMemoryIdentityStore } from './memoryIdentityStore.ts';
import { ALICE, BOB } from './testJourneys.ts';

/** What a node reaches in tests, at one moment; tests replace what they are about. */
export function testPorts(changes: Partial<NodePorts> = {}, now: () => number = () => NOW): NodePorts {
  const identities =
    changes.identities ??
    createMemoryIdentityStore([ALICE, BOB, { username: 'off', password: 'off', active: false }]);
  const lockout = createLockout({ attempts: identities.attempts, rule: DEFAULT_ATTEMPT_RULE, now });
  return {
    identities,
    attempts: createMemoryAttemptStore(now),
    intuneNodes: { find: () => ({ ok: false, setting: 'azureTenantId', problem: 'none' }) },
    certificates: composeCertificates(
      { certificates: undefined, from: [], peers: undefined },
      { now, revocationOf: undefined },
    ),
    mail: { find: () => undefined },
    secondFactors: createSecondFactors({ store: identities, lockout, now }),
    ...changes,
  };
}
