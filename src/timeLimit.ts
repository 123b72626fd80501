/** A signal that aborts after some time, or with others. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Releases the timer and the listeners. To be called when the work is done. */
  end(): void;
}

/**
 * Starts a limit of `ms` milliseconds. Unlike `AbortSignal.any([signal, AbortSignal.timeout(ms)])`, which a garbage collection can
 * make deaf in Node.js 20, it holds on to its timer.
 */
export function startTimeLimit(ms: number, caller?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const abort = (): void =>
    controller.abort(caller?.aborted === true ? caller.reason : new Error('time is up'));
  const timer = setTimeout(abort, ms);
  if (caller?.aborted === true) abort();
  caller?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}

/** Does some work within a time limit, of which it is told by the signal. */
export async function withinTimeLimit<T>(
  ms: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = startTimeLimit(ms, caller);
  try {
    return await work(limit.signal);
  } finally {
    limit.end();
  }
}
