import { isDeepStrictEqual } from 'node:util';
import type { OperationRecord } from './operationRecord.ts';
import { KEPT_MS, MOST_KEPT, MOST_WAITING, type OperationStore } from './operationStore.ts';

/** Keeps requests in this process. They end with it, and with them what waits for approval. */
export function createMemoryOperationStore({ now }: { readonly now: () => number }): OperationStore {
  const records = new Map<string, OperationRecord>();
  /** Ids of those that were added to wait. */
  const waiting = new Set<string>();
  const taken = new Map<string, number[]>();

  // In the order in which they were added, so the oldest come first; each was kept for longer than it can be approved.
  const forgetOld = (): void => {
    for (const [id, { createdAt }] of records) {
      if (now() - createdAt < KEPT_MS) break;
      records.delete(id);
    }
  };

  const listWaiting = (): readonly OperationRecord[] => {
    const listed: OperationRecord[] = [];
    for (const id of waiting) {
      const record = records.get(id);
      if (record !== undefined && record.expiresAt > now()) listed.push(record);
      else waiting.delete(id);
    }
    return listed;
  };

  return {
    async add(record) {
      forgetOld();
      const known = records.get(record.id);
      if (known !== undefined) return known;
      const waits = record.state === 'pendingApproval';
      if (records.size >= MOST_KEPT || (waits && listWaiting().length >= MOST_WAITING)) return 'full';
      records.set(record.id, record);
      if (waits) waiting.add(record.id);
      return 'added';
    },
    async find(id) {
      forgetOld();
      return records.get(id);
    },
    async replace(before, after) {
      if (!isDeepStrictEqual(records.get(before.id), before)) return false;
      records.set(before.id, after);
      return true;
    },
    async list() {
      forgetOld();
      return listWaiting();
    },
    async take(bucket, most, windowMs, peek = false) {
      // A clock that was set back makes old entries lie ahead; they count all the same.
      const recent = (taken.get(bucket) ?? []).filter((at) => at > now() - windowMs);
      taken.set(bucket, recent);
      if (recent.length >= most) {
        const freeAt = recent.at(-most);
        return most === 0 || freeAt === undefined ? windowMs : Math.max(1, freeAt + windowMs - now());
      }
      if (!peek) recent.push(now());
      return 0;
    },
  };
}
