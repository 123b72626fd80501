import { z } from 'zod';
import { describeDevice, deviceRecordSchema } from '../deviceFields.ts';
import { cursor, moment, pageSize, tenant } from '../inputs.ts';
import { defineReading } from '../operation.ts';
import { refuseUpstream } from '../refusal.ts';
import { describePage, openCursor, pageFields } from './pages.ts';

export const listDevices = defineReading({
  name: 'list_devices',
  class: 'READ',
  summary: 'List managed devices, page by page',
  detail:
    "In Intune's order, by name. A device that is renamed meanwhile can be missed or come twice, and Intune's lists are not always complete: absence from a list proves nothing. A page that fails can be asked for again with the same cursor.",
  route: { method: 'GET', path: '/devices' },
  command: { words: ['devices', 'list'], operands: [] },
  input: z.strictObject({
    tenant,
    last_sync: moment.optional().describe('Only devices that checked in at this time or later; ISO 8601.'),
    page_size: pageSize,
    cursor,
  }),
  output: z.strictObject({ devices: z.array(deviceRecordSchema), ...pageFields }),
  recorded: ['last_sync', 'page_size'],
  async run({ last_sync: lastSync, page_size: size, cursor: handed }, context) {
    const checkedInSince = lastSync === undefined ? undefined : Date.parse(lastSync);
    const about = JSON.stringify([checkedInSince ?? null, size]);
    const opened = openCursor(handed, about, context);
    if ('ok' in opened) return opened;
    const found = await context.tenant.devices.listDevices(
      { checkedInSince, pageSize: size, next: opened.next },
      context.bound,
    );
    if (!found.ok) return refuseUpstream(found);
    return {
      ok: true,
      value: {
        devices: found.value.rows.map((device) => describeDevice(device, true)),
        ...describePage(found.value, about, context),
      },
    };
  },
});
