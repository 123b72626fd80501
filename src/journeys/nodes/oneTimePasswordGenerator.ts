import { z } from 'zod';
import { createOneTimePassword } from '../../identity/oneTimePassword.ts';
import { goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import {
  forgetOneTimePassword,
  ONE_TIME_PASSWORD,
  ONE_TIME_PASSWORD_OWNER,
  ONE_TIME_PASSWORD_TIMESTAMP,
} from './oneTimePasswordState.ts';
import { setting } from './settings.ts';

/** Makes a one-time password, which another node sends. */
export const oneTimePasswordGenerator = defineNodeType({
  type: 'OneTimePasswordGeneratorNode',
  displayName: 'HOTP Generator',
  configuration: z.object({ length: setting(z.int().min(6).max(20), 8) }),
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => ['username'],
  run({ config, now, state }) {
    forgetOneTimePassword(state);
    state.putTransient(ONE_TIME_PASSWORD, createOneTimePassword(config.length));
    state.putTransient(ONE_TIME_PASSWORD_TIMESTAMP, Math.floor(now() / 1_000));
    state.putTransient(ONE_TIME_PASSWORD_OWNER, state.get('username') ?? null);
    return goTo('outcome');
  },
});
