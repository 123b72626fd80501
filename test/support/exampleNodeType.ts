import { z } from 'zod';
import { ask, callbacks, defineNodeType, goTo } from '../../src/index.ts';

/** Asks for the number on a badge, and compares it with the one the person has in the identity store. */
export const badgeNumber = defineNodeType({
  // As trees spell it: `nodeType` in an export.
  type: 'BadgeNumberNode',
  displayName: 'Badge Number',
  // Keys, kinds and defaults of the settings. What does not fit is a finding before anything runs.
  configuration: z.object({ prompt: z.string().default('Badge number') }),
  // What connections are keyed by. It may depend on the settings.
  outcomes: () => [
    { id: 'true', displayName: 'Right' },
    { id: 'false', displayName: 'Wrong' },
  ],
  // Each time it runs, somebody is asked; so no circle through it turns by itself.
  asks: () => 'always',
  // All that it reads of the state. It sees nothing else, and these keys are kept for it.
  inputs: () => ['username'],
  async run({ config, answers, state, ports, signal }) {
    // The first time there are no answers; the node runs again with them.
    const [answer] = answers ?? [];
    if (answer === undefined) return ask([callbacks.name(config.prompt)]);
    const username = state.get('username');
    const person = typeof username === 'string' ? await ports.identities.find(username, signal) : undefined;
    const isRight = person?.attributes['badge']?.[0] === answer.value;
    // What was proved, by whom: the session lists it, and the journey can only succeed for this person.
    return isRight && person !== undefined
      ? goTo('true', { method: 'BadgeNumber', identified: person })
      : goTo('false');
  },
});
