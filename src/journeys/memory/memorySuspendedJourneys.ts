import { LRUCache } from 'lru-cache';
import type { SuspendedJourneys } from '../suspendedJourneys.ts';

/** Most bytes of sealed journeys; beyond it, the oldest are forgotten, and their links lead nowhere. */
const MOST_BYTES = 134_217_728;

/** Keeps suspended journeys in the memory of this process: a restart ends them. */
export function createMemorySuspendedJourneys(now: () => number = Date.now): SuspendedJourneys {
  const kept = new LRUCache<string, string>({
    maxSize: MOST_BYTES,
    sizeCalculation: (sealed) => sealed.length + 1,
    ttl: 1,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    keep(id, sealed, expiresAt) {
      kept.set(id, sealed, { ttl: Math.max(1, Math.ceil(expiresAt - now())) });
      return Promise.resolve();
    },
    take(id) {
      const sealed = kept.get(id);
      kept.delete(id);
      return Promise.resolve(sealed);
    },
  };
}
