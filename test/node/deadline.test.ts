import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadlinePassed, startDeadline } from '../../src/node/deadline.ts';
import { abortSignalOf, Ending } from '../../src/node/ending.ts';
import type { Soon } from '../../src/node/soon.ts';

const START = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a wait ends in, whichever it is. */
const endOf = (work: Soon<never>): Promise<unknown> => Promise.resolve(work).catch((error: unknown) => error);
const never = (): Promise<never> => new Promise(() => undefined);

describe('a deadline', () => {
  test('needs no timer for what is known already', () => {
    const deadline = startDeadline(100, Date.now);
    expect(deadline.bound('known')).toBe('known');
    expect(vi.getTimerCount()).toBe(0);
    deadline.end();
  });

  test('ends a wait when its time is up, counted from its beginning', async () => {
    const deadline = startDeadline(100, Date.now);
    vi.setSystemTime(START + 60);
    const waiting = endOf(deadline.bound(never()));
    await vi.advanceTimersByTimeAsync(39);
    expect(deadline.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBeInstanceOf(DeadlinePassed);
    expect(deadline.signal.aborted).toBe(true);
  });

  test('is no longer for a clock that was set back', async () => {
    const deadline = startDeadline(100, Date.now);
    vi.setSystemTime(START - 3_600_000);
    const waiting = endOf(deadline.bound(never()));
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toBeInstanceOf(DeadlinePassed);
  });

  test('that has passed before anybody waits lets nobody wait', async () => {
    const deadline = startDeadline(100, Date.now);
    vi.setSystemTime(START + 500);
    const waiting = endOf(deadline.bound(never()));
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBeInstanceOf(DeadlinePassed);
  });

  test.each([
    ['before anybody waits', true],
    ['while somebody waits', false],
  ])('ends when the caller goes away %s', async (_when, before) => {
    const caller = new Ending();
    const deadline = startDeadline(100, Date.now, caller);
    if (before) caller.abort();
    const waiting = endOf(deadline.bound(never()));
    caller.abort();
    expect(await waiting).toBeInstanceOf(DeadlinePassed);
    expect(deadline.signal.aborted).toBe(true);
  });

  test('that is over leaves no timer behind, and ends what runs in its name', async () => {
    const deadline = startDeadline(100, Date.now);
    const { signal } = deadline;
    const waiting = endOf(deadline.bound(never()));
    deadline.end();
    expect(await waiting).toBeInstanceOf(DeadlinePassed);
    expect(signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(startDeadline(100, Date.now).signal.aborted).toBe(false);
  });
});

describe('an ending', () => {
  test('is told once to everybody who still listens', () => {
    const ending = new Ending();
    const [stays, leaves] = [vi.fn<() => void>(), vi.fn<() => void>()];
    ending.addEventListener('abort', stays);
    ending.addEventListener('abort', leaves);
    ending.removeEventListener('abort', leaves);
    ending.abort();
    ending.abort();
    expect(stays).toHaveBeenCalledTimes(1);
    expect(leaves).not.toHaveBeenCalled();
  });

  test('is an AbortSignal for those who need one', () => {
    const ending = new Ending();
    const signal = abortSignalOf(ending);
    expect(signal.aborted).toBe(false);
    ending.abort();
    expect(signal.aborted).toBe(true);
    expect(abortSignalOf(ending).aborted).toBe(true);
    expect(abortSignalOf(signal)).toBe(signal);
  });
});
