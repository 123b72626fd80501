import { LRUCache } from 'lru-cache';

/** Lets each device be asked about again once in a while. */
export interface RecheckLimit {
  /** Takes the chance if there is one. */
  take(key: string): boolean;
}

/**
 * @param options.intervalMs shortest time between two rechecks of one device
 * @param options.entries how many devices are kept in mind; beyond them, the one rechecked longest ago gets its chance early
 */
export function createRecheckLimit(options: {
  readonly intervalMs: number;
  readonly entries: number;
  readonly now: () => number;
}): RecheckLimit {
  const { intervalMs, entries, now } = options;
  const taken = new LRUCache<string, number>({ maxSize: entries, sizeCalculation: () => 1 });
  return {
    take(key) {
      const sinceMs = now() - (taken.peek(key) ?? Number.NEGATIVE_INFINITY);
      // A clock that was set back must not close the way for as long as it was wrong.
      if (sinceMs >= 0 && sinceMs < intervalMs) return false;
      taken.set(key, now());
      return true;
    },
  };
}
