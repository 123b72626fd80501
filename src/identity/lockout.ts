import type { AttemptRule, AttemptStore } from './attemptStore.ts';
import { TurnstileFull } from './turnstile.ts';

/** Five failures within fifteen minutes lock for fifteen minutes. */
export const DEFAULT_ATTEMPT_RULE: AttemptRule = { failures: 5, windowMs: 900_000, lockMs: 900_000 };

/** What an attempt came to. `undecided` counts neither way: nothing was found out. */
export interface Attempted<T> {
  readonly result: 'passed' | 'failed' | 'undecided';
  readonly value: T;
}

export type Guarded<T> =
  { readonly is: 'tried'; readonly value: T } | { readonly is: 'lockedOut'; readonly retryAfterMs: number };

export interface Lockout {
  /**
   * Makes an attempt unless the subject is locked, and counts how it ended. Attempts on one subject run at once as long as all of them
   * could fail without going beyond the rule; others wait, so that guesses made in parallel win nothing.
   *
   * @throws whatever the attempt or the store of attempts throws, the reason of the signal if it aborts while waiting, and TurnstileFull
   *   if a thousand are waiting for the same subject
   */
  guard<T>(subject: string, attempt: () => Promise<Attempted<T>>, signal: AbortSignal): Promise<Guarded<T>>;
}

export interface LockoutOptions {
  readonly attempts: AttemptStore;
  readonly rule: AttemptRule;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MOST_WAITING = 1_000;

/** What this process is doing about one subject. */
interface Activity {
  /** Everybody who looks at this object; it is forgotten with the last one. */
  present: number;
  underWay: number;
  /** Grows with each attempt that ended, so that a status read before is known to be old. */
  ended: number;
  readonly line: Set<() => void>;
}

/** Guards within one process exactly; processes that share the store of attempts see each other's failures once they are counted. */
export function createLockout({ attempts, rule, now }: LockoutOptions): Lockout {
  const activities = new Map<string, Activity>();

  return {
    async guard(subject, attempt, signal) {
      const activity = activities.get(subject) ?? { present: 0, underWay: 0, ended: 0, line: new Set() };
      activities.set(subject, activity);
      activity.present += 1;
      try {
        const retryAfterMs = await enter(subject, activity, signal);
        if (retryAfterMs !== undefined) return { is: 'lockedOut', retryAfterMs };
        try {
          const { result, value } = await attempt();
          if (result === 'failed') await attempts.fail(subject, rule);
          else if (result === 'passed' && (await attempts.status(subject)).failures > 0) {
            await attempts.clear(subject);
          }
          return { is: 'tried', value };
        } finally {
          activity.underWay -= 1;
          activity.ended += 1;
        }
      } finally {
        wakeNext(activity);
        activity.present -= 1;
        if (activity.present === 0) activities.delete(subject);
      }
    },
  };

  /** Takes a place. Gives how long the subject stays locked instead, in milliseconds, if it is. */
  async function enter(
    subject: string,
    activity: Activity,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const { ended } = activity;
      const { failures, lockedUntil } = await attempts.status(subject);
      if (lockedUntil !== undefined) return Math.max(0, lockedUntil - now());
      // Counted under another rule, which locked later.
      if (failures >= rule.failures) return rule.lockMs;
      if (activity.ended !== ended) continue;
      if (activity.underWay < rule.failures - failures) {
        activity.underWay += 1;
        return undefined;
      }
      await waitInLine(activity, signal);
    }
  }
}

function waitInLine({ line }: Activity, signal: AbortSignal): Promise<void> {
  if (line.size >= MOST_WAITING) throw new TurnstileFull();
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = (): void => {
      line.delete(wake);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
    line.add(wake);
  });
}

/** One at a time: whoever wakes and leaves wakes the next. */
function wakeNext({ line }: Activity): void {
  const [next] = line;
  if (next === undefined) return;
  line.delete(next);
  next();
}
