import { describe, expect, it } from 'vitest';
import { parseRetryAfter, retryDelay } from '../../src/graph/retryPolicy.ts';

const NOW = Date.parse('2026-03-02T21:18:00Z');

describe('parseRetryAfter', () => {
  it.each([
    ['2', 2_000],
    ['2.128', 2_128],
    ['0', 0],
    [' 10 ', 10_000],
    ['Mon, 02 Mar 2026 21:18:30 GMT', 30_000],
    ['Mon, 02 Mar 2026 21:17:00 GMT', 0],
    ['999999999999', 86_400_000],
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['5, 6', undefined],
  ])('%j', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

describe('retryDelay', () => {
  const situation = { retries: 0, retryAfterMs: undefined, now: 1_000, deadline: 10_000, random: () => 0.5 };

  it.each([
    ['backs off at random', {}, 150],
    ['in a window that doubles', { retries: 1 }, 300],
    ['and doubles again', { retries: 2 }, 600],
    ['gives up after three', { retries: 3 }, undefined],
    ['does exactly what Microsoft asks', { retryAfterMs: 2_128 }, 2_128],
    ['also if that is nothing', { retryAfterMs: 0 }, 0],
    ['never waits up to the deadline', { retryAfterMs: 9_000 }, undefined],
    ['waits until just before it', { retryAfterMs: 8_999 }, 8_999],
    ['never waits past it without a wish either', { deadline: 1_100 }, undefined],
  ])('%s', (_name, change, expected) => {
    expect(retryDelay({ ...situation, ...change })).toBe(expected);
  });
});
