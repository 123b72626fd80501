import type { LookupOptions } from './deviceDirectory.ts';

const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Runs something under a signal that aborts when the caller's signal does or the deadline passes, whichever comes first. What runs
 * must settle soon after the abort.
 *
 * @param alsoEndedBy a second signal with the same effect
 */
export async function withinDeadline<T>(
  options: LookupOptions,
  now: () => number,
  run: (signal: AbortSignal) => Promise<T>,
  alsoEndedBy?: AbortSignal,
): Promise<T> {
  const scope = new AbortController();
  const end = (): void => scope.abort();
  const leftMs = options.deadline - now();
  if (options.signal.aborted || alsoEndedBy?.aborted || !(leftMs > 0)) end();
  options.signal.addEventListener('abort', end, { once: true });
  alsoEndedBy?.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS));
  try {
    return await run(scope.signal);
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', end);
    alsoEndedBy?.removeEventListener('abort', end);
  }
}

/** Waits for a promise that never rejects, but no longer than the signal allows. Leaving does not disturb the promise. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, orElse: () => T): Promise<T> {
  let leave: (() => void) | undefined;
  const left = new Promise<T>((resolve) => {
    leave = () => resolve(orElse());
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([left, promise]);
  } finally {
    if (leave) signal.removeEventListener('abort', leave);
  }
}
