import { z } from 'zod';
import { countedUsername } from '../../identity/canonicalUsername.ts';
import type { NodeContext } from '../nodeContext.ts';
import { goTo, type CountedAttempts } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { setting } from './settings.ts';

/** How long failed attempts of one person are remembered, milliseconds. */
const USER_LIFETIME_MS = 86_400_000;

/**
 * Lets pass as often as the limit says. It counts outside of what the client holds: for the run of the journey, which going back to an
 * older step does not change, and for the person, by the name that was given, whether there is such a person or not.
 */
export const retryLimitDecision = defineNodeType({
  type: 'RetryLimitDecisionNode',
  displayName: 'Retry Limit Decision',
  configuration: z.object({
    retryLimit: setting(z.int().min(0).max(1_000), 3),
    incrementUserAttributeOnFailure: setting(z.boolean(), true),
  }),
  outcomes: () => [
    { id: 'Retry', displayName: 'Retry' },
    { id: 'Reject', displayName: 'Reject' },
  ],
  asks: () => 'never',
  inputs: ({ incrementUserAttributeOnFailure }) => (incrementUserAttributeOnFailure ? ['username'] : []),
  endsLoops: true,
  async run(context) {
    const { config, nodeId, journeyId, journeyExpiresAt, now, ports, state } = context;
    const runKey = `run ${journeyId} ${nodeId}`;
    const user = attemptsOfUser(context);
    const inRun = await ports.attempts.increment(runKey, Math.max(1, journeyExpiresAt - now()));
    const ofUser = user === undefined ? 0 : await ports.attempts.increment(user.key, USER_LIFETIME_MS);
    state.putShared(`${nodeId}.retryCount`, inRun);
    const attempts = user === undefined ? [] : [user];
    if (inRun <= config.retryLimit && ofUser <= config.retryLimit) return goTo('Retry', { attempts });
    // As in AM, the next journey begins at nought. The count of this run stays.
    if (user !== undefined) await ports.attempts.clear(user.key);
    return goTo('Reject');
  },
});

function attemptsOfUser({
  config,
  nodeId,
  realm,
  state,
}: NodeContext<{ readonly incrementUserAttributeOnFailure: boolean }>): CountedAttempts | undefined {
  const username = config.incrementUserAttributeOnFailure ? state.get('username') : undefined;
  // Stores differ in which spellings are one name; here all are.
  return typeof username === 'string' && username !== ''
    ? { key: `user ${realm} ${nodeId} ${countedUsername(username)}`, username }
    : undefined;
}
