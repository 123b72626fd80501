import { randomInt } from 'node:crypto';

const MOST = 64;

/** How long something took lately, in milliseconds. */
export interface RecentDurations {
  add(ms: number): void;
  /** One of them, by chance; 0 before there is any. */
  pick(): number;
}

export function createRecentDurations(): RecentDurations {
  const durations: number[] = [];
  let next = 0;
  return {
    add(ms) {
      durations[next] = ms;
      next = (next + 1) % MOST;
    },
    pick: () => (durations.length === 0 ? 0 : (durations[randomInt(durations.length)] ?? 0)),
  };
}
