import { LRUCache } from 'lru-cache';
import type { Reason } from '../outcomes/reason.ts';
import type { SessionRecords } from './sessionRecords.ts';

const MOST_SESSIONS = 1_000_000;
const MOST_DEVICES = 200_000;

/** Keeps records in the memory of this process. What a restart forgets: which sessions were ended, when they were used, and which devices fell. */
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
  const notes = new LRUCache<string, Map<Reason, number>>({ max: MOST_DEVICES });
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
    noteDevice(deviceId, reason, at) {
      const noted = notes.get(deviceId) ?? new Map<Reason, number>();
      noted.set(reason, Math.max(at, noted.get(reason) ?? 0));
      notes.set(deviceId, noted);
      return Promise.resolve();
    },
    notedOf: (deviceId) =>
      Promise.resolve([...(notes.get(deviceId) ?? [])].map(([reason, at]) => ({ reason, at }))),
    lastUsed: (id) => Promise.resolve(used.get(id)),
  };
}
