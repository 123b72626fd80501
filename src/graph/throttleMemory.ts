/** Why nobody asks, and until when, milliseconds since 1970. */
export interface Held {
  readonly until: number;
  /** `throttled`: too many requests. `upstreamUnavailable`: Microsoft is busy with itself and named a time. */
  readonly reason: 'throttled' | 'upstreamUnavailable';
}

/**
 * Port: remembers that Microsoft asked to be left alone, for everybody who asks in the name of one application. Neither method waits
 * for anybody: an implementation for several replicas tells them in the background.
 */
export interface ThrottleMemory {
  /** Undefined if nobody need hold off now. */
  held(): Held | undefined;
  /** A pause that ends before the present one changes nothing. */
  hold(held: Held): void;
  clear(): void;
}

/** After this time somebody asks again, whatever Microsoft said, or somebody on the way who has only this header to lock us out. */
export const LONGEST_HOLD_MS = 300_000;

/** Remembers within this process. */
export function createThrottleMemory({ now }: { readonly now: () => number }): ThrottleMemory {
  let latest: Held | undefined;
  return {
    held() {
      if (latest === undefined) return undefined;
      const leftMs = latest.until - now();
      // Further away than it can be: the clock was set back.
      if (leftMs <= 0 || leftMs > LONGEST_HOLD_MS) latest = undefined;
      return latest;
    },
    hold({ until, reason }) {
      const bounded = Math.min(until, now() + LONGEST_HOLD_MS);
      if (bounded > (latest?.until ?? now())) latest = { until: bounded, reason };
    },
    clear() {
      latest = undefined;
    },
  };
}
