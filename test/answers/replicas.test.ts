import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerKeeper } from '../../src/answers/answerKeeper.ts';
import { questionKey } from '../../src/answers/question.ts';
import { DEVICE_ID, failure, managedDevice, NOW } from '../support/fakeDirectory.ts';
import { createSharedAnswers } from '../support/sharedAnswers.ts';
import {
  after,
  asker,
  scriptedDirectory,
  testKeeper,
  type ScriptedDirectory,
} from '../support/testKeeper.ts';

/** Two replicas with a store between them, in front of one Microsoft. */
let microsoft: ScriptedDirectory;
let one: AnswerKeeper;
let two: AnswerKeeper;
let shared: ReturnType<typeof createSharedAnswers>['shared'];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  microsoft = scriptedDirectory(() => managedDevice());
  const answers = createSharedAnswers();
  ({ shared } = answers);
  one = testKeeper(microsoft, { store: answers.open() });
  two = testKeeper(microsoft, { store: answers.open() });
});
afterEach(() => {
  vi.useRealTimers();
});

const find = async (
  keeper: AnswerKeeper,
  changes: Parameters<typeof asker>[0] = {},
): Promise<Awaited<ReturnType<AnswerKeeper['findManagedDevice']>>> =>
  keeper.findManagedDevice(DEVICE_ID, asker(changes));
const KEY = questionKey({ tenant: 'default', kind: 'managedDevice', id: DEVICE_ID, wanted: 'none' });

describe('replicas', () => {
  test('use what another one has learnt, for as long as that one may', async () => {
    await find(one);
    vi.setSystemTime(NOW + 290_000);
    expect(await find(two)).toMatchObject({ source: 'cache', fetchedAt: NOW });
    expect(await find(two)).toMatchObject({ source: 'cache', fetchedAt: NOW });
    vi.setSystemTime(NOW + 300_000);
    expect(await find(two)).toMatchObject({ source: 'graph' });
  });

  test('ask one at a time', async () => {
    microsoft.delayMs = 100;
    const answers = await after(200, Promise.all([find(one), find(two), find(one), find(two)]));
    expect(microsoft.calls).toHaveLength(1);
    expect(answers.map((answer) => answer.ok && answer.source)).toEqual(['graph', 'cache', 'graph', 'cache']);
  });

  test('go on when the one that asks fails', async () => {
    microsoft.delayMs = 100;
    microsoft.says = () => failure('upstreamUnavailable');
    const first = find(one);
    const second = find(two);
    expect(await after(100, first)).toMatchObject({ ok: false });
    microsoft.says = () => managedDevice();
    expect(await after(200, second)).toMatchObject({ ok: true, source: 'graph' });
  });

  test('a recheck is no matter of what others know', async () => {
    await find(one);
    await vi.advanceTimersByTimeAsync(1);
    microsoft.says = () => managedDevice({ complianceState: 'noncompliant' });
    expect(await find(two, { recheck: true })).toMatchObject({ source: 'graph' });
  });

  test('neither is the limit of a node', async () => {
    await find(one);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await find(two, { maxAnswerAgeMs: 5_000 })).toMatchObject({ source: 'graph' });
  });

  test('who joins a question whose answer is too old for it asks again', async () => {
    await find(one);
    await vi.advanceTimersByTimeAsync(5_000);
    microsoft.delayMs = 50;
    const [content, demanding] = [find(two), find(two, { maxAnswerAgeMs: 1_000 })];
    expect(await content).toMatchObject({ source: 'cache', fetchedAt: NOW });
    expect(await after(50, demanding)).toMatchObject({ source: 'graph', fetchedAt: NOW + 5_050 });
  });

  test('hear at once of what one of them invalidates', async () => {
    await find(one);
    await find(two);
    one.invalidate(DEVICE_ID);
    expect(await find(two)).toMatchObject({ source: 'graph' });
  });

  test('remember an invalidation, should an older answer be brought back', async () => {
    await find(one);
    const old = shared.answers.get(KEY);
    await vi.advanceTimersByTimeAsync(1_000);
    two.invalidate(DEVICE_ID);
    if (old !== undefined) shared.answers.set(KEY, old);
    expect(await find(two)).toMatchObject({ source: 'graph', fetchedAt: NOW + 1_000 });
    expect(microsoft.calls).toHaveLength(2);
  });

  test('take no answer that is older than something worse they know, nor one from the future', async () => {
    const stored = { value: managedDevice(), fetchedAt: NOW - 1_000 };
    microsoft.says = () => managedDevice({ complianceState: 'noncompliant' });
    await find(two, { properties: 'all' });
    shared.answers.set(KEY, { stored, until: NOW + 1_000_000 });
    expect(await find(two)).toMatchObject({ source: 'graph', value: { complianceState: 'noncompliant' } });
    vi.setSystemTime(NOW + 60_000);
    shared.answers.set(KEY, { stored: { ...stored, fetchedAt: NOW + 70_000 }, until: NOW + 1_000_000 });
    expect(await find(two)).toMatchObject({ source: 'graph' });
  });

  test('forget everything when they may have missed something', async () => {
    await find(one);
    for (const listener of shared.listeners) listener('everything');
    shared.answers.clear();
    expect(await find(one)).toMatchObject({ source: 'graph' });
  });
});
