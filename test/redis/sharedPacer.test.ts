import { expect, test } from 'vitest';
import { createSharedPacer } from '../../src/redis/sharedPacer.ts';
import type { RedisReply } from '../../src/redis/redisLink.ts';

const PACING = { calls: 10, windowMs: 1_000 };

function pacerOver(run: () => Promise<RedisReply>): ReturnType<typeof createSharedPacer> {
  return createSharedPacer({ pacing: PACING, replicas: 2, link: { run }, key: 'k', now: () => 5_000 });
}

test('while Redis cannot be asked, a replica keeps to its share', async () => {
  const pacer = pacerOver(() => Promise.resolve({ ok: false, code: 'away' }));
  const turns = await Promise.all(Array.from({ length: 6 }, async () => pacer.reserve(5_000, 9_000)));
  expect(turns).toEqual([5_000, 5_000, 5_000, 5_000, 5_000, 6_000]);
});

test('whatever Redis says, no replica makes more calls than all may', async () => {
  const pacer = pacerOver(() => Promise.resolve({ ok: true, value: ['0', 1_000] }));
  const turns = await Promise.all(Array.from({ length: 11 }, async () => pacer.reserve(5_000, 9_000)));
  expect(turns.filter((at) => at === 5_000)).toHaveLength(10);
  expect(turns.at(-1)).toBe(6_000);
});

test('all who wait at once are asked for together, and nothing is taken past the deadline', async () => {
  let asked = 0;
  const pacer = pacerOver(() => {
    asked += 1;
    return Promise.resolve({ ok: true, value: ['4000', 0] });
  });
  const turns = await Promise.all(Array.from({ length: 5 }, async () => pacer.reserve(5_000, 9_000)));
  expect(turns.every((at) => at >= 9_000)).toBe(true);
  expect(asked).toBeLessThanOrEqual(2);
});
