import type { Soon } from '../node/soon.ts';

/**
 * Port: spreads the calls of one tenant so that Microsoft's limit is not reached. Where several replicas ask in the name of one
 * application, an implementation counts for all of them.
 */
export interface Pacer {
  /**
   * The earliest time from `earliest` on at which one more call may be made, milliseconds since 1970. It is taken if it is before
   * `latest`; otherwise nothing is taken. Told at once or soon; never rejects.
   */
  reserve(earliest: number, latest: number): Soon<number>;
}

export interface Pacing {
  /** Calls in any span of `windowMs`. */
  readonly calls: number;
  readonly windowMs: number;
}

/** Microsoft allows an application 2,000 device calls of a tenant in 20 seconds; the rest is for others with the same registration. */
export const DEFAULT_PACING: Pacing = { calls: 1_600, windowMs: 20_000 };

/**
 * Paces within this process. Exact over every span, not only from one full window to the next: a call has its turn when the one that
 * was `calls` before it is `windowMs` ago.
 */
export function createPacer({ calls, windowMs }: Pacing, now: () => number): Pacer {
  const turns = new Float64Array(calls);
  let next = 0;
  let newest = 0;
  return {
    reserve(earliest, latest) {
      // Nobody reserves so far ahead: the clock was set back, and the old turns mean nothing.
      if (newest > now() + FARTHEST_AHEAD_MS) turns.fill(0);
      const before = turns[next] ?? 0;
      const turn = before === 0 ? earliest : Math.max(earliest, before + windowMs);
      if (turn < latest) {
        turns[next] = turn;
        newest = turn;
        next = (next + 1) % calls;
      }
      return turn;
    },
  };
}

const FARTHEST_AHEAD_MS = 600_000;
