import { LRUCache } from 'lru-cache';
import type { AttemptStore } from '../attemptStore.ts';

/** Most keys; beyond it, those that were counted longest ago are forgotten. */
const MOST_KEYS = 500_000;

/** Counts in the memory of this process. */
export function createMemoryAttemptStore(now: () => number = Date.now): AttemptStore {
  const counts = new LRUCache<string, number>({
    maxSize: MOST_KEYS,
    sizeCalculation: () => 1,
    ttl: 1,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    read: (key) => Promise.resolve(counts.get(key) ?? 0),
    increment(key, lifetimeMs) {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count, { ttl: Math.max(1, Math.ceil(lifetimeMs)) });
      return Promise.resolve(count);
    },
    clear(key) {
      counts.delete(key);
      return Promise.resolve();
    },
  };
}
