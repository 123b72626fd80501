import { z } from 'zod';
import { findDirectoryObject, findUser, groupsOf } from '../groupMembers.ts';
import { nextLink, pageSizeOf } from '../graphPaging.ts';
import { pickProperties, selectedNames } from '../selectProperties.ts';
import type { DirectoryObject } from '../groupMembers.ts';
import type { GraphAnswer } from '../graphErrors.ts';
import type { GraphRequest, GraphResource } from '../graphResource.ts';
import type { SimulatedGroup } from '../world.ts';

const MOST_NAMES = 15;
const LONGEST_NAME = 120;

/** Groups; the only filters are on displayName, which is no key. */
export const groups: GraphResource = {
  endpoint: 'groups',
  pattern: ['groups'],
  handle(request) {
    const chosen = chooseGroups(request);
    if (!chosen.ok) return chosen.answer;
    return page(request, chosen.groups, 'groups', (group) => groupRow(group, request));
  },
};

/** Direct members of every kind. What the app may not read is told by kind and id alone. */
export const groupMembers: GraphResource = {
  endpoint: 'groups',
  pattern: ['groups', '{}', 'members'],
  handle(request) {
    const [key = ''] = request.keys;
    const group = request.world.groups.get(key.toLowerCase());
    if (group === undefined) return notFound(key, request);
    const members = group.members.flatMap((id) => findDirectoryObject(request.world, id) ?? []);
    return page(request, members, 'directoryObjects', (member) => memberRow(member, request));
  },
};

const checkBody = z.object({ groupIds: z.array(z.guid()).min(1).max(20) });

/** Which of up to 20 groups a user is in, by whatever way. */
export const userMemberships: GraphResource = {
  endpoint: 'groups',
  also: 'users',
  method: 'POST',
  pattern: ['users', '{}', 'checkMemberGroups'],
  handle(request) {
    const [key = ''] = request.keys;
    const user = findUser(request.world, key);
    return user === undefined ? notFound(key, request) : memberships(user.objectId, request);
  },
};

/** The same for a device, by its object id. */
export const deviceMemberships: GraphResource = {
  endpoint: 'groups',
  also: 'entraDevice',
  method: 'POST',
  pattern: ['devices', '{}', 'checkMemberGroups'],
  handle(request) {
    const [key = ''] = request.keys;
    const found = findDirectoryObject(request.world, key.toLowerCase());
    return found?.kind === 'device' ? memberships(found.device.id, request) : notFound(key, request);
  },
};

function memberships(objectId: string, { body, world, root, errors }: GraphRequest): GraphAnswer {
  const parsed = checkBody.safeParse(body);
  if (!parsed.success)
    return errors.plain(400, 'Request_BadRequest', 'Invalid value specified for property groupIds.');
  const of = groupsOf(world, objectId);
  return {
    status: 200,
    body: {
      '@odata.context': `${root}/$metadata#Collection(Edm.String)`,
      value: parsed.data.groupIds.map((id) => id.toLowerCase()).filter((id) => of.has(id)),
    },
  };
}

function chooseGroups({
  query,
  world,
  errors,
}: GraphRequest): { ok: true; groups: SimulatedGroup[] } | { ok: false; answer: GraphAnswer } {
  const all = [...world.groups.values()];
  const filter = query.get('$filter');
  if (filter === null) return { ok: true, groups: all };
  const names = namesIn(filter);
  const refuse = (message: string) => ({
    ok: false as const,
    answer: errors.plain(400, 'Request_UnsupportedQuery', message),
  });
  if (names === undefined) return refuse('Unsupported or invalid query filter clause specified.');
  if (names.length > MOST_NAMES) {
    return refuse(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${names.length}. Max allowed: ${MOST_NAMES}.`,
    );
  }
  if (names.some((name) => name.length > LONGEST_NAME)) {
    return refuse('Invalid filter clause: the value is too long.');
  }
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return { ok: true, groups: all.filter(({ displayName }) => wanted.has(displayName.toLowerCase())) };
}

/** `displayName eq 'a'`, several of them joined by `or`, and `displayName in ('a','b')`. */
function namesIn(filter: string): string[] | undefined {
  const text = "'((?:[^']|'')*)'";
  const clause = `displayName eq ${text}`;
  const isEq = new RegExp(`^\\s*${clause}(?:\\s+or\\s+${clause})*\\s*$`, 'i').test(filter);
  const isIn = new RegExp(`^\\s*displayName in \\(\\s*${text}(?:\\s*,\\s*${text})*\\s*\\)\\s*$`, 'i').test(
    filter,
  );
  if (!isEq && !isIn) return undefined;
  return [...filter.matchAll(new RegExp(text, 'g'))].map(([, name = '']) => name.replaceAll("''", "'"));
}

/** `$count` needs the header that says that eventual is good enough, and is told on the first page only. */
function page<T>(
  request: GraphRequest,
  rows: readonly T[],
  collection: string,
  describe: (row: T) => Record<string, unknown>,
): GraphAnswer {
  const { query, headers, root, errors } = request;
  const counts = query.get('$count') === 'true';
  if (counts && headers['consistencylevel']?.toLowerCase() !== 'eventual') {
    return errors.plain(
      400,
      'Request_UnsupportedQuery',
      "The 'ConsistencyLevel' header is needed for $count.",
    );
  }
  const size = pageSizeOf(request, 100, 999);
  if (!size.ok) return size.answer;
  const token = query.get('$skiptoken');
  const start = token === null ? 0 : Number(/^m~(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start))
    return errors.plain(400, 'Directory_ExpiredPageToken', 'The page token is invalid.');
  const end = start + size.value;
  return {
    status: 200,
    body: {
      '@odata.context': `${root}/$metadata#${collection}`,
      ...(counts && token === null ? { '@odata.count': rows.length } : {}),
      ...(end < rows.length ? { '@odata.nextLink': nextLink(request, `m~${end}`) } : {}),
      value: rows.slice(start, end).map(describe),
    },
  };
}

function memberRow(member: DirectoryObject, request: GraphRequest): Record<string, unknown> {
  switch (member.kind) {
    case 'user': {
      const { objectId, displayName, userPrincipalName } = member.user;
      const all = { displayName, userPrincipalName, mail: userPrincipalName };
      return row('user', objectId, request.may('users') ? all : {}, request);
    }
    case 'device': {
      const { id, ...all } = member.device;
      return row('device', id, request.may('entraDevice') ? { ...all } : {}, request);
    }
    case 'group':
      return row('group', member.group.id, { displayName: member.group.displayName }, request);
  }
}

/** Kind and id come whatever was selected. */
function row(
  type: string,
  id: string,
  properties: Record<string, unknown>,
  { query }: GraphRequest,
): Record<string, unknown> {
  return {
    '@odata.type': `#microsoft.graph.${type}`,
    id,
    ...pickProperties(properties, selectedNames(query)),
  };
}

function groupRow({ id, displayName }: SimulatedGroup, { query }: GraphRequest): Record<string, unknown> {
  const all = { id, displayName, securityEnabled: true, mailEnabled: false, groupTypes: [] };
  return pickProperties(all, selectedNames(query));
}

function notFound(key: string, { errors }: GraphRequest): GraphAnswer {
  return errors.plain(
    404,
    'Request_ResourceNotFound',
    `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`,
  );
}
