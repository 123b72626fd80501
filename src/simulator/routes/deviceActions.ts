import { findDeviceToChange } from '../deviceTable.ts';
import { graphDate } from '../simulatedDevice.ts';
import { findSimulatedDevice } from './managedDevices.ts';
import type { GraphResource } from '../graphResource.ts';

/** What a device is told to do. It hears of it at once, and checks in. */
export const deviceActions: readonly GraphResource[] = [
  {
    endpoint: 'deviceAction',
    method: 'POST',
    pattern: ['deviceManagement', 'managedDevices', '{}', 'syncDevice'],
    handle(request) {
      const found = findSimulatedDevice(request);
      if (!found.ok) return found.answer;
      const { properties } = findDeviceToChange(request.world, found.device.properties.id) ?? found.device;
      const at = graphDate(request.now);
      properties.lastSyncDateTime = at;
      properties.deviceActionResults = [
        { actionName: 'syncDevice', actionState: 'done', startDateTime: at, lastUpdatedDateTime: at },
      ];
      return { status: 204, body: undefined };
    },
  },
];
