import { goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { findPendingDevice, PENDING_DEVICE, WITH_RECOVERY_CODES } from './pendingDevice.ts';
import { findPerson } from './person.ts';
import { registerDevice, REGISTRATION_OUTCOMES } from './registerDevice.ts';
import { NO_SETTINGS } from './settings.ts';

/**
 * Stores the device that a registration has left in state. Where no OathTokenVerifierNode has asked for a code of it in between, it asks
 * for one itself.
 */
export const oathDeviceStorage = defineNodeType({
  type: 'OathDeviceStorageNode',
  displayName: 'OATH Device Storage',
  configuration: NO_SETTINGS,
  outcomes: () => REGISTRATION_OUTCOMES,
  asks: () => 'sometimes',
  inputs: () => ['username', PENDING_DEVICE, WITH_RECOVERY_CODES],
  async run(context) {
    const person = await findPerson(context);
    const pending = findPendingDevice(context.state, person.id);
    return pending === undefined
      ? goTo('failureOutcome')
      : registerDevice(context, pending, context.state.get(WITH_RECOVERY_CODES) === true);
  },
});
