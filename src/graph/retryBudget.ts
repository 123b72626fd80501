import { createRollingCount } from './rollingCount.ts';

/** Keeps retries from becoming most of the load, just when there is too much of it. */
export interface RetryBudget {
  noteRequest(): void;
  /** Takes a retry out of the budget, if there is one left. */
  take(): boolean;
  /** How many retries there are left. */
  left(): number;
  clear(): void;
}

const WINDOW_MS = 10_000;
/** Where there is little to do, each request may have its retries. */
const FREE_RETRIES = 20;
const SHARE = 0.2;

/** In ten seconds, twenty retries and one for every five requests. */
export function createRetryBudget({ now }: { readonly now: () => number }): RetryBudget {
  const requests = createRollingCount({ windowMs: WINDOW_MS, now });
  const retries = createRollingCount({ windowMs: WINDOW_MS, now });
  const left = (): number =>
    Math.max(0, Math.ceil(FREE_RETRIES + SHARE * requests.total() - retries.total()));
  return {
    left,
    noteRequest: () => requests.add(),
    take() {
      if (left() === 0) return false;
      retries.add();
      return true;
    },
    clear() {
      requests.clear();
      retries.clear();
    },
  };
}
