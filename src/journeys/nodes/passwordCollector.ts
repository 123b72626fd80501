import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { NO_SETTINGS } from './settings.ts';

/** Asks for the password, which lives in transient state. An empty answer asks again. */
export const passwordCollector = defineNodeType({
  type: 'PasswordCollectorNode',
  displayName: 'Password Collector',
  configuration: NO_SETTINGS,
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'always',
  inputs: () => [],
  run({ answers, state }) {
    const password = answers?.[0]?.value;
    if (typeof password !== 'string' || password === '') return ask([callbacks.password('Password')]);
    state.putTransient('password', password);
    return goTo('outcome');
  },
});
