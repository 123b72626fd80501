import type { OperationRecord } from '../operations/operationRecord.ts';
import { KEPT_MS, MOST_WAITING, type OperationStore } from '../operations/operationStore.ts';
import type { RedisLink, RedisReply } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import type { ReplicaSeal } from './replicaSeal.ts';

export interface SharedOperationsOptions {
  readonly link: Pick<RedisLink, 'run' | 'send'>;
  readonly seal: ReplicaSeal;
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Keys: the request, those that wait. Values: name, sealed request, how long it is kept, how long it waits, most that wait. Returns what
 * was there before, `full`, or `added`.
 */
const ADD = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local known = redis.call('GET', KEYS[1])
if known then return { 'known', known } end
local waits = tonumber(ARGV[4])
if waits > 0 and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return { 'full' } end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if waits > 0 then
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + waits), ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return { 'added' }
`);

/** Key: the request. Values: what is there, what shall be. Returns 1 if it was so. */
const REPLACE = redisScript(
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
`,
  true,
);

/** Key: when changes were made. Values: most, span, 1 to look only, a name for this one. Returns 0, or how long to wait. */
const TAKE = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local most, span = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
local count = redis.call('ZCARD', KEYS[1])
if count >= most then
  if most == 0 then return string.format('%.0f', span) end
  local first = redis.call('ZRANGE', KEYS[1], count - most, count - most, 'WITHSCORES')
  return string.format('%.0f', math.max(1, tonumber(first[2]) + span - now))
end
if ARGV[3] == '0' then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return '0'
`);

/**
 * Keeps requests where all replicas find them, sealed. While Redis cannot be asked, every method rejects: a change that others do not
 * know of is none.
 */
export function createSharedOperations({ link, seal, prefix, now }: SharedOperationsOptions): OperationStore {
  const index = `${prefix}:o:all`;
  const keyOf = (id: string): string => `${prefix}:o:${seal.name(`operation ${id}`)}`;
  /** What was read, as it stood there: sealing the same thing twice gives two texts. */
  const sealed = new WeakMap<OperationRecord, string>();
  let taken = 0;

  const sealRecord = (record: OperationRecord): string =>
    seal.seal(aboutOf(record.id), {
      text: JSON.stringify(record),
      from: record.createdAt,
      until: record.createdAt + KEPT_MS,
    });

  const open = (id: string, text: unknown): OperationRecord => {
    const opened = typeof text === 'string' ? seal.open(aboutOf(id), text) : undefined;
    if (opened === undefined || typeof text !== 'string')
      throw new Error('a request in Redis cannot be read');
    const record = JSON.parse(opened.text) as OperationRecord;
    sealed.set(record, text);
    return record;
  };

  const find = async (id: string): Promise<OperationRecord | undefined> => {
    const text = valueOf(await link.send(['GET', keyOf(id)]));
    return text === null ? undefined : open(id, text);
  };

  return {
    async add(record) {
      const text = sealRecord(record);
      const reply = valueOf(
        await link.run(
          ADD,
          [keyOf(record.id), index],
          [record.id, text, KEPT_MS, waitsMs(record), MOST_WAITING],
        ),
      );
      const [word, known] = Array.isArray(reply) ? (reply as unknown[]) : [];
      if (word === 'known') return open(record.id, known);
      if (word === 'full') return 'full';
      if (word !== 'added') throw new Error('Redis gave no answer that is known');
      sealed.set(record, text);
      return 'added';
    },
    find,
    async replace(before, after) {
      const known = sealed.get(before);
      if (known === undefined) return false;
      const text = sealRecord(after);
      const isDone = valueOf(await link.run(REPLACE, [keyOf(before.id)], [known, text])) === 1;
      if (isDone) sealed.set(after, text);
      return isDone;
    },
    async list() {
      const ids = valueOf(await link.send(['ZRANGEBYSCORE', index, String(Math.floor(now())), '+inf']));
      if (!Array.isArray(ids)) throw new Error('Redis gave no answer that is known');
      const records = await Promise.all((ids as unknown[]).map((id) => find(String(id))));
      return records.filter((record) => record !== undefined);
    },
    async take(bucket, most, windowMs, peek = false) {
      taken += 1;
      const reply = valueOf(
        await link.run(
          TAKE,
          [`${prefix}:o:${seal.name(`changes ${bucket}`)}`],
          [most, windowMs, peek ? 1 : 0, `${crypto.randomUUID()} ${taken}`],
        ),
      );
      const waitMs = Number(reply);
      if (reply === null || !Number.isFinite(waitMs)) throw new Error('Redis gave no answer that is known');
      return waitMs;
    },
  };
}

/** 0 for one that does not wait for anybody. */
function waitsMs({ state, expiresAt, createdAt }: OperationRecord): number {
  return state === 'pendingApproval' ? Math.max(1, Math.ceil(expiresAt - createdAt)) : 0;
}

function aboutOf(id: string): string {
  return `operation ${id}`;
}

function valueOf(reply: RedisReply): unknown {
  if (!reply.ok) throw new Error(`Redis cannot be asked: ${reply.code}`);
  return reply.value;
}
