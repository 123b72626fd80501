import type { HistoryEntry, Moment, Run, Standing } from '../history/run.ts';
import { isStanding, otherIdsOf } from '../history/run.ts';
import type { SharedHistory } from '../history/sharedHistory.ts';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import type { ReplicaSeal } from './replicaSeal.ts';

export interface RedisHistoryOptions {
  readonly link: Pick<RedisLink, 'run' | 'send'>;
  readonly seal: ReplicaSeal;
  readonly prefix: string;
  /** Most runs of one device. */
  readonly runs: number;
  /** How long a run stays after its end, milliseconds. */
  readonly keepMs: number;
  readonly now: () => number;
  readonly onUnreadable: () => void;
}

/**
 * Key: a device. Values: tags of the node, of outcome and reason, and of the standing (empty for none), the moment, then sealed: the entry,
 * its moment, the standing; for how many milliseconds, how many runs.
 *
 * Fields: `n` counts runs; `f:<n>` and `l:<n>` are the first and last decision of a run; `c:<node>` is the current run of a node;
 * `s:<node>` and `v:<node>` its standing. Returns the sealed standing before, if this is another one.
 */
const ADD = redisScript(`
local key, node, tag, standing, at = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local ok, current = pcall(redis.call, 'HGET', key, 'c:' .. node)
if not ok then redis.call('DEL', key) current = false end
local before = ''
local was, number, last = string.match(current or '', '^(%S+) (%d+) (%d+)$')
if was == tag then
  if at >= tonumber(last) then
    redis.call('HSET', key, 'l:' .. number, ARGV[6], 'c:' .. node, tag .. ' ' .. number .. ' ' .. ARGV[4])
  end
elseif was == nil or at >= tonumber(last) then
  number = redis.call('HINCRBY', key, 'n', 1)
  redis.call('HSET', key, 'f:' .. number, ARGV[5], 'l:' .. number, ARGV[6],
    'c:' .. node, tag .. ' ' .. number .. ' ' .. ARGV[4])
  local old = number - tonumber(ARGV[9])
  if old > 0 then redis.call('HDEL', key, 'f:' .. old, 'l:' .. old) end
end
if standing ~= '' then
  local stood, since = string.match(redis.call('HGET', key, 's:' .. node) or '', '^(%S+) (%d+)$')
  if stood == nil or at >= tonumber(since) then
    if stood ~= nil and stood ~= standing then before = redis.call('HGET', key, 'v:' .. node) or '' end
    if stood ~= standing then
      redis.call('HSET', key, 's:' .. node, standing .. ' ' .. ARGV[4], 'v:' .. node, ARGV[7])
    end
  end
end
redis.call('PEXPIRE', key, ARGV[8])
return before
`);

/** Keys: indexes. Values: a field, what stands there, for how many milliseconds. */
const INDEX = redisScript(`
for _, key in ipairs(KEYS) do
  if not pcall(redis.call, 'HSET', key, ARGV[1], ARGV[2]) then
    redis.call('DEL', key)
    redis.call('HSET', key, ARGV[1], ARGV[2])
  end
  redis.call('PEXPIRE', key, ARGV[3])
end
return 1
`);

/** What begins and goes on may be old; how long it stays, its end and Redis say. */
const LONG_MS = 10 * 365 * 86_400_000;

/** Keeps histories in Redis, where nobody can read them without the key of the replicas. */
export function createRedisHistory(options: RedisHistoryOptions): SharedHistory {
  const { link, seal, prefix, runs, keepMs, now, onUnreadable } = options;
  const keyOf = (deviceId: string): string => `${prefix}:h:${seal.name(`device ${deviceId}`)}`;
  const linkKeyOf = (id: string): string => `${prefix}:hl:${seal.name(`id ${id}`)}`;
  const userKeyOf = (user: string): string => `${prefix}:hu:${seal.name(`user ${user}`)}`;

  const sealed = (about: string, value: unknown, at: number, forMs = LONG_MS): string =>
    seal.seal(about, { text: JSON.stringify(value), from: at, until: at + forMs });

  function opened(about: string, text: unknown): unknown {
    const what = typeof text === 'string' ? seal.open(about, text) : undefined;
    if (what === undefined) onUnreadable();
    // What carries the seal was written by a replica, in the form of this file.
    else if (what.until > now()) return JSON.parse(what.text) as unknown;
    return undefined;
  }

  async function fieldsOf(key: string): Promise<ReadonlyMap<string, string> | undefined> {
    const reply = await link.send(['HGETALL', key]);
    if (!reply.ok) return reply.code === 'WRONGTYPE' ? new Map() : undefined;
    const flat = Array.isArray(reply.value) ? reply.value.map(String) : [];
    return new Map(
      flat.flatMap((field, place) => (place % 2 === 0 ? [[field, flat[place + 1] ?? ''] as const] : [])),
    );
  }

  /** The ids under which a device presented itself, the one asked for included. */
  async function idsOf(deviceId: string): Promise<readonly string[] | undefined> {
    const fields = await fieldsOf(linkKeyOf(deviceId));
    if (fields === undefined) return undefined;
    const linked = [...fields.values()].flatMap(
      (text) => (opened(`link ${deviceId}`, text) as string | undefined) ?? [],
    );
    return [...new Set([deviceId, ...linked])];
  }

  async function index(entry: HistoryEntry): Promise<void> {
    const { deviceId, user, at } = entry;
    const key = keyOf(deviceId);
    for (const id of otherIdsOf(entry)) {
      await link.run(INDEX, [linkKeyOf(id)], [key, sealed(`link ${id}`, deviceId, at), keepMs]);
    }
    if (user !== undefined) {
      await link.run(INDEX, [userKeyOf(user)], [key, sealed(`user ${user}`, deviceId, at), keepMs]);
    }
  }

  async function runsOf(
    deviceId: string,
  ): Promise<readonly (Run & { readonly field: string })[] | undefined> {
    const fields = await fieldsOf(keyOf(deviceId));
    if (fields === undefined) return undefined;
    return [...fields].flatMap(([field, text]) => {
      const [, number] = /^f:(\d+)$/.exec(field) ?? [];
      if (number === undefined) return [];
      const first = opened(`run ${deviceId}`, text) as (Omit<Run, 'first' | 'last'> & Moment) | undefined;
      const last = opened(`last ${deviceId}`, fields.get(`l:${number}`)) as Moment | undefined;
      if (first === undefined || last === undefined) return [];
      const { at, decisionId, ...run } = first;
      return [{ ...run, first: { at, decisionId }, last, field: number }];
    });
  }

  async function eraseUser(user: string): Promise<number | undefined> {
    const devices = await fieldsOf(userKeyOf(user));
    if (devices === undefined) return undefined;
    let erased = 0;
    for (const text of devices.values()) {
      const deviceId = opened(`user ${user}`, text) as string | undefined;
      if (deviceId === undefined) continue;
      const found = await runsOf(deviceId);
      if (found === undefined) return undefined;
      const fields = found
        .filter((run) => run.user === user)
        .flatMap(({ field }) => [`f:${field}`, `l:${field}`]);
      if (fields.length === 0) continue;
      const reply = await link.send(['HDEL', keyOf(deviceId), ...fields]);
      if (!reply.ok) return undefined;
      erased += 1;
    }
    return (await link.send(['DEL', userKeyOf(user)])).ok ? erased : undefined;
  }

  return {
    async add(entry) {
      const { deviceId, node, outcome, reason, user, at, decisionId } = entry;
      const moment: Moment = { at, decisionId };
      const standing = isStanding(reason) ? seal.name(`standing ${deviceId} ${node} ${outcome}`) : '';
      const reply = await link.run(
        ADD,
        [keyOf(deviceId)],
        [
          seal.name(`node ${deviceId} ${node}`),
          seal.name(`run ${deviceId} ${node} ${outcome} ${reason}`),
          standing,
          Math.floor(at),
          sealed(`run ${deviceId}`, { node, outcome, reason, user, ...moment }, at),
          sealed(`last ${deviceId}`, moment, at, keepMs),
          sealed(`standing ${deviceId}`, { outcome, ...moment }, at),
          Math.ceil(keepMs),
          runs,
        ],
      );
      if (!reply.ok) return { ok: false };
      void index(entry);
      return {
        ok: true,
        previous:
          typeof reply.value === 'string' && reply.value !== ''
            ? (opened(`standing ${deviceId}`, reply.value) as Standing | undefined)
            : undefined,
      };
    },
    async find(deviceId) {
      const ids = await idsOf(deviceId);
      if (ids === undefined) return undefined;
      const found: Run[] = [];
      for (const id of ids) {
        const its = await runsOf(id);
        if (its === undefined) return undefined;
        found.push(...its.map(({ field: _field, ...run }) => run));
      }
      return found.toSorted((a, b) => a.first.at - b.first.at);
    },
    async erase(whose) {
      if ('user' in whose) return eraseUser(whose.user);
      const ids = await idsOf(whose.deviceId);
      if (ids === undefined) return undefined;
      let erased = 0;
      for (const id of ids) {
        const reply = await link.send(['DEL', keyOf(id)]);
        if (!reply.ok) return undefined;
        erased += Number(reply.value);
      }
      return (await link.send(['DEL', linkKeyOf(whose.deviceId)])).ok ? erased : undefined;
    },
  };
}
