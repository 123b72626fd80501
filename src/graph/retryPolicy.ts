/** Tries beside the first one. */
export const MAX_RETRIES = 3;
const BASE_DELAY_MS = 300;
/** Nobody means a longer pause than this; it also keeps the number in range. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * Reads a `Retry-After` header: seconds, also with a fraction as Graph sends them, or an HTTP date. Milliseconds; undefined if it is
 * absent or neither.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  if (/^\d{1,12}(?:\.\d{1,12})?$/.test(text)) return clamp(Math.ceil(Number(text) * 1000));
  // Date.parse takes nearly anything for a date, so the shape is checked first.
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : clamp(date - nowMs);
}

export interface RetrySituation {
  /** Retries already made, 0 after the first try. */
  readonly retries: number;
  /** What the answer asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly now: number;
  readonly deadline: number;
  readonly random: () => number;
}

/**
 * Pure: how long to wait before the next try, or undefined to give up: the tries are used up, or the wait would pass the deadline.
 * Microsoft's own wish is kept to the millisecond; without one the wait is random in a window that doubles (300, 600, 1200 ms).
 */
export function retryDelay({
  retries,
  retryAfterMs,
  now,
  deadline,
  random,
}: RetrySituation): number | undefined {
  if (retries >= MAX_RETRIES) return undefined;
  const delay = retryAfterMs ?? Math.floor(random() * BASE_DELAY_MS * 2 ** retries);
  return now + delay < deadline ? delay : undefined;
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}
