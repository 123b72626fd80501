/** Thrown inside a decision when its time is up; never leaves the node. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  constructor() {
    super('the deadline of the decision has passed');
  }
}

/** One span of time that bounds everything done within it. */
export interface Deadline {
  /** On the injected clock, milliseconds since 1970. */
  readonly at: number;
  readonly signal: AbortSignal;
  /** Waits for the work, but no longer than the deadline, even if the work ignores the signal. @throws DeadlinePassed */
  bound<T>(work: Promise<T>): Promise<T>;
  /** Releases the timer and stops whatever still runs in its name. */
  end(): void;
}

/** Starts a deadline `durationMs` from now; it also ends when `caller` aborts. */
export function startDeadline(durationMs: number, now: () => number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const passed = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(new DeadlinePassed());
    });
  });
  // Nobody may be waiting when it passes.
  passed.catch(() => undefined);

  const abort = (): void => {
    controller.abort(new DeadlinePassed());
  };
  const timer = setTimeout(abort, durationMs);
  if (caller?.aborted === true) abort();
  caller?.addEventListener('abort', abort);

  return {
    at: now() + durationMs,
    signal: controller.signal,
    bound: (work) => Promise.race([work, passed]),
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
      abort();
    },
  };
}
