import { z } from 'zod';
import { callbacks } from '../callbacks/callback.ts';
import { localisedTexts } from '../localisedTexts.ts';
import { ask, goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { callOperation, deviceIdIn, DEVICE_KEY, requestIdOf } from './operationCalls.ts';
import { setting } from './settings.ts';

/**
 * Has the device check in with Intune and waits for it. Led back to an IntuneNode, that one then decides anew, as what was remembered
 * of the device is forgotten.
 */
export const deviceSync = defineNodeType({
  type: 'IntuneDeviceSyncNode',
  displayName: 'Intune Device Sync',
  configuration: z.object({
    deviceKey: setting(z.string().min(1), DEVICE_KEY),
    secondsToWait: setting(z.int().min(1).max(900), 60),
    secondsBetween: setting(z.int().min(1).max(60), 5),
    waitingMessage: localisedTexts,
  }),
  outcomes: () => [
    { id: 'synced', displayName: 'Synced' },
    { id: 'timeout', displayName: 'Timeout' },
    { id: 'error', displayName: 'Error' },
  ],
  asks: () => 'always',
  async run(context) {
    const { config, state, nodeId, now, localise } = context;
    const endKey = `${nodeId}.sync_end`;
    const beforeKey = `${nodeId}.sync_before`;
    const leave = (outcome: string) => {
      state.remove(endKey);
      state.remove(beforeKey);
      return goTo(outcome);
    };
    const deviceId = deviceIdIn(state, config.deviceKey);
    if (deviceId === undefined) return leave('error');
    const found = await callOperation(context, 'get_device_actions', { device_id: deviceId });
    const end = state.get(endKey);
    const isLate = typeof end === 'number' && now() >= end;
    // Microsoft may answer the next time.
    if (!found.ok && (typeof end !== 'number' || isLate)) return leave('error');
    if (found.ok) {
      const { last_sync_at: lastSync } = found.value as { readonly last_sync_at: string | null };
      if (typeof end !== 'number') {
        const asked = await callOperation(context, 'sync_device', {
          device_id: deviceId,
          request_id: requestIdOf(context),
          reason: `journey ${context.tree}`,
        });
        if (!asked.ok) return leave('error');
        state.putShared(endKey, now() + config.secondsToWait * 1_000);
        state.putShared(beforeKey, lastSync);
      } else if (lastSync !== null && lastSync !== state.get(beforeKey)) return leave('synced');
    }
    if (isLate) return leave('timeout');
    return ask([
      callbacks.pollingWait(
        config.secondsBetween * 1_000,
        localise(config.waitingMessage, 'Your device is being asked to check in …'),
      ),
    ]);
  },
});
