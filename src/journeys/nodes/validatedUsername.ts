import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { setting } from './settings.ts';

/**
 * Asks for the user name as the platform does: an empty answer is accepted and writes nothing. The policies of `validateInput` live in
 * an identity manager that is not there, so none is shown and every name passes.
 */
export const validatedUsername = defineNodeType({
  type: 'ValidatedUsernameNode',
  displayName: 'Platform Username',
  configuration: z.object({
    validateInput: setting(z.boolean(), false),
    usernameAttribute: setting(z.string().min(1), 'userName'),
  }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'always',
  inputs: () => [],
  run({ answers, config, state }) {
    const [answer] = answers ?? [];
    const username = typeof answer?.value === 'string' ? answer.value : '';
    if (answer === undefined || answer.validateOnly) {
      return ask([
        config.validateInput
          ? callbacks.validatedUsername({
              prompt: 'Username',
              policies: {},
              failedPolicies: [],
              value: username,
            })
          : callbacks.name('User Name'),
      ]);
    }
    if (username !== '') {
      state.putShared('username', username);
      state.mergeShared({ objectAttributes: { [config.usernameAttribute]: username } });
    }
    return goTo('outcome');
  },
});
