import { randomUUID } from 'node:crypto';
import type { FollowLease } from '../answers/fleet/followLease.ts';
import type { RedisLink } from './redisLink.ts';
import { redisScript } from './redisScript.ts';

export interface SharedLeaseOptions {
  readonly link: Pick<RedisLink, 'run'>;
  /** Key of a tenant's lease. */
  readonly keyOf: (tenant: string) => string;
}

/** Key: who has the lease. Values: who asks, for how many milliseconds. Returns 1 for who has it now. */
const TAKE = redisScript(`
local holder = redis.pcall('GET', KEYS[1])
if type(holder) == 'table' then redis.call('DEL', KEYS[1]) holder = false end
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const RELEASE = redisScript(
  `
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
  true,
);

/**
 * Lets replicas page a tenant one after the other. While Redis cannot be asked, each goes its own way: the pace still holds, and a list
 * that nobody reads would help nobody.
 */
export function createSharedLease({ link, keyOf }: SharedLeaseOptions): FollowLease {
  const self = randomUUID();
  return {
    async take(tenant, holdMs) {
      const reply = await link.run(TAKE, [keyOf(tenant)], [self, Math.ceil(holdMs)]);
      return !reply.ok || reply.value !== 0;
    },
    async release(tenant) {
      await link.run(RELEASE, [keyOf(tenant)], [self]);
    },
  };
}
