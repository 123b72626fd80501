import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, TRUE_FALSE } from '../nodeType.ts';
import { setting } from './settings.ts';

/** Runs another tree as a part of this one. */
export const innerTreeEvaluator = defineNodeType({
  type: 'InnerTreeEvaluatorNode',
  displayName: 'Inner Tree Evaluator',
  configuration: z.object({ tree: z.string().min(1), displayErrorOutcome: setting(z.boolean(), false) }),
  outcomes: ({ displayErrorOutcome }) =>
    displayErrorOutcome ? [...TRUE_FALSE, { id: 'error', displayName: 'Error' }] : TRUE_FALSE,
  asks: () => 'sometimes',
  inputs: () => [],
  notInPage: true,
  innerTree: ({ tree }) => tree,
  check({ tree }, { journeys }) {
    const inner = journeys.journey(tree);
    if (inner === undefined)
      return [{ code: 'missingInnerTree', at: ['tree'], message: 'there is no tree of this name' }];
    if (!inner.enabled)
      return [{ code: 'disabledInnerTree', at: ['tree'], message: 'this tree is switched off' }];
    return [];
  },
  run: ({ config }) => ({ is: 'enter', tree: config.tree }),
  returned({ config, state }, ending) {
    switch (ending.is) {
      case 'success':
        return goTo('true');
      case 'failure':
        return goTo('false');
      case 'fault':
        if (!config.displayErrorOutcome) return undefined;
        state.putShared('errorNode', { ...ending.node });
        state.putShared('errorMessage', 'A node of the inner tree failed.');
        return goTo('error');
    }
  },
});
