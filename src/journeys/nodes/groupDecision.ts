import { z } from 'zod';
import { goTo } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { callOperation, deviceIdIn, DEVICE_KEY } from './operationCalls.ts';
import { setting } from './settings.ts';

/** Is the device, or the person, in one of some groups of Entra, also by way of other groups? */
export const groupDecision = defineNodeType({
  type: 'EntraGroupDecisionNode',
  displayName: 'Entra Group Decision',
  configuration: z.object({
    groupNames: z.array(z.string().min(1).max(120)).min(1).max(10),
    subject: setting(z.enum(['device', 'user']), 'device'),
    deviceKey: setting(z.string().min(1), DEVICE_KEY),
    userKey: setting(z.string().min(1), 'username'),
    userDomain: setting(z.string().max(255), ''),
  }),
  outcomes: () => [
    { id: 'true', displayName: 'Member' },
    { id: 'false', displayName: 'Not a Member' },
    { id: 'error', displayName: 'Error' },
  ],
  asks: () => 'never',
  inputs: ({ subject, deviceKey, userKey }) => [subject === 'device' ? deviceKey : userKey],
  async run(context) {
    const { config, state } = context;
    const user = state.get(config.userKey);
    const subject =
      config.subject === 'device'
        ? { device_id: deviceIdIn(state, config.deviceKey) }
        : { user_principal_name: typeof user === 'string' ? withDomain(user, config.userDomain) : undefined };
    if (Object.values(subject)[0] === undefined) return goTo('error');
    const found = await callOperation(context, 'find_groups', { display_names: config.groupNames });
    if (!found.ok) return goTo('error');
    const { groups } = found.value as { readonly groups: readonly { readonly id: string }[] };
    // A group that does not exist has no members.
    if (groups.length === 0) return goTo('false');
    const member = await callOperation(context, 'check_membership', {
      group_ids: groups.slice(0, MOST_CHECKED).map(({ id }) => id),
      ...subject,
    });
    if (!member.ok) return goTo('error');
    const { member_of: memberOf } = member.value as { readonly member_of: readonly string[] };
    if (memberOf.length === 0 && groups.length > MOST_CHECKED) return goTo('error');
    return goTo(memberOf.length > 0 ? 'true' : 'false');
  },
});

const MOST_CHECKED = 20;

function withDomain(user: string, domain: string): string {
  return domain === '' || user.includes('@') ? user : `${user}@${domain}`;
}
