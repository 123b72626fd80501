import { z } from 'zod';
import type { Lookup } from '../../node/deviceDirectory.ts';
import type { ManagedDevice } from '../../node/managedDevice.ts';
import { describeDevice, deviceRecordSchema, LISTED_PROPERTIES } from '../deviceFields.ts';
import { deviceId, entraDeviceId, parseIds, tenant, userPrincipalName } from '../inputs.ts';
import { defineReading, type ReadingContext } from '../operation.ts';
import { refuse, refuseUpstream } from '../refusal.ts';
import { badId } from './pages.ts';

const MOST_IDS = 20;
const WAYS = ['device_ids', 'azure_ad_device_id', 'serial_number', 'user_principal_name'] as const;

export const findDevices = defineReading({
  name: 'find_devices',
  class: 'READ',
  summary: 'Find devices by up to 20 ids, by Entra id, serial number or user',
  detail:
    'Exactly one of device_ids, azure_ad_device_id, serial_number and user_principal_name. Up to 20 ids are one call to Microsoft; what it could not say about one of them stands under problems.',
  // Who is looked for stands in the body: names of people belong in no address.
  route: { method: 'POST', path: '/devices/lookup' },
  command: { words: ['devices', 'find'], operands: [] },
  input: z.strictObject({
    tenant,
    device_ids: z.array(deviceId).min(1).max(MOST_IDS).optional().describe('Up to 20 Intune ids.'),
    azure_ad_device_id: entraDeviceId.optional(),
    serial_number: z.string().trim().min(1).max(128).optional(),
    user_principal_name: userPrincipalName.optional(),
  }),
  output: z.strictObject({
    devices: z.array(deviceRecordSchema),
    not_found: z.array(z.string()).describe('Ids that Intune does not know.'),
    problems: z
      .array(z.strictObject({ device_id: z.string(), reason: z.string(), message: z.string() }))
      .describe('Ids about which Microsoft could not answer.'),
  }),
  recorded: ['device_ids', 'azure_ad_device_id', 'serial_number'],
  async run(input, context) {
    const given = WAYS.filter((way) => input[way] !== undefined);
    if (given.length !== 1) {
      return {
        ...refuse('invalidInput'),
        errors: [{ pointer: '', detail: `needs exactly one of ${WAYS.join(', ')}` }],
      };
    }
    if (input.device_ids !== undefined) return findByIds(input.device_ids, context);
    const ids = parseIds(input.azure_ad_device_id === undefined ? [] : [input.azure_ad_device_id], '');
    if (!ids.ok) return badId('/azure_ad_device_id');
    const { devices, directory } = context.tenant;
    const [entraId] = ids.ids;
    const found: Lookup<readonly ManagedDevice[]> =
      entraId !== undefined
        ? await directory.findManagedDevicesByEntraId(entraId, {
            ...context.bound,
            properties: LISTED_PROPERTIES,
          })
        : input.serial_number !== undefined
          ? await devices.findDevicesBySerialNumber(input.serial_number, context.bound)
          : await devices.findDevicesByUser(input.user_principal_name ?? '', context.bound);
    if (!found.ok) return refuseUpstream(found);
    return {
      ok: true,
      value: {
        devices: found.value.map((device) => describeDevice(device, true)),
        not_found: [],
        problems: [],
      },
    };
  },
});

async function findByIds(texts: readonly string[], { tenant: { devices }, bound }: ReadingContext) {
  const parsed = parseIds(texts, '/device_ids');
  if (!parsed.ok) return badId(parsed.pointer);
  const found = await devices.readDevices(parsed.ids, bound);
  if (!found.ok) return refuseUpstream(found);
  const answers = parsed.ids.map((id) => ({ id, answer: found.value.get(id) }));
  return {
    ok: true,
    value: {
      devices: answers.flatMap(({ answer }) =>
        answer?.ok === true && answer.value !== undefined ? [describeDevice(answer.value, false)] : [],
      ),
      not_found: answers.flatMap(({ id, answer }) =>
        answer?.ok === true && answer.value === undefined ? [id] : [],
      ),
      problems: answers.flatMap(({ id, answer }) =>
        answer === undefined || answer.ok
          ? []
          : [{ device_id: id, reason: answer.reason, message: answer.detail }],
      ),
    },
  } as const;
}
