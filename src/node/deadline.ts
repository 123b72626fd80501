import { Ending, type EndSignal } from './ending.ts';
import type { Soon } from './soon.ts';

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
  readonly signal: EndSignal;
  /** How much of it is left, milliseconds; below zero when it has passed. */
  leftMs(): number;
  /**
   * Waits for the work, but no longer than the deadline, even if the work ignores the signal. What is known already is handed on at
   * once.
   *
   * @throws DeadlinePassed
   */
  bound<T>(work: Soon<T>): Soon<T>;
  /** Releases the timer and stops whatever still runs in its name. */
  end(): void;
}

/** Starts a deadline `durationMs` from now; it also ends when `caller` aborts. */
export function startDeadline(durationMs: number, now: () => number, caller?: EndSignal): Deadline {
  return new StartedDeadline(durationMs, now, caller);
}

/**
 * Most decisions are made from memory and never wait, so the timer runs from the first wait on, and the signal is made when somebody
 * asks for it. A class, because an object literal with a getter costs as much as the rest of such a decision.
 */
class StartedDeadline implements Deadline {
  readonly at: number;
  readonly #durationMs: number;
  readonly #now: () => number;
  readonly #caller: EndSignal | undefined;
  #watch: { readonly timer: NodeJS.Timeout; readonly pass: () => void } | undefined;
  #waiting: Set<(passed: DeadlinePassed) => void> | undefined;
  #ending: Ending | undefined;
  #isOver = false;

  constructor(durationMs: number, now: () => number, caller: EndSignal | undefined) {
    this.#durationMs = durationMs;
    this.#now = now;
    this.#caller = caller;
    this.at = now() + durationMs;
  }

  get signal(): EndSignal {
    this.#startWatch();
    this.#ending ??= new Ending();
    if (this.#isOver) this.#ending.abort();
    return this.#ending;
  }

  leftMs(): number {
    return this.at - this.#now();
  }

  bound<T>(work: Soon<T>): Soon<T> {
    return work instanceof Promise ? this.#waitFor(work) : work;
  }

  end(): void {
    if (this.#watch !== undefined) {
      clearTimeout(this.#watch.timer);
      this.#caller?.removeEventListener('abort', this.#watch.pass);
    }
    this.#pass();
  }

  async #waitFor<T>(work: Promise<T>): Promise<T> {
    this.#startWatch();
    const waiting = (this.#waiting ??= new Set());
    let leave: ((passed: DeadlinePassed) => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        leave = reject;
        waiting.add(reject);
        work.then(resolve, reject);
        if (this.#isOver) reject(new DeadlinePassed());
      });
    } finally {
      if (leave !== undefined) waiting.delete(leave);
    }
  }

  #startWatch(): void {
    if (this.#watch !== undefined || this.#isOver) return;
    const pass = (): void => this.#pass();
    // A clock that was set back meanwhile makes nothing longer.
    const leftMs = Math.min(Math.max(this.leftMs(), 0), this.#durationMs);
    this.#watch = { timer: setTimeout(pass, leftMs), pass };
    if (this.#caller?.aborted === true) pass();
    this.#caller?.addEventListener('abort', pass);
  }

  #pass(): void {
    this.#isOver = true;
    this.#ending?.abort();
    if (this.#waiting === undefined) return;
    for (const leave of this.#waiting) leave(new DeadlinePassed());
    this.#waiting.clear();
  }
}
