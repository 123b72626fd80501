import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { callOperation, deviceIdIn, DEVICE_KEY, requestIdOf } from './operationCalls.ts';
import { setting } from './settings.ts';

/** Asks for something to be done to the device. It is done once a person approves it; the journey does not wait for that. */
export const deviceActionRequest = defineNodeType({
  type: 'IntuneDeviceActionRequestNode',
  displayName: 'Intune Device Action Request',
  configuration: z.object({
    action: z.enum(['remote_lock', 'retire_device', 'wipe_device']),
    reason: z.string().trim().min(3).max(400),
    deviceKey: setting(z.string().min(1), DEVICE_KEY),
  }),
  outcomes: () => [
    { id: 'requested', displayName: 'Requested' },
    { id: 'refused', displayName: 'Refused' },
    { id: 'error', displayName: 'Error' },
  ],
  asks: () => 'never',
  inputs: ({ deviceKey }) => [deviceKey],
  async run(context) {
    const { config, state } = context;
    const deviceId = deviceIdIn(state, config.deviceKey);
    if (deviceId === undefined) return goTo('error');
    const asked = await callOperation(context, config.action, {
      device_id: deviceId,
      request_id: requestIdOf(context),
      reason: config.reason,
    });
    if (asked.ok) return goTo('requested');
    return goTo(asked.refusal === 'upstream' || asked.refusal === 'stateUnavailable' ? 'error' : 'refused');
  },
});
