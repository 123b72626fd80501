import { describe, expect, test } from 'vitest';
import { createMemoryOperationStore } from '../../src/operations/memoryOperationStore.ts';
import { MOST_KEPT } from '../../src/operations/operationStore.ts';
import { pendingRecord, testOperationStore } from '../support/operationStoreContract.ts';

describe('in memory', () => {
  const store = createMemoryOperationStore({ now: Date.now });
  testOperationStore(() => [store, store], Date.now);

  test('nothing is forgotten before its time to make room', async () => {
    let now = 1_000_000;
    const full = createMemoryOperationStore({ now: () => now });
    for (let number = 0; number < MOST_KEPT; number += 1) {
      await full.add(pendingRecord(`request-${number}`, now));
    }
    expect(await full.add(pendingRecord('one more', now))).toBe('full');
    expect(await full.find(pendingRecord('request-0', now).id)).toBeDefined();
    now += 86_400_000;
    expect(await full.add(pendingRecord('one more', now))).toBe('added');
    expect(await full.list()).toHaveLength(1);
  });

  test('a change counts until it is as old as the window', async () => {
    let now = 1_000_000;
    const counted = createMemoryOperationStore({ now: () => now });
    expect(await counted.take('b', 1, 1_000)).toBe(0);
    now += 999;
    expect(await counted.take('b', 1, 1_000)).toBe(1);
    now += 1;
    expect(await counted.take('b', 1, 1_000)).toBe(0);
  });
});
