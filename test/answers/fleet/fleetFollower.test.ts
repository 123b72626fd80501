import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerKeeper } from '../../../src/answers/answerKeeper.ts';
import type { Bookmark } from '../../../src/answers/fleet/bookmark.ts';
import {
  createFleetFollower,
  type FleetFollower,
  type FleetFollowerOptions,
} from '../../../src/answers/fleet/fleetFollower.ts';
import { ONLY_REPLICA } from '../../../src/answers/fleet/followLease.ts';
import type { FollowerEvent } from '../../../src/answers/fleet/followerEvent.ts';
import { failure, managedDevice, NOW } from '../../support/fakeDirectory.ts';
import { asker, scriptedDirectory, testKeeper, type ScriptedDirectory } from '../../support/testKeeper.ts';
import { entraId, fakeList, fleet, intuneId, type FakeList } from './fakeList.ts';

const MINUTE = 60_000;
let directory: ScriptedDirectory;
let keeper: AnswerKeeper;
let list: FakeList;
let events: FollowerEvent[];
let follower: FleetFollower;
let saved: Bookmark | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  directory = scriptedDirectory(() => undefined);
  keeper = testKeeper(directory);
  list = fakeList(fleet(10), 4);
  events = [];
  saved = undefined;
});
afterEach(async () => {
  await follower.stop();
  vi.useRealTimers();
});

function open(changes: Partial<FleetFollowerOptions> = {}, entries?: number): FleetFollower {
  if (entries !== undefined) keeper = testKeeper(directory, { entries });
  follower = createFleetFollower({
    tenant: 'default',
    list,
    properties: 'none',
    intake: keeper.createIntake([{ wanted: 'none', byEntraId: true }]),
    everyMs: MINUTE,
    overlapMs: 5 * MINUTE,
    allEveryMs: 60 * MINUTE,
    lease: ONLY_REPLICA,
    bookmarks: {
      read: () => Promise.resolve(saved),
      write: (bookmark) => {
        saved = bookmark;
        return Promise.resolve();
      },
    },
    now: Date.now,
    random: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const leave = (): void => reject(new Error('ended'));
        setTimeout(() => {
          signal.removeEventListener('abort', leave);
          resolve();
        }, ms);
        signal.addEventListener('abort', leave);
      }),
    onEvent: (event) => events.push(event),
    ...changes,
  });
  follower.start();
  return follower;
}

/** Lets the clock run, and what waits for nothing else. */
async function pass(ms: number): Promise<void> {
  await settle();
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

async function settle(): Promise<void> {
  for (let round = 0; round < 30; round += 1) await new Promise(setImmediate);
}

const byIntuneId = (number: number) => keeper.findManagedDevice(intuneId(number), asker());
const byEntraId = (number: number) => keeper.findManagedDevicesByEntraId(entraId(number), asker());
const told = (type: FollowerEvent['type']): FollowerEvent[] => events.filter((event) => event.type === type);

describe('a pass through all devices', () => {
  test('answers by both ids, with the age of the page', async () => {
    open();
    await pass(0);
    expect(list.calls).toEqual(['start', '4', '8']);
    for (let number = 1; number <= 10; number += 1) {
      expect(await byIntuneId(number)).toMatchObject({
        source: 'cache',
        fetchedAt: NOW,
        value: { id: intuneId(number) },
      });
      expect(await byEntraId(number)).toMatchObject({ source: 'cache', value: [{ id: intuneId(number) }] });
    }
    expect(directory.calls).toEqual([]);
    expect(follower.progress()).toMatchObject({
      is: 'resting',
      pages: 3,
      failures: 0,
      withoutRoom: 0,
      lastAll: { devices: 10, pages: 3, fromTheStart: true },
    });
  });

  test('counts lifetimes from the page, not from its end', async () => {
    list.onPage = (call) => {
      if (call === '8') vi.setSystemTime(NOW + 4 * MINUTE);
    };
    open();
    await pass(0);
    vi.setSystemTime(NOW + 5 * MINUTE);
    expect(await byIntuneId(9)).toMatchObject({ source: 'cache' });
    directory.says = (call) => (call.startsWith('entra') ? [] : undefined);
    await byIntuneId(1);
    await byEntraId(1);
    expect(directory.calls).toEqual([`intune ${intuneId(1)}`, `entra ${entraId(1)}`]);
  });

  test('says nothing of a device that is in no row', async () => {
    open();
    await pass(0);
    directory.says = () => managedDevice({ id: intuneId(99) });
    expect(await byIntuneId(99)).toMatchObject({ ok: true, source: 'graph', value: { id: intuneId(99) } });
  });

  test('a device that is shown twice counts once, and its later row counts', async () => {
    const [first] = list.devices;
    list.devices.push({ ...(first ?? managedDevice()), complianceState: 'noncompliant' });
    open();
    await pass(0);
    expect(follower.progress().lastAll).toMatchObject({ devices: 10 });
    expect(await byIntuneId(1)).toMatchObject({ value: { complianceState: 'noncompliant' } });
    expect(await byEntraId(1)).toMatchObject({
      source: 'cache',
      value: [{ complianceState: 'noncompliant' }],
    });
  });

  test('two devices with one Entra id are asked about by it', async () => {
    list.devices.push(managedDevice({ id: intuneId(11), azureADDeviceId: entraId(1) }));
    open();
    await pass(0);
    expect(await byIntuneId(1)).toMatchObject({ source: 'cache' });
    expect(await byIntuneId(11)).toMatchObject({ source: 'cache' });
    directory.says = () => [];
    await byEntraId(1);
    await byEntraId(2);
    expect(directory.calls).toEqual([`entra ${entraId(1)}`]);
  });

  test('a row that is no device leaves Entra ids to the filter', async () => {
    list.unreadable = 1;
    open();
    await pass(0);
    await byIntuneId(1);
    expect(directory.calls).toEqual([]);
    directory.says = () => [];
    await byEntraId(1);
    expect(directory.calls).toEqual([`entra ${entraId(1)}`]);
  });

  test('never drives out what is remembered, and says so', async () => {
    directory.says = (call) =>
      call.includes(intuneId(50)) ? managedDevice({ id: intuneId(50) }) : undefined;
    open({}, 6);
    await byIntuneId(50);
    await pass(0);
    expect(await byIntuneId(50)).toMatchObject({ source: 'cache' });
    expect(follower.progress().withoutRoom).toBeGreaterThan(0);
  });
});

describe('what is newest counts', () => {
  test('a row does not replace an answer that was asked for later', async () => {
    directory.says = () => managedDevice({ id: intuneId(1), complianceState: 'noncompliant' });
    list.onPage = async (call) => {
      if (call === 'start') await byIntuneId(1);
    };
    open();
    await pass(0);
    expect(await byIntuneId(1)).toMatchObject({ value: { complianceState: 'noncompliant' } });
    directory.says = () => [];
    await byEntraId(1);
    expect(directory.calls).toEqual([`intune ${intuneId(1)}`, `entra ${entraId(1)}`]);
  });

  test('a list that lags does not bring back a device that Intune does not know by its id', async () => {
    await byIntuneId(1);
    open();
    await pass(0);
    await pass(15_000);
    expect(await byIntuneId(1)).toMatchObject({ source: 'graph', value: undefined });
    expect(directory.calls).toHaveLength(2);
    expect(await byIntuneId(2)).toMatchObject({ source: 'cache' });
  });

  test('a device that a row calls not compliant ends what was remembered', async () => {
    open();
    await pass(0);
    list.devices = fleet(1, { complianceState: 'noncompliant', lastSync: NOW + MINUTE });
    await pass(MINUTE);
    expect(await byIntuneId(1)).toMatchObject({
      source: 'cache',
      value: { complianceState: 'noncompliant' },
    });
    directory.says = () => [];
    await byEntraId(1);
    expect(directory.calls).toEqual([`entra ${entraId(1)}`]);
  });

  test('a new device with a known Entra id ends the answer by it', async () => {
    open();
    await pass(0);
    list.devices.push(
      managedDevice({ id: intuneId(11), azureADDeviceId: entraId(1), lastSync: NOW + MINUTE }),
    );
    await pass(MINUTE);
    directory.says = () => [];
    await byEntraId(1);
    expect(directory.calls).toEqual([`entra ${entraId(1)}`]);
  });

  test('an invalidated device is asked about, though a page was under way', async () => {
    list.onPage = (call) => {
      if (call === 'start') keeper.invalidate(intuneId(1));
    };
    open();
    await pass(0);
    await byIntuneId(1);
    expect(directory.calls).toEqual([`intune ${intuneId(1)}`]);
  });
});

describe('recent check-ins', () => {
  test('are looked at every minute, five minutes back from the last look', async () => {
    open();
    await pass(0);
    await pass(MINUTE);
    await pass(MINUTE);
    expect(list.scopes.slice(3).map(({ checkedInAfter }) => Number(checkedInAfter) - NOW)).toEqual([
      -5 * MINUTE,
      -4 * MINUTE,
    ]);
  });

  test('go on from the last look that came to its end', async () => {
    open();
    await pass(0);
    list.troubles.push(failure('malformedAnswer'));
    await pass(MINUTE);
    await pass(MINUTE);
    await pass(MINUTE);
    const after = list.scopes.slice(3).map(({ checkedInAfter }) => Number(checkedInAfter) - NOW);
    expect(after).toEqual([-5 * MINUTE, -5 * MINUTE, expect.any(Number)]);
    expect(after[2]).toBeGreaterThan(-5 * MINUTE);
  });

  test('come before the rest of all devices', async () => {
    list.onPage = (call) =>
      call === '4' ? vi.advanceTimersByTimeAsync(MINUTE).then(() => undefined) : undefined;
    open();
    await pass(0);
    expect(list.calls).toEqual(['start', '4', 'recent start', '8']);
  });

  test('and all devices again after an hour', async () => {
    open({ everyMs: 50 * MINUTE });
    await pass(0);
    await pass(50 * MINUTE);
    expect(list.calls).toHaveLength(4);
    await pass(10 * MINUTE);
    expect(list.calls.slice(4)).toEqual(['start', '4', '8']);
  });
});

describe('trouble', () => {
  test('throttled, it waits as long as it was told, and goes on where it was', async () => {
    list.troubles.push(undefined, failure('throttled', 'as the test wants it', 10_000));
    open();
    await pass(10_400);
    expect(list.calls).toEqual(['start', '4']);
    expect(follower.progress().is).toBe('paused');
    await pass(100);
    expect(list.calls).toEqual(['start', '4', '4', '8']);
    expect(follower.progress().lastAll).toMatchObject({ devices: 10, fromTheStart: true });
  });

  test('an outage is asked about ever more rarely, then the pass is given up and begins anew', async () => {
    list.troubles.push(undefined, ...Array.from({ length: 6 }, () => failure('upstreamUnavailable')));
    open();
    await pass(0);
    for (const seconds of [0.5, 1, 2, 4, 8]) await pass(seconds * 1_000);
    expect(list.calls).toEqual(['start', '4', '4', '4', '4', '4', '4']);
    expect(told('pageFailed').map((event) => 'givenUp' in event && event.givenUp)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    list.calls.length = 0;
    await pass(5 * MINUTE);
    expect(list.calls.filter((call) => !call.startsWith('recent'))).toEqual(['start', '4', '8']);
  });

  test.each(['circle', 'throw'] as const)('a page that ends in %j does not end it', async (trouble) => {
    list.troubles.push(undefined, trouble);
    open();
    await pass(0);
    await pass(6 * MINUTE);
    expect(follower.progress().lastAll).toMatchObject({ devices: 10 });
    expect(JSON.stringify(events)).not.toContain('alice');
  });

  test('only whoever has the lease pages', async () => {
    let mine = false;
    const released: string[] = [];
    open({
      lease: {
        take: () => Promise.resolve(mine),
        release: (tenant) => Promise.resolve(void released.push(tenant)),
      },
    });
    await pass(5_000);
    expect(list.calls).toEqual([]);
    expect(follower.progress().is).toBe('waitingForTurn');
    mine = true;
    await pass(5_000);
    expect(list.calls).toHaveLength(3);
    expect(released).toContain('default');
  });

  test('never reads two pages at once', async () => {
    let underWay = 0;
    list.onPage = async () => {
      underWay += 1;
      expect(underWay).toBe(1);
      await vi.advanceTimersByTimeAsync(2 * MINUTE);
      underWay -= 1;
    };
    open();
    follower.start();
    await pass(0);
    expect(list.calls.length).toBeGreaterThan(3);
  });
});

describe('an end and a new beginning', () => {
  test('stops while a page is under way, and notes where it was', async () => {
    list.onPage = (call) => {
      if (call === '8') void follower.stop();
    };
    open();
    await pass(0);
    await follower.stop();
    expect(follower.progress().is).toBe('stopped');
    expect(saved).toMatchObject({ position: '8', pages: 2, tenant: 'default' });
  });

  test('goes on there, and then reads the whole list', async () => {
    saved = {
      tenant: 'default',
      rowsTell: '"none"',
      position: '8',
      pages: 2,
      startedAt: NOW - MINUTE,
      savedAt: NOW,
    };
    open();
    await pass(0);
    expect(list.calls).toEqual(['8', 'start', '4', '8']);
    expect(told('passFinished')).toMatchObject([
      { fromTheStart: false, devices: 2, pages: 3 },
      { fromTheStart: true, devices: 10, pages: 3 },
    ]);
    expect(saved).toBeUndefined();
  });

  test('a half pass answers by no Entra id', async () => {
    saved = { tenant: 'default', rowsTell: '"none"', position: '8', pages: 2, startedAt: NOW, savedAt: NOW };
    list.troubles.push(undefined, failure('throttled', 'as the test wants it', MINUTE));
    open();
    await pass(0);
    directory.says = () => [];
    expect(await byIntuneId(9)).toMatchObject({ source: 'cache' });
    await byEntraId(9);
    expect(directory.calls).toEqual([`entra ${entraId(9)}`]);
  });

  test.each([
    ['is old', { savedAt: NOW - 16 * MINUTE }],
    ['is from the future', { savedAt: NOW + MINUTE }],
    ['is of another tenant', { tenant: 'other' }],
    ['is of other wishes', { rowsTell: '"all"' }],
  ])('a bookmark that %s does not count', async (_, changes) => {
    saved = {
      tenant: 'default',
      rowsTell: '"none"',
      position: '8',
      pages: 2,
      startedAt: NOW,
      savedAt: NOW,
      ...changes,
    };
    open();
    await pass(0);
    expect(list.calls).toEqual(['start', '4', '8']);
  });

  test('a bookmark that cannot be kept is told, and changes nothing', async () => {
    open({
      bookmarks: {
        read: () => Promise.reject(Object.assign(new Error('/home/alice'), { code: 'EACCES' })),
        write: () => Promise.reject(Object.assign(new Error('/home/alice'), { code: 'EROFS' })),
      },
    });
    await pass(0);
    expect(follower.progress().lastAll).toMatchObject({ devices: 10 });
    expect(told('bookmarkFailed')[0]).toEqual({ type: 'bookmarkFailed', detail: 'EACCES' });
  });
});
