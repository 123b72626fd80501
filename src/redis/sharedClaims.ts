import { GateError, type ErrorCode } from '../errors.ts';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';
import { SHARED_STATE_MS } from './sharedStateDeadline.ts';

/** What can be claimed once, by whichever replica comes first. */
export interface SharedClaims {
  /** @param until - when the key is worthless anyway, milliseconds since 1970 */
  claim(key: string, until: number): Promise<boolean>;
}

/** Key: what is claimed. Value: for how many milliseconds. Returns 1 for the first. */
const CLAIM = redisScript(`
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0
`);

/**
 * Remembers for all replicas what was used once. Who cannot ask Redis claims nothing: what was used at another replica would be good here
 * again.
 *
 * @throws GateError `code` from `claim` if Redis cannot be asked, or is full
 */
export function createSharedClaims(options: {
  readonly link: Pick<RedisLink, 'run'>;
  /** Name of a key in Redis. */
  readonly keyOf: (key: string) => string;
  readonly code: ErrorCode;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): SharedClaims {
  const { link, keyOf, code, now } = options;
  return {
    async claim(key, until) {
      const lifetimeMs = Math.max(1, Math.ceil(until - now()));
      const reply = await link.run(CLAIM, [keyOf(key)], [lifetimeMs], SHARED_STATE_MS);
      if (!reply.ok) throw new GateError(code, `Redis cannot be asked what was used: ${reply.code}`);
      return reply.value === 1;
    },
  };
}
