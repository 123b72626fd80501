import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { localisedTexts } from '../localisedTexts.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import { setting } from './settings.ts';

const YES = 0;
const NO = 1;

/** Shows a message with two buttons. Only the first of them is `true`. */
export const message = defineNodeType({
  type: 'MessageNode',
  displayName: 'Message Node',
  configuration: z.object({
    message: localisedTexts,
    messageYes: localisedTexts,
    messageNo: localisedTexts,
    stateField: setting(z.string(), ''),
  }),
  outcomes: () => TRUE_FALSE,
  asks: () => 'always',
  inputs: () => [],
  run({ config, answers, localise, state }) {
    if (answers === undefined) {
      return ask([
        callbacks.textOutput(localise(config.message, 'Default message')),
        callbacks.confirmation({
          options: [localise(config.messageYes, 'Yes'), localise(config.messageNo, 'No')],
          defaultOption: NO,
        }),
      ]);
    }
    const chosen = Number(answers[1]?.value);
    if (config.stateField !== '') state.putShared(config.stateField, chosen);
    return goTo(chosen === YES ? 'true' : 'false');
  },
});
