import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPacer } from '../../src/graph/pacer.ts';

const START = Date.UTC(2026, 10, 21);

describe('the pace', () => {
  test('is free up to the limit, and then waits for the oldest call to be long enough ago', async () => {
    const pacer = createPacer({ calls: 3, windowMs: 1_000 }, () => START);
    const latest = START + 60_000;
    expect(await pacer.reserve(START, latest)).toBe(START);
    expect(await pacer.reserve(START + 10, latest)).toBe(START + 10);
    expect(await pacer.reserve(START + 20, latest)).toBe(START + 20);
    expect(await pacer.reserve(START + 30, latest)).toBe(START + 1_000);
    expect(await pacer.reserve(START + 30, latest)).toBe(START + 1_010);
    expect(await pacer.reserve(START + 5_000, latest)).toBe(START + 5_000);
  });

  test('takes no turn that would come too late, so that others may have it', async () => {
    const pacer = createPacer({ calls: 1, windowMs: 1_000 }, () => START);
    await pacer.reserve(START, START + 60_000);
    expect(await pacer.reserve(START, START + 1_000)).toBe(START + 1_000);
    expect(await pacer.reserve(START, START + 1_001)).toBe(START + 1_000);
    expect(await pacer.reserve(START, START + 2_001)).toBe(START + 2_000);
  });

  test('starts over if the clock was set back', async () => {
    let clock = START;
    const pacer = createPacer({ calls: 1, windowMs: 1_000 }, () => clock);
    await pacer.reserve(clock, clock + 10);
    clock -= 3_600_000;
    expect(await pacer.reserve(clock, clock + 10)).toBe(clock);
  });

  test('holds in every span, whenever calls are made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 300 }), { minLength: 20, maxLength: 200 }), async (pauses) => {
        const [calls, windowMs] = [10, 1_000];
        let clock = START;
        const pacer = createPacer({ calls, windowMs }, () => clock);
        const turns: number[] = [];
        for (const pause of pauses) {
          clock += pause;
          const latest = clock + 3_000;
          const turn = await pacer.reserve(clock, latest);
          if (turn < latest) turns.push(turn);
        }
        turns.sort((a, b) => a - b);
        for (let index = calls; index < turns.length; index += 1) {
          expect((turns[index] ?? 0) - (turns[index - calls] ?? 0)).toBeGreaterThanOrEqual(windowMs);
        }
        expect(turns.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});
