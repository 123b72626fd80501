import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { setting } from './settings.ts';

/** Asks for the password as the platform does; an empty one is written, too. See {@link validatedUsername} for `validateInput`. */
export const validatedPassword = defineNodeType({
  type: 'ValidatedPasswordNode',
  displayName: 'Platform Password',
  configuration: z.object({
    validateInput: setting(z.boolean(), false),
    passwordAttribute: setting(z.string().min(1), 'password'),
  }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'always',
  inputs: () => [],
  run({ answers, config, state }) {
    const [answer] = answers ?? [];
    if (answer === undefined || answer.validateOnly) {
      return ask([
        config.validateInput
          ? callbacks.validatedPassword({ prompt: 'Password', policies: {}, failedPolicies: [] })
          : callbacks.password('Password'),
      ]);
    }
    const password = typeof answer.value === 'string' ? answer.value : '';
    state.putTransient('password', password);
    state.mergeTransient({ objectAttributes: { [config.passwordAttribute]: password } });
    return goTo('outcome');
  },
});
