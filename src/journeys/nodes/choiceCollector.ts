import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { setting } from './settings.ts';

/** Lets the user choose; the outcome is the text of the choice. */
export const choiceCollector = defineNodeType({
  type: 'ChoiceCollectorNode',
  displayName: 'Choice Collector',
  configuration: z.object({
    choices: setting<readonly string[]>(z.array(z.string().min(1)), []),
    defaultChoice: setting(z.string(), ''),
    prompt: setting(z.string(), ''),
  }),
  outcomes: ({ choices }) => [...new Set(choices)].map((choice) => ({ id: choice, displayName: choice })),
  asks: ({ choices }) => (choices.length > 1 ? 'always' : 'never'),
  inputs: () => [],
  check: ({ choices }) =>
    choices.length === 0 ? [{ code: 'badConfiguration', at: ['choices'], message: 'is empty' }] : [],
  run({ config: { choices, defaultChoice, prompt }, answers }) {
    const [first, ...others] = choices;
    // Where there is nothing to choose, nobody is asked.
    if (first !== undefined && others.length === 0) return goTo(first);
    if (answers === undefined) {
      return ask([callbacks.choice(prompt, choices, Math.max(0, choices.indexOf(defaultChoice)))]);
    }
    const choice = choices[Number(answers[0]?.value)];
    if (choice === undefined) throw new NodeFault('the answer is none of the choices');
    return goTo(choice);
  },
});
