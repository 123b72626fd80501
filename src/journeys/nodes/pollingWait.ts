import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { localisedTexts } from '../localisedTexts.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { setting } from './settings.ts';

const EXIT = 0;
const NOT_CHOSEN = 100;

/** Has the client wait and come back. */
export const pollingWait = defineNodeType({
  type: 'PollingWaitNode',
  displayName: 'Polling Wait Node',
  configuration: z.object({
    secondsToWait: setting(z.int().min(0).max(3_600), 8),
    spamDetectionEnabled: setting(z.boolean(), false),
    spamDetectionTolerance: setting(z.int().min(0), 3),
    waitingMessage: localisedTexts,
    exitable: setting(z.boolean(), false),
    exitMessage: localisedTexts,
  }),
  outcomes: ({ exitable, spamDetectionEnabled }) => [
    { id: 'DONE', displayName: 'Done' },
    ...(exitable ? [{ id: 'EXITED', displayName: 'Exited' }] : []),
    ...(spamDetectionEnabled ? [{ id: 'SPAM', displayName: 'Spam' }] : []),
  ],
  asks: () => 'always',
  run({ config, answers, localise, nodeId, now, state }) {
    const endKey = `${nodeId}.end_time`;
    const spamKey = `${nodeId}.spam_count`;
    const leave = (outcome: string) => {
      state.remove(endKey);
      state.remove(spamKey);
      return goTo(outcome);
    };
    const endTime = state.get(endKey);
    const early = Number(state.get(spamKey) ?? 0);
    if (config.exitable && answers?.[1]?.value === EXIT) return leave('EXITED');
    if (config.spamDetectionEnabled && early > config.spamDetectionTolerance) return leave('SPAM');
    if (typeof endTime === 'number' && now() >= endTime) return leave('DONE');

    if (typeof endTime !== 'number') state.putShared(endKey, now() + config.secondsToWait * 1_000);
    state.putShared(spamKey, typeof endTime === 'number' ? early + 1 : 0);
    const text = localise(config.waitingMessage, 'Waiting for response...');
    const exit = callbacks.confirmation({
      options: [localise(config.exitMessage, 'Exit')],
      defaultOption: EXIT,
      selected: NOT_CHOSEN,
    });
    return ask([
      callbacks.pollingWait(
        config.secondsToWait * 1_000,
        text.replaceAll('{{time}}', String(config.secondsToWait)),
      ),
      ...(config.exitable ? [exit] : []),
    ]);
  },
});
