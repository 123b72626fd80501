import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { authLevelOf } from './authLevel.ts';

/** Adds to the level of the journey. */
export const modifyAuthLevel = defineNodeType({
  type: 'ModifyAuthLevelNode',
  displayName: 'Modify Auth Level',
  configuration: z.object({ authLevelIncrement: z.int().min(-1_000).max(1_000) }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => ['authLevel'],
  run({ config, state }) {
    state.putShared('authLevel', (authLevelOf(state) ?? 0) + config.authLevelIncrement);
    return goTo('outcome');
  },
});
