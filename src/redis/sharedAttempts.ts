import { GateError } from '../errors.ts';
import type { AttemptStore } from '../journeys/attemptStore.ts';
import type { RedisLink, RedisReply } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import { SHARED_STATE_MS } from './sharedStateDeadline.ts';

/** Key: what is counted. Value: for how many milliseconds. What is no number counts as nought. */
const INCREMENT = redisScript(`
local known = redis.pcall('GET', KEYS[1])
local count = (type(known) == 'string' and tonumber(known) or 0) + 1
redis.call('SET', KEYS[1], string.format('%.0f', count), 'PX', ARGV[1])
return count
`);

const READ = redisScript(`
local known = redis.pcall('GET', KEYS[1])
return type(known) == 'string' and tonumber(known) or 0
`);

const CLEAR = redisScript(
  `
return redis.call('DEL', KEYS[1])
`,
  true,
);

/**
 * Counts attempts for all replicas. Who cannot ask Redis counts nothing and goes no further.
 *
 * @throws GateError `replicasUnavailable` from every method if Redis cannot be asked
 */
export function createSharedAttempts(options: {
  readonly link: Pick<RedisLink, 'run'>;
  /** Name of a key in Redis. */
  readonly keyOf: (key: string) => string;
}): AttemptStore {
  const { link, keyOf } = options;
  return {
    async read(key) {
      return Number(orThrow(await link.run(READ, [keyOf(key)], [], SHARED_STATE_MS)));
    },
    async increment(key, lifetimeMs) {
      const values = [Math.max(1, Math.ceil(lifetimeMs))];
      return Number(orThrow(await link.run(INCREMENT, [keyOf(key)], values, SHARED_STATE_MS)));
    },
    async clear(key) {
      orThrow(await link.run(CLEAR, [keyOf(key)], [], SHARED_STATE_MS));
    },
  };
}

function orThrow(reply: RedisReply): unknown {
  if (!reply.ok)
    throw new GateError('replicasUnavailable', `Redis cannot be asked for attempts: ${reply.code}`);
  return reply.value;
}
