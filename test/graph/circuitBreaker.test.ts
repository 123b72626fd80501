import { beforeEach, describe, expect, test } from 'vitest';
import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitOutcome,
  type CircuitState,
} from '../../src/graph/circuitBreaker.ts';

let clock: number;
let changes: [CircuitState, number][];
let breaker: CircuitBreaker;

beforeEach(() => {
  clock = Date.UTC(2026, 10, 21);
  changes = [];
  breaker = createCircuitBreaker({
    now: () => clock,
    random: () => 0.5,
    onChange: (state, forMs) => changes.push([state, forMs]),
  });
});

/** Sends questions one after the other; returns how many were let through. */
function ask(count: number, outcome: CircuitOutcome): number {
  let through = 0;
  for (let index = 0; index < count; index += 1) {
    const pass = breaker.enter();
    if ('closedForMs' in pass) continue;
    through += 1;
    pass.leave(outcome);
  }
  return through;
}

describe('the circuit', () => {
  test('opens at the twentieth question if all fail, and lets nobody through', () => {
    expect(ask(19, 'failed')).toBe(19);
    expect(breaker.state).toBe('closed');
    expect(ask(1, 'failed')).toBe(1);
    expect(breaker.state).toBe('open');
    expect(breaker.enter()).toEqual({ closedForMs: 5_000 });
  });

  test('opens when half of them fail, and not when less do', () => {
    ask(60, 'answered');
    expect(ask(59, 'failed')).toBe(59);
    expect(breaker.state).toBe('closed');
    ask(1, 'failed');
    expect(breaker.state).toBe('open');
  });

  test('looks at the last ten seconds only', () => {
    ask(19, 'failed');
    clock += 10_000;
    ask(19, 'failed');
    expect(breaker.state).toBe('closed');
  });

  test('takes what is unclear for nothing', () => {
    ask(1_000, 'unclear');
    expect(breaker.state).toBe('closed');
  });

  test('lets one question find out after five seconds, and closes with its answer', () => {
    ask(20, 'failed');
    clock += 4_999;
    expect(breaker.enter()).toEqual({ closedForMs: 1 });
    clock += 1;
    const probe = breaker.enter();
    expect(breaker.state).toBe('halfOpen');
    expect(breaker.enter()).toEqual({ closedForMs: 1_000 });
    if ('leave' in probe) probe.leave('answered');
    expect(breaker.state).toBe('closed');
    expect(ask(100, 'answered')).toBe(100);
    expect(changes).toEqual([
      ['open', 5_000],
      ['halfOpen', 0],
      ['closed', 0],
    ]);
  });

  test('stays open twice as long each time, a minute at most, and starts over once it was closed', () => {
    ask(20, 'failed');
    const spans: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const refused = breaker.enter();
      const spanMs = 'closedForMs' in refused ? refused.closedForMs : 0;
      spans.push(spanMs);
      clock += spanMs;
      ask(1, 'failed');
    }
    expect(spans).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    clock += 60_000;
    ask(1, 'answered');
    ask(20, 'failed');
    expect(breaker.enter()).toEqual({ closedForMs: 5_000 });
  });

  test('asks again at once if nobody can tell what came of the probe', () => {
    ask(20, 'failed');
    clock += 5_000;
    ask(1, 'unclear');
    expect(breaker.state).toBe('halfOpen');
    expect(ask(1, 'answered')).toBe(1);
    expect(breaker.state).toBe('closed');
  });

  test('does not listen to questions from before it opened', () => {
    const early = breaker.enter();
    ask(20, 'failed');
    clock += 5_000;
    const probe = breaker.enter();
    if ('leave' in early) early.leave('answered');
    expect(breaker.state).toBe('halfOpen');
    if ('leave' in probe) probe.leave('failed');
    expect(breaker.state).toBe('open');
  });

  test('does not stay open because the clock was set back', () => {
    ask(20, 'failed');
    clock -= 3_600_000;
    expect(ask(1, 'answered')).toBe(1);
    expect(breaker.state).toBe('closed');
  });

  test('can be reset', () => {
    ask(20, 'failed');
    breaker.reset();
    expect(ask(19, 'failed')).toBe(19);
    expect(breaker.state).toBe('closed');
  });
});
