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
  /** How much of it is left, milliseconds; below zero when it has passed. */
  leftMs(): number;
  /** Waits for the work, but no longer than the deadline, even if the work ignores the signal. @throws DeadlinePassed */
  bound<T>(work: Promise<T>): Promise<T>;
  /** Releases the timer and stops whatever still runs in its name. */
  end(): void;
}

/** Nobody reads why a signal ended; an error with a stack for every decision would cost more than the rest of it. */
const OVER = 'the decision is over';
/** Says when a caller goes away: what of an AbortSignal a deadline needs. */
export interface CallerSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Starts a deadline `durationMs` from now; it also ends when `caller` aborts. The signal is made when somebody asks for it: most
 * decisions are made from memory, and it would be half of their cost.
 */
export function startDeadline(durationMs: number, now: () => number, caller?: CallerSignal): Deadline {
  const waiting = new Set<(passed: DeadlinePassed) => void>();
  let controller: AbortController | undefined;
  let isOver = false;

  const pass = (): void => {
    isOver = true;
    controller?.abort(OVER);
    for (const leave of waiting) leave(new DeadlinePassed());
    waiting.clear();
  };
  const timer = setTimeout(pass, durationMs);
  if (caller?.aborted === true) pass();
  caller?.addEventListener('abort', pass);

  const at = now() + durationMs;
  return {
    at,
    get signal() {
      controller ??= new AbortController();
      if (isOver) controller.abort(OVER);
      return controller.signal;
    },
    leftMs: () => at - now(),
    async bound(work) {
      let leave: ((passed: DeadlinePassed) => void) | undefined;
      try {
        return await new Promise((resolve, reject) => {
          leave = reject;
          waiting.add(reject);
          work.then(resolve, reject);
          if (isOver) reject(new DeadlinePassed());
        });
      } finally {
        if (leave !== undefined) waiting.delete(leave);
      }
    },
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', pass);
      pass();
    },
  };
}
