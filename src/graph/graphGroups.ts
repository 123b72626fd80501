import type { Lookup, LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import { parseGuid, type DeviceId } from '../node/deviceId.ts';
import type { JsonValue } from '../node/managedDevice.ts';
import type { Group, GroupDirectory, GroupMember, MemberSubject } from '../operations/groupDirectory.ts';
import { rowsOf } from './detectedAppsAnswer.ts';
import { readPage } from './graphPage.ts';
import { readPages } from './graphPages.ts';
import type { AskGraph } from './graphRequest.ts';
import { entraDeviceUrl, groupMembersUrl, groupsByNameUrl, memberGroupsUrl } from './graphUrls.ts';
import { isJsonObject, stringAt, type JsonObject } from './jsonObject.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** Names are not unique; so many groups of ten names are a mistake. */
const GROUP_BOUNDS = { maxPages: 20, maxRows: 1_000 } as const;
/** What counts members needs it, on every page. */
const EVENTUAL = { headers: { ConsistencyLevel: 'eventual' } } as const;

/** The port {@link GroupDirectory} over Microsoft Graph. */
export function createGraphGroups(graph: string, ask: AskGraph): GroupDirectory {
  /** Three different ids name a device; membership goes by the object id. */
  const objectIdOf = async (
    deviceId: DeviceId,
    options: LookupOptions,
  ): Promise<Lookup<DeviceId | undefined>> => {
    const answer = await ask('entraDevice', entraDeviceUrl(graph, deviceId), options);
    if (answer.kind === 'failure') return answer.failure;
    const found = { ok: true, source: 'graph', fetchedAt: answer.fetchedAt } as const;
    if (answer.kind === 'absent') return { ...found, value: undefined };
    const id = parseGuid(stringAt(answer.body, 'id') ?? '');
    if (id === undefined || parseGuid(stringAt(answer.body, 'deviceId') ?? '') !== deviceId)
      return malformed('the answer is about another device');
    return { ...found, value: id };
  };

  const findMember = async (
    subject: MemberSubject,
    options: LookupOptions,
  ): Promise<Lookup<{ readonly kind: 'users' | 'devices'; readonly id: string } | undefined>> => {
    if ('user' in subject) {
      return { ok: true, value: { kind: 'users', id: subject.user }, source: 'graph', fetchedAt: 0 };
    }
    const found = await objectIdOf(subject.entraDeviceId, options);
    if (!found.ok) return found;
    return { ...found, value: found.value === undefined ? undefined : { kind: 'devices', id: found.value } };
  };

  return {
    async findGroups(displayNames, options) {
      const names = new Set(displayNames);
      const url = groupsByNameUrl(graph, [...names]);
      const pages = await readPages(ask, 'groups', url, options, GROUP_BOUNDS, parseGroups);
      if (pages.kind === 'failure') return pages.failure;
      const rows = pages.kind === 'absent' ? [] : pages.rows;
      // Entra compares without letter case; here it counts.
      const groups = new Map(
        rows.filter(({ displayName }) => names.has(displayName)).map((group) => [group.id, group]),
      );
      return { ok: true, value: [...groups.values()], source: 'graph', fetchedAt: pages.fetchedAt };
    },

    listMembers: (group, { pageSize, next }, options) =>
      readPage(
        ask,
        {
          endpoint: 'groupMembers',
          first: groupMembersUrl(graph, group, pageSize),
          next,
          asking: EVENTUAL,
          parse: parseMembers,
        },
        options,
      ),

    async findMemberships(subject, groups, options) {
      const member = await findMember(subject, options);
      if (!member.ok) return member;
      if (member.value === undefined) return { ...member, value: undefined };
      const { kind, id } = member.value;
      const answer = await ask('memberships', memberGroupsUrl(graph, kind, id), options, {
        method: 'POST',
        body: JSON.stringify({ groupIds: groups }),
      });
      if (answer.kind === 'failure') return answer.failure;
      const found = { ok: true, source: 'graph', fetchedAt: answer.fetchedAt } as const;
      if (answer.kind === 'absent') return { ...found, value: undefined };
      const ids = rowsOf(answer.body)?.map((row) => (typeof row === 'string' ? parseGuid(row) : undefined));
      if (ids === undefined || ids.some((one) => one === undefined || !groups.includes(one)))
        return malformed('the answer holds a group that was not asked for');
      return { ...found, value: new Set(ids.filter((one) => one !== undefined)) };
    },
  };
}

function parseGroups(body: JsonObject): readonly Group[] | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of groups';
  const groups: Group[] = [];
  for (const row of rows) {
    const id = isJsonObject(row) ? parseGuid(stringAt(row, 'id') ?? '') : undefined;
    const displayName = isJsonObject(row) ? stringAt(row, 'displayName') : undefined;
    if (id === undefined || displayName === undefined) return 'a group has no id or no name';
    groups.push({ id, displayName });
  }
  return groups;
}

const KINDS: Readonly<Record<string, GroupMember['kind']>> = {
  '#microsoft.graph.user': 'user',
  '#microsoft.graph.device': 'device',
  '#microsoft.graph.group': 'group',
  '#microsoft.graph.servicePrincipal': 'servicePrincipal',
};

function parseMembers(body: JsonObject): readonly GroupMember[] | string {
  const rows = rowsOf(body);
  if (rows === undefined) return 'the answer is no list of members';
  const members: GroupMember[] = [];
  for (const row of rows) {
    const member = parseMember(row);
    if (member === undefined) return 'a member has no id';
    members.push(member);
  }
  return members;
}

/** Without rights on a kind of member, its row holds nothing but its kind and its id. */
function parseMember(row: JsonValue): GroupMember | undefined {
  if (!isJsonObject(row)) return undefined;
  const id = parseGuid(stringAt(row, 'id') ?? '');
  if (id === undefined) return undefined;
  const type = stringAt(row, '@odata.type') ?? '';
  const kind = (Object.hasOwn(KINDS, type) ? KINDS[type] : undefined) ?? 'other';
  return {
    id,
    kind,
    displayName: textAt(row, 'displayName'),
    userPrincipalName: textAt(row, 'userPrincipalName'),
    mail: textAt(row, 'mail'),
    deviceId: kind === 'device' ? parseGuid(stringAt(row, 'deviceId') ?? '') : undefined,
  };
}

function textAt(row: JsonObject, name: string): string | undefined {
  const text = stringAt(row, name);
  return text === undefined || text === '' ? undefined : text;
}

function malformed(words: string): LookupFailure {
  return upstreamFailure('malformedAnswer', `Graph: ${words}.`);
}
