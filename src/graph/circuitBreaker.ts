import { createRollingCount } from './rollingCount.ts';

/**
 * How a question ended: Microsoft answered, whatever it said; it could not; or nobody can tell, because the question was given up,
 * refused or throttled.
 */
export type CircuitOutcome = 'answered' | 'failed' | 'unclear';

export type CircuitState = 'closed' | 'open' | 'halfOpen';

/** Stops asking a service that cannot answer, and finds out by single questions when it can again. */
export interface CircuitBreaker {
  /** Lets a question through, or says in how many milliseconds the next one may come. */
  enter(): CircuitPass | { readonly closedForMs: number };
  readonly state: CircuitState;
  /** Back to the beginning. */
  reset(): void;
}

export interface CircuitPass {
  /** To be called once, when the question is over. */
  leave(outcome: CircuitOutcome): void;
}

export interface CircuitBreakerOptions {
  readonly now: () => number;
  readonly random: () => number;
  /** @param forMs how long it stays open, for `open` */
  readonly onChange: (state: CircuitState, forMs: number) => void;
}

const WINDOW_MS = 10_000;
/** Fewer say nothing about the service. */
const FEWEST_QUESTIONS = 20;
const FAILING_SHARE = 0.5;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 60_000;
/** While one question finds out, the others are told to come back in about this time. */
const PROBE_MS = 1_000;

/**
 * Opens when at least half of at least twenty questions of the last ten seconds failed. It stays open for five seconds, twice as long
 * each time in a row and a minute at most, give or take a fifth; then one question at a time finds out.
 */
export function createCircuitBreaker({ now, random, onChange }: CircuitBreakerOptions): CircuitBreaker {
  const answered = createRollingCount({ windowMs: WINDOW_MS, now });
  const failed = createRollingCount({ windowMs: WINDOW_MS, now });
  let state: CircuitState = 'closed';
  let openUntil = 0;
  let openings = 0;
  let probing = false;
  /** Questions that were let through before the last change say nothing about what came after it. */
  let era = 0;

  const change = (to: CircuitState, forMs = 0): void => {
    state = to;
    era += 1;
    probing = false;
    onChange(to, forMs);
  };
  const open = (): void => {
    const plannedMs = Math.min(FIRST_OPEN_MS * 2 ** openings, LONGEST_OPEN_MS);
    const forMs = Math.round(plannedMs * (0.8 + 0.4 * random()));
    openings += 1;
    openUntil = now() + forMs;
    answered.clear();
    failed.clear();
    change('open', forMs);
  };
  const close = (): void => {
    openings = 0;
    change('closed');
  };

  const note = (outcome: CircuitOutcome): void => {
    if (state === 'halfOpen') {
      probing = false;
      if (outcome === 'answered') close();
      else if (outcome === 'failed') open();
      return;
    }
    if (outcome === 'answered') answered.add();
    if (outcome !== 'failed') return;
    failed.add();
    const failures = failed.total();
    const questions = failures + answered.total();
    if (questions >= FEWEST_QUESTIONS && failures >= questions * FAILING_SHARE) open();
  };

  return {
    get state() {
      return state;
    },
    enter() {
      if (state === 'open') {
        const leftMs = openUntil - now();
        // Further away than it can be: the clock was set back.
        if (leftMs > 0 && leftMs <= LONGEST_OPEN_MS * 1.2) return { closedForMs: leftMs };
        change('halfOpen');
      }
      if (state === 'halfOpen') {
        if (probing) return { closedForMs: PROBE_MS };
        probing = true;
      }
      const entered = era;
      return {
        leave(outcome) {
          if (entered === era) note(outcome);
        },
      };
    },
    reset() {
      answered.clear();
      failed.clear();
      openings = 0;
      if (state !== 'closed') change('closed');
    },
  };
}
