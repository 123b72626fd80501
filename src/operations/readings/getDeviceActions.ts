import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import { parseActionResults } from '../actionResults.ts';
import { deviceId, tenant } from '../inputs.ts';
import { defineReading } from '../operation.ts';
import { refuse, refuseUpstream } from '../refusal.ts';
import { badId } from './pages.ts';

export const getDeviceActions = defineReading({
  name: 'get_device_actions',
  class: 'READ',
  summary: 'How far the actions on a device are',
  detail: 'What the device last reported to Intune, whoever asked for the action. Always asks Microsoft.',
  route: { method: 'GET', path: '/devices/{device_id}/actions' },
  command: { words: ['devices', 'actions'], operands: ['device_id'] },
  input: z.strictObject({ tenant, device_id: deviceId }),
  output: z.strictObject({
    management_state: z.string().nullable(),
    last_sync_at: z.string().nullable().describe('Last check-in of the device.'),
    actions: z.array(
      z.strictObject({
        action: z.string(),
        state: z.string().describe('none, pending, active, done, failed, canceled or notSupported.'),
        started_at: z.string().nullable(),
        updated_at: z.string().nullable(),
      }),
    ),
  }),
  recorded: ['device_id'],
  async run({ device_id: text }, { tenant: { directory }, bound }) {
    const id = parseGuid(text);
    if (id === undefined) return badId('/device_id');
    const found = await directory.findManagedDevice(id, {
      ...bound,
      maxAnswerAgeMs: 0,
      properties: ['deviceActionResults'],
    });
    if (!found.ok) return refuseUpstream(found);
    if (found.value === undefined) return refuse('deviceNotFound');
    return {
      ok: true,
      value: {
        management_state: found.value.managementState ?? null,
        last_sync_at:
          found.value.lastSync === undefined ? null : new Date(found.value.lastSync).toISOString(),
        actions: parseActionResults(found.value.properties['deviceActionResults']).map((result) => ({
          action: result.action,
          state: result.state,
          started_at: result.startedAt,
          updated_at: result.updatedAt,
        })),
      },
    };
  },
});
