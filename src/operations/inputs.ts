import { z } from 'zod';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import { SECRET, UNTRUSTED } from './marks.ts';

/** Inputs that several operations share. */
export const tenant = z
  .string()
  .min(1)
  .max(64)
  .default('default')
  .describe('Name of the tenant in the configuration of the gate.');

const guid = z.string().max(38);

export const deviceId = guid.describe("Intune's id of the device, a GUID.");
export const groupId = guid.describe("Entra's object id of the group, a GUID.");
export const entraDeviceId = guid.describe("Entra's id of the device (device.deviceId), a GUID.");
export const pageSize = z
  .int()
  .min(1)
  .max(999)
  .default(100)
  .describe('Most rows of one page, 1 to 999. A page may hold fewer although there are more.');
export const cursor = z
  .string()
  .min(1)
  .max(24_576)
  .optional()
  .describe('`cursor` of the page before: good for the same question of the same principal, for a day.');
export const nodeName = z
  .string()
  .min(1)
  .max(64)
  .default('default')
  .describe('Name of the decision node whose rules count.');
export const userPrincipalName = z
  .string()
  .min(3)
  .max(320)
  .regex(/^[^\s@/\\?#%]+@[^\s@/\\?#%]+$/, 'must be a user principal name, such as ada@contoso.com')
  .describe('User principal name.');

/** A moment, ISO 8601 with a time zone. */
export const moment = z.iso.datetime({ offset: true });

/** What every change is asked with. */
export const changeInput = z.strictObject({
  tenant,
  device_id: deviceId,
  request_id: z
    .string()
    .regex(/^[\w.:-]{8,128}$/, 'must be 8 to 128 letters, digits and . : _ -')
    .describe(
      'Chosen by you, once for each change: the same call with the same id happens once, within a day.',
    ),
  reason: z
    .string()
    .trim()
    .min(3)
    .max(500)
    .meta({ description: 'Why: recorded, and shown to whoever approves.', [UNTRUSTED]: true }),
  dry_run: z
    .boolean()
    .default(false)
    .describe('Check everything and tell what would happen; change nothing.'),
});

export const wipeOptions = z.strictObject({
  keep_enrollment_data: z.boolean().optional().describe('Keep the enrolment.'),
  keep_user_data: z.boolean().optional().describe('Keep the data of the user.'),
  persist_esim_data_plan: z.boolean().optional().describe('Keep the data plan of the eSIM.'),
  macos_unlock_code: z
    .string()
    .regex(/^\d{6}$/, 'must be six digits')
    .optional()
    .meta({
      description: 'Six digits that unlock a Mac afterwards. Never shown or recorded.',
      [SECRET]: true,
    }),
});

export type ParsedIds =
  { readonly ok: true; readonly ids: readonly DeviceId[] } | { readonly ok: false; readonly pointer: string };

/** GUIDs in canonical form, each once; or the place of the first that is none. */
export function parseIds(texts: readonly string[], at: string): ParsedIds {
  const ids = texts.map((text) => parseGuid(text));
  const wrong = ids.indexOf(undefined);
  if (wrong !== -1) return { ok: false, pointer: `${at}/${wrong}` };
  return { ok: true, ids: [...new Set(ids.filter((id) => id !== undefined))] };
}
