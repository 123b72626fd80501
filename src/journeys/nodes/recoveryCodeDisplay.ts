import { callbacks } from '../callbacks/callback.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../nodeType.ts';
import { recoveryCodeScript } from './recoveryCodeScript.ts';
import { RECOVERY_CODE_DEVICE, RECOVERY_CODES_KEY } from './registerDevice.ts';
import { NO_SETTINGS } from './settings.ts';

/** Shows new recovery codes, which can be seen nowhere else. */
export const recoveryCodeDisplay = defineNodeType({
  type: 'RecoveryCodeDisplayNode',
  displayName: 'Recovery Code Display Node',
  configuration: NO_SETTINGS,
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'sometimes',
  inputs: () => [RECOVERY_CODES_KEY, RECOVERY_CODE_DEVICE],
  run({ answers, state }) {
    const found = state.get(RECOVERY_CODES_KEY);
    const codes = Array.isArray(found) ? found.filter((code) => typeof code === 'string') : [];
    if (codes.length === 0) return goTo('outcome');
    const name = state.get(RECOVERY_CODE_DEVICE);
    state.remove(RECOVERY_CODES_KEY);
    // They end with this request, unless a page has to show them again.
    state.putTransient(RECOVERY_CODES_KEY, codes);
    return answers === undefined
      ? ask([callbacks.textOutput(recoveryCodeScript(codes, typeof name === 'string' ? name : ''), 'script')])
      : goTo('outcome');
  },
});
