import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { z } from 'zod';
import { textMap } from './settings.ts';

/** Writes fixed texts to shared state, whatever the other stores held under these keys. */
export const setState = defineNodeType({
  type: 'SetStateNode',
  displayName: 'Set State',
  configuration: z.object({ attributes: textMap }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run({ config, state }) {
    for (const [key, value] of Object.entries(config.attributes)) {
      state.remove(key);
      state.putShared(key, value);
    }
    return goTo('outcome');
  },
});
