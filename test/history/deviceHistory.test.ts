import { describe, expect, test } from 'vitest';
import { createDeviceHistory, type DeviceHistoryOptions } from '../../src/history/deviceHistory.ts';
import { isStanding } from '../../src/history/run.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../src/outcomes/reason.ts';
import { BAD, BEGIN, DEVICE, ENTRA, entry, OUTAGE } from './historyCases.ts';

const DAY_MS = 86_400_000;

function open(changes: Partial<DeviceHistoryOptions> = {}) {
  let at = BEGIN;
  const changed: string[] = [];
  const history = createDeviceHistory({
    devices: 100,
    runs: 5,
    keepMs: 30 * DAY_MS,
    now: () => at,
    shared: undefined,
    onChange: ({ outcome }, previous) => changed.push(`${previous.outcome} to ${outcome}`),
    ...changes,
  });
  return {
    history,
    changed,
    ahead: (ms: number) => {
      at += ms;
    },
    outcomes: async (id = DEVICE) => (await history.find(id)).runs.map(({ outcome }) => outcome),
  };
}

describe('the history of a device', () => {
  test('keeps the first and the last of what said the same', async () => {
    const { history } = open();
    const [first, , last] = [entry(0), entry(1), entry(2)].map((one) => {
      history.add(one);
      return one;
    });
    expect(await history.find(DEVICE)).toEqual({
      isComplete: true,
      runs: [
        {
          node: 'default',
          outcome: 'Compliant',
          reason: 'compliant',
          user: undefined,
          first: { at: first?.at, decisionId: first?.decisionId },
          last: { at: last?.at, decisionId: last?.decisionId },
        },
      ],
    });
  });

  test('tells a change of standing once, past any outage between', async () => {
    const { history, changed, outcomes } = open();
    for (const one of [{}, OUTAGE, {}, BAD, OUTAGE, BAD, {}]) history.add(entry(changed.length, one));
    expect(changed).toEqual(['Compliant to NotCompliant', 'NotCompliant to Compliant']);
    // The last five of seven runs.
    expect(await outcomes()).toEqual(['Compliant', 'NotCompliant', 'Error', 'NotCompliant', 'Compliant']);
  });

  test('keeps nodes apart', () => {
    const { history, changed } = open();
    for (let round = 0; round < 3; round += 1) {
      history.add(entry(round));
      history.add(entry(round, { ...BAD, node: 'strict' }));
    }
    expect(changed).toEqual([]);
  });

  test('is bounded: runs, devices, time', async () => {
    const { history, outcomes, ahead } = open({ devices: 3 });
    for (let round = 0; round < 20; round += 1) history.add(entry(round, round % 2 === 0 ? {} : BAD));
    expect(await outcomes()).toHaveLength(5);
    for (let number = 0; number < 10; number += 1)
      history.add(entry(30, { deviceId: `other-${number}`, intuneId: undefined, entraId: undefined }));
    expect(history.devices).toBe(3);
    expect(await outcomes()).toEqual([]);
    expect(await outcomes('other-9')).toHaveLength(1);
    ahead(31 * DAY_MS);
    expect(await outcomes('other-9')).toEqual([]);
  });

  test('is found under every id of the device', async () => {
    const { history, outcomes } = open();
    history.add(entry(0));
    history.add(entry(1, { deviceId: ENTRA, ...BAD }));
    expect(await outcomes(ENTRA)).toEqual(['Compliant', 'NotCompliant']);
    expect(await outcomes(DEVICE)).toEqual(['Compliant', 'NotCompliant']);
  });

  test('is erased with all its ids, or for one user alone', async () => {
    const { history, outcomes } = open();
    history.add(entry(0, { user: 'user:one' }));
    history.add(entry(1, { ...BAD, user: 'user:two' }));
    expect(await history.erase({ user: 'user:one' })).toBe(1);
    expect(await outcomes()).toEqual(['NotCompliant']);
    expect(await history.erase({ user: 'user:one' })).toBe(0);
    expect(await history.erase({ deviceId: ENTRA })).toBe(1);
    expect(await outcomes()).toEqual([]);
    expect(await history.erase({ deviceId: DEVICE })).toBe(0);
  });

  test('goes by what replicas know together, and by its own where they cannot be asked', async () => {
    const told: string[] = [];
    let isAway = false;
    const { history, changed } = open({
      shared: {
        add: (one) => {
          told.push(one.outcome);
          return Promise.resolve(isAway ? { ok: false } : { ok: true, previous: undefined });
        },
        find: () => Promise.resolve(isAway ? undefined : []),
        erase: () => Promise.resolve(isAway ? undefined : 7),
      },
    });
    history.add(entry(0));
    history.add(entry(1));
    history.add(entry(2, BAD));
    await Promise.resolve();
    // The second one said nothing new. Another replica had told of the change.
    expect([told, changed]).toEqual([['Compliant', 'NotCompliant'], []]);
    expect(await history.find(DEVICE)).toEqual({ runs: [], isComplete: true });
    expect(await history.erase({ deviceId: DEVICE })).toBe(7);
    history.add(entry(3, BAD));
    isAway = true;
    history.add(entry(4));
    await new Promise((resolve) => setImmediate(resolve));
    expect(changed).toEqual(['NotCompliant to Compliant']);
    expect((await history.find(DEVICE)).isComplete).toBe(false);
    expect(await history.erase({ deviceId: DEVICE })).toBeUndefined();
  });
});

test('a reason is about the device itself, or about something else', () => {
  const standing = REASON_NAMES.filter(isStanding);
  expect(standing).toContain('deviceComplianceError');
  expect(standing).toContain('deviceNotFound');
  for (const reason of ['throttled', 'headerSpoofed', 'noDeviceId', 'internalError'] as const) {
    expect(standing).not.toContain(reason);
  }
  const others = standing.filter((reason) => reason !== 'deviceComplianceError');
  expect(others.filter((reason) => ['Error', 'NoId'].includes(REASONS[reason].outcome))).toEqual([]);
});

test('what one node asks for is no standing of a device', () => {
  expect(
    ['checkInTooOld', 'userMismatch', 'timeout'].filter((reason) => isStanding(reason as Reason)),
  ).toEqual([]);
  expect(
    ['compliant', 'noncompliant', 'deviceNotFound'].every((reason) => isStanding(reason as Reason)),
  ).toBe(true);
});
