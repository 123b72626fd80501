import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import type { MemberSubject } from '../groupDirectory.ts';
import { deviceId, entraDeviceId, groupId, parseIds, tenant, userPrincipalName } from '../inputs.ts';
import { defineReading, type ReadingContext } from '../operation.ts';
import { refuse, refuseUpstream, type Refusal } from '../refusal.ts';
import { badId } from './pages.ts';

const SUBJECTS = ['device_id', 'azure_ad_device_id', 'user_principal_name', 'user_id'] as const;

export const checkMembership = defineReading({
  name: 'check_membership',
  class: 'READ',
  summary: 'Which of up to 20 groups a device or a user is in, also by way of other groups',
  detail:
    'Exactly one of device_id, azure_ad_device_id, user_principal_name and user_id. Find ids of groups with find_groups.',
  route: { method: 'POST', path: '/groups/membership' },
  command: { words: ['groups', 'check'], operands: [] },
  input: z.strictObject({
    tenant,
    group_ids: z.array(groupId).min(1).max(20).describe('Up to 20 object ids of groups.'),
    device_id: deviceId.optional(),
    azure_ad_device_id: entraDeviceId.optional(),
    user_principal_name: userPrincipalName.optional(),
    user_id: z.string().max(38).optional().describe("Entra's object id of the user."),
  }),
  output: z.strictObject({
    member_of: z.array(z.string()).describe('Those of the groups it is in.'),
    not_member_of: z.array(z.string()),
  }),
  recorded: ['group_ids', 'device_id', 'azure_ad_device_id', 'user_id'],
  async run(input, context) {
    const given = SUBJECTS.filter((name) => input[name] !== undefined);
    if (given.length !== 1) {
      return {
        ...refuse('invalidInput'),
        errors: [{ pointer: '', detail: `needs exactly one of ${SUBJECTS.join(', ')}` }],
      };
    }
    const groups = parseIds(input.group_ids, '/group_ids');
    if (!groups.ok) return badId(groups.pointer);
    const subject = await findSubject(input, context);
    if ('ok' in subject) return subject;
    const found = await context.tenant.groups.findMemberships(subject, groups.ids, context.bound);
    if (!found.ok) return refuseUpstream(found);
    const memberOf = found.value;
    if (memberOf === undefined) return refuse('memberNotFound');
    return {
      ok: true,
      value: {
        member_of: groups.ids.filter((id) => memberOf.has(id)),
        not_member_of: groups.ids.filter((id) => !memberOf.has(id)),
      },
    };
  },
});

/** Intune's id of a device leads to that of Entra. */
async function findSubject(
  input: { readonly [N in (typeof SUBJECTS)[number]]?: string | undefined },
  { tenant: { directory }, bound }: ReadingContext,
): Promise<MemberSubject | Refusal> {
  if (input.user_principal_name !== undefined) return { user: input.user_principal_name };
  const [name, text = ''] =
    SUBJECTS.map((subject) => [subject, input[subject]] as const).find(([, value]) => value !== undefined) ??
    [];
  const id = parseGuid(text);
  if (id === undefined) return badId(`/${name ?? ''}`);
  if (name === 'user_id') return { user: id };
  if (name === 'azure_ad_device_id') return { entraDeviceId: id };
  const found = await directory.findManagedDevice(id, { ...bound, properties: 'none' });
  if (!found.ok) return refuseUpstream(found);
  if (found.value === undefined) return refuse('deviceNotFound');
  const { azureADDeviceId } = found.value;
  return azureADDeviceId === undefined ? refuse('memberNotFound') : { entraDeviceId: azureADDeviceId };
}
