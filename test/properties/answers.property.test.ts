import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freshMs } from '../../src/answers/answerLifetimes.ts';
import type { DeviceLookupOptions, Lookup } from '../../src/node/deviceDirectory.ts';
import type { DeviceId } from '../../src/node/deviceId.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import {
  DEVICE_ID,
  ENTRA_ID,
  failure,
  guid,
  managedDevice,
  NOW,
  OTHER_ID,
} from '../support/fakeDirectory.ts';
import { countedAssertAsync } from './countedAssert.ts';
import { asker, LIFETIMES, scriptedDirectory, testKeeper } from '../support/testKeeper.ts';

const OTHER_ENTRA_ID = guid('e0000002-0000-4000-8000-000000000002');
const DEVICES = [
  { id: DEVICE_ID, azureADDeviceId: ENTRA_ID },
  { id: OTHER_ID, azureADDeviceId: OTHER_ENTRA_ID },
] as const;

type Truth = 'compliant' | 'noncompliant' | 'absent';

const device = fc.nat({ max: 1 });
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('truth'),
      device,
      truth: fc.constantFrom('compliant', 'noncompliant', 'absent'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mode'),
      mode: fc.constantFrom('well', 'well', 'outage', 'refuses'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('clock'),
      ms: fc.constantFrom(0, 1, 60, 500, 5_000, 16_000, 31_000, 250_000, 290_000, 600_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clockBack'), ms: fc.constantFrom(1, 1_000, 400_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('invalidate'),
      device,
      by: fc.constantFrom('id', 'azureADDeviceId'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delay'),
      looksEarly: fc.boolean(),
      ms: fc.constantFrom(0, 0, 50, 300),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      device,
      by: fc.constantFrom('id', 'azureADDeviceId'),
      properties: fc.constantFrom('none', 'all'),
      recheck: fc.boolean(),
      maxAnswerAgeMs: fc.constantFrom(undefined, undefined, 0, 20_000, 400_000),
      leavesAfterMs: fc.constantFrom(undefined, undefined, undefined, 30),
    }),
  },
);

interface Asked {
  readonly device: number;
  readonly by: 'id' | 'azureADDeviceId';
  readonly maxAnswerAgeMs: number | undefined;
  readonly leaves: boolean;
  /** Numbers of the last words of Microsoft that no longer counted when it was asked, and that were bad. */
  readonly invalidatedBefore: number;
  readonly worstBefore: number;
}

const indexOf = (call: string): number =>
  DEVICES.findIndex(({ id, azureADDeviceId }) => call.endsWith(id) || call.endsWith(azureADDeviceId));

/** Runs a history; throws at the first answer that should not have been given. */
async function live(actions: readonly Record<string, unknown>[]): Promise<void> {
  const truths: Truth[] = ['compliant', 'compliant'];
  let mode = 'well';
  /** Each word of Microsoft has a number, which its device carries as serial number. */
  let told = 0;
  let outageSeen = false;
  const worst = [0, 0];
  const invalidated = [0, 0];
  const tell = (index: number): ManagedDevice | undefined => {
    told += 1;
    const ids = DEVICES[index];
    return truths[index] === 'absent' || ids === undefined
      ? undefined
      : managedDevice({ ...ids, complianceState: truths[index] ?? '', serialNumber: String(told) });
  };
  const microsoft = scriptedDirectory((call) => {
    if (mode === 'outage') {
      outageSeen = true;
      return failure('upstreamUnavailable');
    }
    if (mode === 'refuses') return failure('permissionMissing');
    const found = tell(indexOf(call));
    return call.startsWith('intune') ? found : found === undefined ? [] : [found];
  });
  microsoft.onArrival = (said, call) => {
    const found = Array.isArray(said) ? (said[0] as ManagedDevice | undefined) : (said as ManagedDevice);
    if (found === undefined && !microsoft.looksEarly) worst[indexOf(call)] = told;
    else if (found?.complianceState === 'noncompliant') {
      const index = DEVICES.findIndex(({ id }) => id === found.id);
      worst[index] = Math.max(worst[index] ?? 0, Number(found.serialNumber));
    }
  };
  const keeper = testKeeper(microsoft);
  const pending: Promise<void>[] = [];

  const check = (asked: Asked, answer: Lookup<ManagedDevice | undefined>, at: number): void => {
    if (!answer.ok) return;
    const { value, source, fetchedAt } = answer;
    const ids = DEVICES[asked.device];
    const ageMs = at - fetchedAt;
    if (value !== undefined && value.id !== ids?.id) throw new Error('an answer about another device');
    if (source !== 'graph') {
      const limitMs = Math.min(
        source === 'cache' ? freshMs('managedDevice', value, LIFETIMES) : LIFETIMES.staleMs,
        asked.maxAnswerAgeMs ?? Infinity,
      );
      if (ageMs < 0 || ageMs >= limitMs) throw new Error(`an answer of ${ageMs} ms from ${source}`);
      if (source === 'staleCache' && (value === undefined || !(outageSeen || asked.leaves)))
        throw new Error('stale without need');
      const number = Number(value?.serialNumber ?? Infinity);
      if (number <= asked.invalidatedBefore) throw new Error('an answer that was invalidated');
      if (value?.complianceState === 'compliant' && number < asked.worstBefore)
        throw new Error('compliant after something worse was known');
    }
  };

  for (const one of actions) {
    const index = Number(one['device']);
    switch (one['do']) {
      case 'truth':
        truths[index] = one['truth'] as Truth;
        break;
      case 'mode':
        mode = String(one['mode']);
        break;
      case 'delay':
        microsoft.delayMs = Number(one['ms']);
        microsoft.looksEarly = one['looksEarly'] === true;
        break;
      case 'clock':
        await vi.advanceTimersByTimeAsync(Number(one['ms']));
        break;
      case 'clockBack':
        vi.setSystemTime(Date.now() - Number(one['ms']));
        break;
      case 'invalidate':
        invalidated[index] = told;
        keeper.invalidate(DEVICES[index]?.[one['by'] as 'id'] ?? DEVICE_ID);
        break;
      case 'ask': {
        const by = one['by'] as Asked['by'];
        const asked: Asked = {
          device: index,
          by,
          maxAnswerAgeMs: one['maxAnswerAgeMs'] as number | undefined,
          leaves: one['leavesAfterMs'] !== undefined,
          invalidatedBefore: invalidated[index] ?? 0,
          worstBefore: worst[index] ?? 0,
        };
        const leaving = new AbortController();
        if (one['leavesAfterMs'] !== undefined)
          setTimeout(() => leaving.abort(), Number(one['leavesAfterMs']));
        const options = asker({
          signal: leaving.signal,
          properties: one['properties'] as 'all',
          recheck: one['recheck'] === true,
          ...(asked.maxAnswerAgeMs === undefined ? {} : { maxAnswerAgeMs: asked.maxAnswerAgeMs }),
        });
        const ask = async (): Promise<void> =>
          check(asked, await find(keeper, index, by, options), Date.now());
        pending.push(ask());
        await vi.advanceTimersByTimeAsync(0);
        break;
      }
    }
  }
  await vi.advanceTimersByTimeAsync(20_000);
  await Promise.all(pending);
}

async function find(
  keeper: ReturnType<typeof testKeeper>,
  index: number,
  by: Asked['by'],
  options: DeviceLookupOptions,
): Promise<Lookup<ManagedDevice | undefined>> {
  const id: DeviceId = DEVICES[index]?.[by] ?? DEVICE_ID;
  if (by === 'id') return keeper.findManagedDevice(id, options);
  const found = await keeper.findManagedDevicesByEntraId(id, options);
  return found.ok ? { ...found, value: found.value[0] } : found;
}

describe('whatever happens in whatever order', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('no answer is too old, about another device, invalidated, or Compliant after something worse was known', async () => {
    expect(await countedAssertAsync(400, fc.array(action, { minLength: 5, maxLength: 60 }), live)).toBe(400);
  });
});
