import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { AnswerStore, StoredAnswer } from '../answers/answerStore.ts';
import {
  questionForm,
  questionKey,
  type AnswerValues,
  type Question,
  type QuestionKind,
} from '../answers/question.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { DeviceKeys, NoticeBoard } from './noticeBoard.ts';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import type { ReplicaSeal } from './replicaSeal.ts';

export interface SharedAnswersOptions {
  readonly link: Pick<RedisLink, 'run'>;
  readonly board: Pick<NoticeBoard, 'post' | 'subscribe' | 'isHeard' | 'since'>;
  readonly seal: ReplicaSeal;
  readonly prefix: string;
  /** Of how many questions it is kept in mind how new the newest answer was. */
  readonly entries: number;
  /** The longest any answer may be used, milliseconds. */
  readonly longestMs: number;
  readonly now: () => number;
  /** An answer was not sealed by a replica for its question. */
  readonly onUnreadable: () => void;
}

/** Longer than Microsoft usually takes, and short enough that a replica that was killed is not waited for. */
const LEASE_MS = 3_000;
const WAIT_MS = 1_000;
const LOOK_MS = [5, 10, 20, 40];
const LARGEST_ANSWER = 262_144;
/** How far clocks of replicas may be apart for the newer of two answers to be kept. */
const SKEW_MS = 60_000;

/**
 * Keys: a device's answers, its turn, the lease of the question. Values: field, newest that is too old, now, token, life of the
 * lease, and whether to look for an answer. What is of a wrong type was not put there by a replica, and is removed.
 */
const CLAIM = redisScript(`
local turn = redis.pcall('GET', KEYS[2])
if type(turn) == 'table' then redis.call('DEL', KEYS[2]) turn = '' end
turn = turn or ''
if ARGV[6] == '1' then
  local found = redis.pcall('HGET', KEYS[1], ARGV[1])
  if type(found) == 'table' then redis.call('DEL', KEYS[1]) found = false end
  if found then
    local fetched, til = string.match(found, '^1%.[%w_-]+%.(%d+)%.(%d+)%.')
    if fetched and tonumber(fetched) > tonumber(ARGV[2]) and tonumber(til) > tonumber(ARGV[3]) then
      return { 'found', found, turn }
    end
  end
end
local left = redis.call('PTTL', KEYS[3])
if left == -1 or left > tonumber(ARGV[5]) then redis.call('DEL', KEYS[3]) end
if redis.call('SET', KEYS[3], ARGV[4], 'NX', 'PX', ARGV[5]) then return { 'ask', '', turn } end
return { 'wait', '', turn }
`);

/** Keys as above. Values: field, answer or nothing, its life, turn when it was asked for, token, when it was fetched, skew. */
const SETTLE = redisScript(`
if redis.pcall('GET', KEYS[3]) == ARGV[5] then redis.call('DEL', KEYS[3]) end
if ARGV[2] == '' then return 0 end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[4] then return 0 end
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then redis.call('DEL', KEYS[1]) old = false end
if old then
  local fetched = tonumber(string.match(old, '^1%.[%w_-]+%.(%d+)%.') or '0')
  if fetched > tonumber(ARGV[6]) and fetched <= tonumber(ARGV[6]) + tonumber(ARGV[7]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
`);

/** A question this replica asks: what it saw when it began to. */
interface Claim {
  readonly token: string;
  readonly device: string;
  turn: string | undefined;
  /** How many in this replica ask it. */
  asking: number;
  /** Something was invalidated since. */
  crossed: boolean;
}

/**
 * Answers shared by Redis. What Redis holds is believed only if a replica sealed it for this question, if it may still be used, if
 * this replica has seen none that is newer, and if it is newer than the last invalidation of its device.
 */
export function createSharedAnswers(options: SharedAnswersOptions): AnswerStore {
  const { link, board, seal, prefix, entries, longestMs, now, onUnreadable } = options;
  const claims = new Map<string, Claim>();
  const newest = new LRUCache<string, number>({ max: entries });
  const invalidatedAt = new LRUCache<string, number>({ max: entries });
  const listeners = new Set<Parameters<AnswerStore['subscribe']>[0]>();

  const deviceOf = (tenant: string, id: DeviceId): string => `${id}${tenant}`;
  const keysOf = (device: string): DeviceKeys => {
    const name = seal.name(device);
    return { answers: `${prefix}:a:${name}`, turn: `${prefix}:t:${name}` };
  };
  const placeOf = (question: Question): { keys: readonly [string, string, string]; field: string } => {
    const { answers, turn } = keysOf(deviceOf(question.tenant, question.id));
    const lease = `${prefix}:l:${seal.name(questionKey(question))}`;
    return { keys: [answers, turn, lease], field: seal.name(questionForm(question)) };
  };

  const forget = (what: Parameters<Parameters<AnswerStore['subscribe']>[0]>[0]): void => {
    const device = what === 'everything' ? undefined : deviceOf(what.tenant, what.id);
    if (device !== undefined) invalidatedAt.set(device, now());
    for (const claim of claims.values())
      if (device === undefined || claim.device === device) claim.crossed = true;
    for (const listener of listeners) listener(what);
  };
  board.subscribe((notice) => {
    if (notice === 'everything') forget(notice);
    else if (notice.type === 'invalidated') forget(notice.device);
  });

  const read = <K extends QuestionKind>(
    question: Question<K>,
    sealed: string,
    newerThan: number,
  ): StoredAnswer<AnswerValues[K]> | undefined => {
    const key = questionKey(question);
    const opened = seal.open(`answer ${key}`, sealed);
    if (opened === undefined) {
      onUnreadable();
      return undefined;
    }
    const { text, from, until } = opened;
    const tooOld = Math.max(
      newerThan,
      board.since(),
      (newest.peek(key) ?? 0) - 1,
      invalidatedAt.peek(deviceOf(question.tenant, question.id)) ?? 0,
    );
    if (from <= tooOld || until <= now() || until - from > longestMs) return undefined;
    newest.set(key, from);
    // A replica sealed it as an answer to this question; absence has no `value`.
    const { value } = JSON.parse(text) as { readonly value: AnswerValues[K] };
    return { value, fetchedAt: from };
  };

  const leave = (key: string, claim: Claim): void => {
    claim.asking -= 1;
    if (claim.asking === 0) claims.delete(key);
  };

  return {
    async claim<K extends QuestionKind>(question: Question<K>, newerThan: number, signal: AbortSignal) {
      const key = questionKey(question);
      const known = claims.get(key);
      if (known !== undefined) {
        // Two questions may cross with what happened between them; the first one's turn is the one that counts.
        known.asking += 1;
        return 'ask';
      }
      if (!board.isHeard()) return 'ask';
      const { keys, field } = placeOf(question);
      const device = deviceOf(question.tenant, question.id);
      const claim: Claim = { token: randomUUID(), device, turn: undefined, asking: 1, crossed: false };
      claims.set(key, claim);
      const giveUpAt = now() + WAIT_MS;
      let look = 1;
      for (let looks = 0; ; looks += 1) {
        const reply = await link.run(CLAIM, keys, [
          field,
          Math.max(0, newerThan),
          now(),
          claim.token,
          LEASE_MS,
          look,
        ]);
        const [verdict, found, turn] =
          reply.ok && Array.isArray(reply.value) ? (reply.value as unknown[]) : [];
        if (typeof turn === 'string') claim.turn ??= turn;
        if (verdict === 'found' && typeof found === 'string') {
          const answer = board.isHeard() ? read(question, found, newerThan) : undefined;
          if (answer !== undefined) {
            leave(key, claim);
            return answer;
          }
          look = 0;
          continue;
        }
        if (verdict !== 'wait' || signal.aborted || now() >= giveUpAt) return 'ask';
        look = 1;
        await delay(LOOK_MS[Math.min(looks, LOOK_MS.length - 1)], undefined, { signal }).catch(
          () => undefined,
        );
      }
    },
    settle(question, answer) {
      const key = questionKey(question);
      const claim = claims.get(key);
      if (claim === undefined) return;
      leave(key, claim);
      const { turn, token, crossed } = claim;
      if (turn === undefined) return;
      const { keys, field } = placeOf(question);
      let sealed = '';
      let lifeMs = 0;
      let fetchedAt = 0;
      if (answer !== undefined && answer.lifetimeMs > 0 && !crossed) {
        ({ fetchedAt } = answer.stored);
        const until = fetchedAt + Math.min(answer.lifetimeMs, longestMs);
        lifeMs = Math.floor(until - now());
        const text = JSON.stringify({ value: answer.stored.value });
        if (lifeMs > 0 && text.length <= LARGEST_ANSWER) {
          sealed = seal.seal(`answer ${key}`, { text, from: fetchedAt, until });
          newest.set(key, Math.max(fetchedAt, newest.peek(key) ?? 0));
        }
      }
      void link.run(SETTLE, keys, [field, sealed, lifeMs, turn, token, fetchedAt, SKEW_MS]);
    },
    invalidate(tenant, id) {
      const device = { tenant, id };
      forget(device);
      board.post({ type: 'invalidated', device }, keysOf(deviceOf(tenant, id)));
    },
    subscribe(onInvalidated) {
      listeners.add(onInvalidated);
      return () => listeners.delete(onInvalidated);
    },
  };
}
