import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';

/** Where the client goes after success. */
export const setSuccessUrl = defineNodeType({
  type: 'SetSuccessUrlNode',
  displayName: 'Success URL',
  configuration: z.object({ successUrl: z.string().min(1) }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run({ config, state }) {
    state.putShared('successUrl', config.successUrl);
    return goTo('outcome');
  },
});

/** Where the client goes after a failure. */
export const setFailureUrl = defineNodeType({
  type: 'SetFailureUrlNode',
  displayName: 'Failure URL',
  configuration: z.object({ failureUrl: z.string().min(1) }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [],
  run({ config, state }) {
    state.putShared('failureUrl', config.failureUrl);
    return goTo('outcome');
  },
});
