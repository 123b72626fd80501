import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import { authLevelOf } from './authLevel.ts';

/** Has the journey so far reached a level? */
export const authLevelDecision = defineNodeType({
  type: 'AuthLevelDecisionNode',
  displayName: 'Auth Level Decision',
  configuration: z.object({ authLevelRequirement: z.int() }),
  outcomes: () => TRUE_FALSE,
  asks: () => 'never',
  inputs: () => ['authLevel'],
  run({ config, state }) {
    const level = authLevelOf(state);
    return goTo(level !== undefined && level >= config.authLevelRequirement ? 'true' : 'false');
  },
});
