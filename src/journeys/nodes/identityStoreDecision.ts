import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { checkPassword } from './passwordCheck.ts';
import { setting } from './settings.ts';

/**
 * Is the password right, and may the account be used? `CANCELLED` belongs to changing an expired password, which is not offered here, so
 * it is never answered.
 */
export const identityStoreDecision = defineNodeType({
  type: 'IdentityStoreDecisionNode',
  displayName: 'Identity Store Decision',
  configuration: z.object({
    minimumPasswordLength: setting(z.int().min(0), 8),
    useUniversalIdForUsername: setting(z.boolean(), false),
    mixedCaseForPasswordChangeMessages: setting(z.boolean(), false),
  }),
  outcomes: () => [
    { id: 'TRUE', displayName: 'True' },
    { id: 'FALSE', displayName: 'False' },
    { id: 'LOCKED', displayName: 'Locked' },
    { id: 'CANCELLED', displayName: 'Cancelled' },
    { id: 'EXPIRED', displayName: 'Expired' },
  ],
  asks: () => 'never',
  inputs: () => ['username', 'password'],
  check: ({ useUniversalIdForUsername }) =>
    useUniversalIdForUsername
      ? [{ code: 'badConfiguration', at: ['useUniversalIdForUsername'], message: 'is not supported' }]
      : [],
  async run(context) {
    const verdict = await checkPassword(context);
    switch (verdict.is) {
      case 'accepted':
        context.state.putShared('username', verdict.identity.username);
        return goTo('TRUE', { identified: verdict.identity, method: 'IdentityStore' });
      case 'rejected':
        return goTo('FALSE');
      case 'lockedOut':
      case 'inactive':
        return goTo('LOCKED');
      case 'expired':
        return goTo('EXPIRED');
    }
  },
});
