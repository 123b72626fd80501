import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import { MEMBER_KINDS } from '../groupDirectory.ts';
import { cursor, groupId, pageSize, tenant } from '../inputs.ts';
import { PERSONAL, UNTRUSTED } from '../marks.ts';
import { defineReading } from '../operation.ts';
import { refuse, refuseUpstream } from '../refusal.ts';
import { badId, describePage, openCursor, pageFields } from './pages.ts';

const personal = z
  .string()
  .nullable()
  .meta({ [PERSONAL]: true, [UNTRUSTED]: true });

export const listGroupMembers = defineReading({
  name: 'list_group_members',
  class: 'READ',
  summary: 'The direct members of a group, page by page',
  detail:
    'A page may hold fewer rows than asked for. The name of a user is personal; that of a device or a group is not.',
  route: { method: 'GET', path: '/groups/{group_id}/members' },
  command: { words: ['groups', 'members'], operands: ['group_id'] },
  input: z.strictObject({ tenant, group_id: groupId, page_size: pageSize, cursor }),
  output: z.strictObject({
    members: z.array(
      z.strictObject({
        id: z.string().describe("Entra's object id."),
        kind: z.enum(MEMBER_KINDS),
        display_name: z
          .string()
          .nullable()
          .meta({ description: 'Null for a user, see user_display_name.', [UNTRUSTED]: true }),
        user_display_name: personal,
        user_principal_name: personal,
        mail: personal,
        device_id: z.string().nullable().describe('device.deviceId; devices only.'),
      }),
    ),
    ...pageFields,
  }),
  recorded: ['group_id', 'page_size'],
  async run({ group_id: text, page_size: size, cursor: handed }, context) {
    const group = parseGuid(text);
    if (group === undefined) return badId('/group_id');
    const about = JSON.stringify([group, size]);
    const opened = openCursor(handed, about, context);
    if ('ok' in opened) return opened;
    const found = await context.tenant.groups.listMembers(
      group,
      { pageSize: size, next: opened.next },
      context.bound,
    );
    if (!found.ok) return refuseUpstream(found);
    if (found.value === undefined) return refuse('groupNotFound');
    return {
      ok: true,
      value: {
        members: found.value.rows.map((member) => {
          const isThing =
            member.kind === 'device' || member.kind === 'group' || member.kind === 'servicePrincipal';
          return {
            id: member.id,
            kind: member.kind,
            display_name: isThing ? (member.displayName ?? null) : null,
            user_display_name: isThing ? null : (member.displayName ?? null),
            user_principal_name: member.userPrincipalName ?? null,
            mail: member.mail ?? null,
            device_id: member.deviceId ?? null,
          };
        }),
        ...describePage(found.value, about, context),
      },
    };
  },
});
