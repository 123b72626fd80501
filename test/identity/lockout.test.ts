import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { AttemptStore } from '../../src/identity/attemptStore.ts';
import { createLockout, type Guarded, type Lockout } from '../../src/identity/lockout.ts';

const RULE = { failures: 3, windowMs: 1_000, lockMs: 5_000 };

/** Answers late, as a file does, so that attempts overlap. */
function slowAttempts(): AttemptStore & { failures: Map<string, number> } {
  const failures = new Map<string, number>();
  const status = (subject: string) => {
    const count = failures.get(subject) ?? 0;
    return { failures: count, lockedUntil: count >= RULE.failures ? 5_000 : undefined };
  };
  return {
    failures,
    async status(subject) {
      const read = status(subject);
      await sleep(Math.random() * 4);
      return read;
    },
    async fail(subject) {
      await sleep(Math.random() * 4);
      failures.set(subject, (failures.get(subject) ?? 0) + 1);
      await sleep(Math.random() * 4);
      return status(subject);
    },
    async clear(subject) {
      await sleep(1);
      failures.delete(subject);
    },
  };
}

const SIGNAL = (): AbortSignal => new AbortController().signal;

function attempt(
  lockout: Lockout,
  result: 'passed' | 'failed' | 'undecided',
  counts?: { now: number; most: number; all: number },
  signal = SIGNAL(),
): Promise<Guarded<string>> {
  return lockout.guard(
    'subject',
    async () => {
      if (counts !== undefined) {
        counts.now += 1;
        counts.all += 1;
        counts.most = Math.max(counts.most, counts.now);
      }
      await sleep(Math.random() * 6);
      if (counts !== undefined) counts.now -= 1;
      return { result, value: result };
    },
    signal,
  );
}

describe('a lock-out', () => {
  test('lets through exactly as many failures as the rule says, however many come at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const lockout = createLockout({ attempts: slowAttempts(), rule: RULE, now: () => 0 });
      const counts = { now: 0, most: 0, all: 0 };
      const guarded = await Promise.all(Array.from({ length: 15 }, () => attempt(lockout, 'failed', counts)));
      expect(guarded.filter(({ is }) => is === 'tried')).toHaveLength(3);
      expect(guarded.filter(({ is }) => is === 'lockedOut')).toHaveLength(12);
      expect(counts.all).toBe(3);
    }
  });

  test('never has more under way than could still fail, and lets every success through', async () => {
    const lockout = createLockout({ attempts: slowAttempts(), rule: RULE, now: () => 0 });
    const counts = { now: 0, most: 0, all: 0 };
    const guarded = await Promise.all(Array.from({ length: 60 }, () => attempt(lockout, 'passed', counts)));
    expect(guarded.filter(({ is }) => is === 'tried')).toHaveLength(60);
    expect(counts.most).toBe(3);
  });

  test('forgets failures with a success; what is undecided counts neither way', async () => {
    const attempts = slowAttempts();
    const lockout = createLockout({ attempts, rule: RULE, now: () => 0 });
    await attempt(lockout, 'failed');
    await attempt(lockout, 'failed');
    await attempt(lockout, 'undecided');
    expect(attempts.failures.get('subject')).toBe(2);
    await attempt(lockout, 'passed');
    expect(attempts.failures.get('subject')).toBeUndefined();
  });

  test('says how long the lock lasts', async () => {
    const lockout = createLockout({ attempts: slowAttempts(), rule: RULE, now: () => 2_000 });
    for (let failure = 0; failure < 3; failure += 1) await attempt(lockout, 'failed');
    expect(await attempt(lockout, 'passed')).toEqual({ is: 'lockedOut', retryAfterMs: 3_000 });
  });

  test('failures counted under a rule that locked later lock too', async () => {
    const attempts: AttemptStore = {
      ...slowAttempts(),
      status: () => Promise.resolve({ failures: 9, lockedUntil: undefined }),
    };
    const lockout = createLockout({ attempts, rule: RULE, now: () => 0 });
    expect(await attempt(lockout, 'passed')).toEqual({ is: 'lockedOut', retryAfterMs: 5_000 });
  });

  test('an attempt that throws counts neither way and keeps no place', async () => {
    const attempts = slowAttempts();
    const lockout = createLockout({ attempts, rule: RULE, now: () => 0 });
    const throwing = Array.from({ length: 10 }, () =>
      lockout.guard('subject', () => Promise.reject(new RangeError('no')), SIGNAL()),
    );
    const settled = await Promise.allSettled(throwing);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await attempt(lockout, 'passed')).toEqual({ is: 'tried', value: 'passed' });
    expect(attempts.failures.size).toBe(0);
  });

  test('who gives up while waiting leaves, and those behind get their turn', async () => {
    const lockout = createLockout({ attempts: slowAttempts(), rule: { ...RULE, failures: 1 }, now: () => 0 });
    const giveUp = new AbortController();
    const first = lockout.guard(
      'subject',
      async () => {
        await sleep(40);
        giveUp.abort();
        await sleep(10);
        return { result: 'passed', value: 'first' };
      },
      SIGNAL(),
    );
    await sleep(10);
    const second = attempt(lockout, 'passed', undefined, giveUp.signal);
    const third = attempt(lockout, 'passed');
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    expect(await first).toEqual({ is: 'tried', value: 'first' });
    expect(await third).toEqual({ is: 'tried', value: 'passed' });
  });
});
