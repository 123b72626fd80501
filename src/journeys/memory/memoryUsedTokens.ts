import { LRUCache } from 'lru-cache';
import type { UsedTokens } from '../usedTokens.ts';

/** Most tokens; beyond it, those that were used first are forgotten. */
const MOST_TOKENS = 1_000_000;

/** Remembers used tokens in the memory of this process. */
export function createMemoryUsedTokens(now: () => number = Date.now): UsedTokens {
  const used = new LRUCache<string, true>({
    maxSize: MOST_TOKENS,
    sizeCalculation: () => 1,
    ttl: 1,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    claim(id, expiresAt) {
      const isFirst = !used.has(id);
      if (isFirst) used.set(id, true, { ttl: Math.max(1, Math.ceil(expiresAt - now())) });
      return Promise.resolve(isFirst);
    },
  };
}
