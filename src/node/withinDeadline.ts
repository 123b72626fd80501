import type { LookupOptions } from './deviceDirectory.ts';
import { Ending, type EndSignal } from './ending.ts';

const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Runs something under a signal that aborts when the caller's signal does or the deadline passes, whichever comes first. What runs
 * must settle soon after the abort.
 *
 * @param alsoEndedBy a second signal with the same effect
 */
export async function withinDeadline<T>(
  { signal, deadline }: Pick<LookupOptions, 'signal' | 'deadline'>,
  now: () => number,
  run: (signal: EndSignal) => Promise<T>,
  alsoEndedBy?: EndSignal,
): Promise<T> {
  const scope = new Ending();
  const end = (): void => scope.abort();
  const leftMs = deadline - now();
  if (signal.aborted || alsoEndedBy?.aborted || !(leftMs > 0)) end();
  signal.addEventListener('abort', end);
  alsoEndedBy?.addEventListener('abort', end);
  const timer = setTimeout(end, Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS));
  try {
    return await run(scope);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    alsoEndedBy?.removeEventListener('abort', end);
  }
}

/** Waits for a promise that never rejects, but no longer than the signal allows. Leaving does not disturb the promise. */
export function untilAborted<T>(promise: Promise<T>, signal: EndSignal, orElse: () => T): Promise<T> {
  if (signal.aborted) return Promise.resolve(orElse());
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(orElse());
    const arrive =
      <A>(settle: (what: A) => void) =>
      (what: A): void => {
        signal.removeEventListener('abort', leave);
        settle(what);
      };
    signal.addEventListener('abort', leave);
    promise.then(arrive(resolve), arrive(reject));
  });
}
