import { goTo } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import { checkPassword } from './passwordCheck.ts';
import { NO_SETTINGS } from './settings.ts';

/** Is the password right? Accounts that are locked, switched off or expired are a plain `false`. */
export const dataStoreDecision = defineNodeType({
  type: 'DataStoreDecisionNode',
  displayName: 'Data Store Decision',
  configuration: NO_SETTINGS,
  outcomes: () => TRUE_FALSE,
  asks: () => 'never',
  inputs: () => ['username', 'password'],
  async run(context) {
    const verdict = await checkPassword(context);
    if (verdict.is !== 'accepted') return goTo('false');
    // The name as the store spells it, which is what later nodes and the session go by.
    context.state.putShared('username', verdict.identity.username);
    return goTo('true', { identified: verdict.identity, method: 'DataStore' });
  },
});
