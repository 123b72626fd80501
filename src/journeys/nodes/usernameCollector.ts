import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { NO_SETTINGS } from './settings.ts';

/** Asks for the user name. An empty answer asks again. */
export const usernameCollector = defineNodeType({
  type: 'UsernameCollectorNode',
  displayName: 'Username Collector',
  configuration: NO_SETTINGS,
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'always',
  inputs: () => [],
  run({ answers, state }) {
    const username = answers?.[0]?.value;
    if (typeof username !== 'string' || username === '') return ask([callbacks.name('User Name')]);
    state.putShared('username', username);
    return goTo('outcome');
  },
});
