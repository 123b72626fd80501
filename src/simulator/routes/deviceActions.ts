import { z } from 'zod';
import { beginAction, PLAIN_ACTIONS } from '../deviceActions.ts';
import { removeDevice } from '../deviceTable.ts';
import { findSimulatedDevice } from './managedDevices.ts';
import type { GraphResource } from '../graphResource.ts';

const DEVICE = ['deviceManagement', 'managedDevices', '{}'];

const wipeBody = z.strictObject({
  keepEnrollmentData: z.boolean().optional(),
  keepUserData: z.boolean().optional(),
  macOsUnlockCode: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  persistEsimDataPlan: z.boolean().optional(),
});

/** What a device is told to do; 204 says that it will be told, not that it did. */
export const deviceActions: readonly GraphResource[] = [...PLAIN_ACTIONS, 'wipe'].map((action) => ({
  endpoint: 'deviceAction',
  method: 'POST',
  pattern: [...DEVICE, action],
  handle(request) {
    const found = findSimulatedDevice(request);
    if (!found.ok) return found.answer;
    const options = action === 'wipe' ? wipeBody : z.strictObject({});
    if (!options.safeParse(request.body ?? {}).success) return request.errors.nested(400, 'BadRequest');
    beginAction(request.world, found.device, action, request.now);
    return { status: 204, body: undefined };
  },
}));

const REMOVABLE: ReadonlySet<string> = new Set(['retireIssued', 'wipeIssued']);

export const deleteDevice: GraphResource = {
  endpoint: 'deviceDelete',
  method: 'DELETE',
  pattern: DEVICE,
  handle(request) {
    const found = findSimulatedDevice(request);
    if (!found.ok) return found.answer;
    const { id, managementState } = found.device.properties;
    if (request.world.service.deleteNeedsRetire && !REMOVABLE.has(managementState)) {
      return request.errors.nested(400, 'BadRequest');
    }
    removeDevice(request.world, id);
    return { status: 204, body: undefined };
  },
};
