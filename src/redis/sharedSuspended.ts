import { GateError } from '../errors.ts';
import type { SuspendedJourneys } from '../journeys/suspendedJourneys.ts';
import type { RedisLink, RedisReply } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import { SHARED_STATE_MS } from './sharedStateDeadline.ts';

/** Key: a journey. Values: what is kept, for how many milliseconds. */
const KEEP = redisScript(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const TAKE = redisScript(
  `
local kept = redis.pcall('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return type(kept) == 'string' and kept or false
`,
  true,
);

/**
 * Keeps suspended journeys where every replica finds them. They are sealed before they come here.
 *
 * @throws GateError `replicasUnavailable` from every method if Redis cannot be asked, or is full
 */
export function createSharedSuspended(options: {
  readonly link: Pick<RedisLink, 'run'>;
  /** Name of a key in Redis. */
  readonly keyOf: (key: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): SuspendedJourneys {
  const { link, keyOf, now } = options;
  return {
    async keep(id, sealed, expiresAt) {
      const lifetimeMs = Math.max(1, Math.ceil(expiresAt - now()));
      orThrow(await link.run(KEEP, [keyOf(id)], [sealed, lifetimeMs], SHARED_STATE_MS));
    },
    async take(id) {
      const kept = orThrow(await link.run(TAKE, [keyOf(id)], [], SHARED_STATE_MS));
      return typeof kept === 'string' ? kept : undefined;
    },
  };
}

function orThrow(reply: RedisReply): unknown {
  if (!reply.ok)
    throw new GateError('replicasUnavailable', `Redis cannot be asked for journeys: ${reply.code}`);
  return reply.value;
}
