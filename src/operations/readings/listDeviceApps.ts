import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import { deviceId, tenant } from '../inputs.ts';
import { UNTRUSTED } from '../marks.ts';
import { defineReading } from '../operation.ts';
import { refuseUpstream } from '../refusal.ts';
import { answerSchema, badId, describeAnswer } from './pages.ts';

const told = z.string().meta({ [UNTRUSTED]: true });

export const listDeviceApps = defineReading({
  name: 'list_device_apps',
  class: 'READ',
  summary: 'The apps Intune found on a device',
  detail: 'The whole inventory, which Intune renews about once a week. Empty for a device without one.',
  route: { method: 'GET', path: '/devices/{device_id}/apps' },
  command: { words: ['devices', 'apps'], operands: ['device_id'] },
  input: z.strictObject({ tenant, device_id: deviceId }),
  output: z.strictObject({
    apps: z.array(
      z.strictObject({
        display_name: told,
        version: z
          .string()
          .nullable()
          .meta({ [UNTRUSTED]: true }),
        publisher: z
          .string()
          .nullable()
          .meta({ [UNTRUSTED]: true }),
      }),
    ),
    answer: answerSchema,
  }),
  recorded: ['device_id'],
  async run({ device_id: text }, { tenant: { directory }, bound, now }) {
    const id = parseGuid(text);
    if (id === undefined) return badId('/device_id');
    const found = await directory.listDetectedApps(id, bound);
    if (!found.ok) return refuseUpstream(found);
    return {
      ok: true,
      value: {
        apps: found.value.map(({ displayName, version, publisher }) => ({
          display_name: displayName,
          version: version ?? null,
          publisher: publisher ?? null,
        })),
        answer: describeAnswer(found, now()),
      },
    };
  },
});
