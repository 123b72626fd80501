import { describe, expect, test } from 'vitest';
import { createPolicyStateKeeper } from '../../src/answers/policyStateKeeper.ts';
import type { Lookup, LookupOptions } from '../../src/node/deviceDirectory.ts';
import type { FailedSetting } from '../../src/node/policyStates.ts';
import { DEVICE_ID, failure, NOW, OTHER_ID } from '../support/fakeDirectory.ts';

const SETTING: FailedSetting = { policy: 'p', setting: 's', state: 'nonCompliant' };

function keeper() {
  const state = { now: NOW, calls: 0, failing: false };
  const kept = createPolicyStateKeeper({
    source: {
      findFailedSettings: async (): Promise<Lookup<readonly FailedSetting[]>> => {
        state.calls += 1;
        await Promise.resolve();
        return state.failing
          ? failure('throttled')
          : { ok: true, value: [SETTING], source: 'graph', fetchedAt: state.now };
      },
    },
    freshMs: 30_000,
    flightMs: 1_000,
    entries: 1,
    now: () => state.now,
  });
  const find = (id = DEVICE_ID, changes: Partial<LookupOptions> = {}) =>
    kept.findFailedSettings(id, {
      signal: new AbortController().signal,
      deadline: state.now + 1_000,
      ...changes,
    });
  return { state, kept, find };
}

describe('policy states', () => {
  test('are remembered for a while', async () => {
    const { state, find } = keeper();
    expect(await find()).toMatchObject({ source: 'graph', value: [SETTING] });
    state.now += 29_999;
    expect(await find()).toMatchObject({ source: 'cache', fetchedAt: NOW, value: [SETTING] });
    expect(state.calls).toBe(1);
    state.now += 1;
    expect(await find()).toMatchObject({ source: 'graph' });
  });

  test('are asked for once for all who want to know', async () => {
    const { state, find } = keeper();
    await Promise.all([find(), find(), find()]);
    expect(state.calls).toBe(1);
  });

  test('are asked for again by who wants newer ones, and by whom they were forgotten for', async () => {
    const { state, kept, find } = keeper();
    await find();
    state.now += 1_000;
    await find(DEVICE_ID, { maxAnswerAgeMs: 1_000 });
    expect(state.calls).toBe(2);
    kept.invalidateAll();
    await find();
    expect(state.calls).toBe(3);
  });

  test('are not remembered if there are none, or too many', async () => {
    const { state, find } = keeper();
    state.failing = true;
    expect(await find()).toMatchObject({ reason: 'throttled' });
    state.failing = false;
    await find();
    await find(OTHER_ID);
    await find();
    expect(state.calls).toBe(4);
  });
});
