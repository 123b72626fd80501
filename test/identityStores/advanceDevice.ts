import { createIdentityState } from '../../src/identityStores/identityState.ts';
import { createStateKey } from '../../src/identityStores/stateKey.ts';
import { NEVER, STATE_KEY } from './fileStore.ts';

/** One of several processes: brings the device to each counter in turn and prints how often it was the one that did. */
const [, , folder = '', last = ''] = process.argv;
const { otp } = createIdentityState({ folder, key: createStateKey(STATE_KEY), now: Date.now }).state;
let wins = 0;
for (let counter = 0; counter < Number(last); counter += 1) {
  const change = { from: { driftSeconds: 0, counter }, to: { driftSeconds: 0, counter: counter + 1 } };
  if (await otp.advance('anna', 'token', change, NEVER)) wins += 1;
}
process.stdout.write(String(wins));
