import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import { describeDevice, DEVICE_PROPERTIES, deviceRecordSchema } from '../deviceFields.ts';
import { deviceId, tenant } from '../inputs.ts';
import { defineReading } from '../operation.ts';
import { refuse, refuseUpstream } from '../refusal.ts';
import { answerSchema, badId, describeAnswer } from './pages.ts';

export const getDevice = defineReading({
  name: 'get_device',
  class: 'READ',
  summary: 'One device, with everything that is told about it',
  detail: "From the gate's own memory, with its age; it asks Microsoft when it knows nothing new enough.",
  route: { method: 'GET', path: '/devices/{device_id}' },
  command: { words: ['devices', 'show'], operands: ['device_id'] },
  input: z.strictObject({ tenant, device_id: deviceId }),
  output: z.strictObject({ device: deviceRecordSchema, answer: answerSchema }),
  recorded: ['device_id'],
  async run({ device_id: text }, { tenant: { directory }, bound, now }) {
    const id = parseGuid(text);
    if (id === undefined) return badId('/device_id');
    const found = await directory.findManagedDevice(id, { ...bound, properties: DEVICE_PROPERTIES });
    if (!found.ok) return refuseUpstream(found);
    if (found.value === undefined) return refuse('deviceNotFound');
    return {
      ok: true,
      value: { device: describeDevice(found.value, false), answer: describeAnswer(found, now()) },
    };
  },
});
