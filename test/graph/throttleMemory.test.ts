import { describe, expect, test } from 'vitest';
import { createRetryBudget } from '../../src/graph/retryBudget.ts';
import { createThrottleMemory } from '../../src/graph/throttleMemory.ts';

const START = Date.UTC(2026, 10, 21);

describe('the memory of being throttled', () => {
  test('keeps the later end', () => {
    let clock = START;
    const memory = createThrottleMemory({ now: () => clock });
    expect(memory.held()).toBeUndefined();
    memory.hold({ until: START + 2_000, reason: 'throttled' });
    memory.hold({ until: START + 1_000, reason: 'upstreamUnavailable' });
    expect(memory.held()).toEqual({ until: START + 2_000, reason: 'throttled' });
    clock += 1_999;
    expect(memory.held()).toBeDefined();
    clock += 1;
    expect(memory.held()).toBeUndefined();
  });

  test('never keeps anybody away for longer than five minutes, whatever was wished for or the clock does', () => {
    let clock = START;
    const memory = createThrottleMemory({ now: () => clock });
    memory.hold({ until: START + 86_400_000, reason: 'throttled' });
    expect(memory.held()?.until).toBe(START + 300_000);
    clock -= 3_600_000;
    expect(memory.held()).toBeUndefined();
  });

  test('can be cleared', () => {
    const memory = createThrottleMemory({ now: () => START });
    memory.hold({ until: START + 2_000, reason: 'throttled' });
    memory.clear();
    expect(memory.held()).toBeUndefined();
  });
});

describe('the budget of retries', () => {
  const takeAll = (budget: ReturnType<typeof createRetryBudget>): number => {
    let taken = 0;
    while (budget.take()) taken += 1;
    return taken;
  };

  test('is twenty, and one for every five requests', () => {
    const budget = createRetryBudget({ now: () => START });
    expect(takeAll(budget)).toBe(20);
    for (let count = 0; count < 100; count += 1) budget.noteRequest();
    expect(takeAll(budget)).toBe(20);
  });

  test('fills up again within ten seconds', () => {
    let clock = START;
    const budget = createRetryBudget({ now: () => clock });
    takeAll(budget);
    clock += 8_000;
    expect(takeAll(budget)).toBe(0);
    clock += 2_000;
    expect(takeAll(budget)).toBe(20);
    budget.clear();
    expect(takeAll(budget)).toBe(20);
  });
});
