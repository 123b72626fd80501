import { LRUCache } from 'lru-cache';
import type { SessionRecords } from './sessionRecords.ts';

const MOST_SESSIONS = 1_000_000;

/** Keeps records in the memory of this process. What a restart forgets: which sessions were ended, and when they were used. */
export function createMemorySessionRecords(now: () => number = Date.now): SessionRecords {
  const options = {
    maxSize: MOST_SESSIONS,
    sizeCalculation: () => 1,
    ttl: 1,
    perf: { now },
    ttlResolution: 0,
  };
  const revoked = new LRUCache<string, true>(options);
  const used = new LRUCache<string, number>(options);
  const until = (expiresAt: number) => ({ ttl: Math.max(1, Math.ceil(expiresAt - now())) });
  return {
    revoke(id, expiresAt) {
      revoked.set(id, true, until(expiresAt));
      used.delete(id);
      return Promise.resolve();
    },
    isRevoked: (id) => Promise.resolve(revoked.has(id)),
    touch(id, at, expiresAt) {
      used.set(id, at, until(expiresAt));
      return Promise.resolve();
    },
    lastUsed: (id) => Promise.resolve(used.get(id)),
  };
}
