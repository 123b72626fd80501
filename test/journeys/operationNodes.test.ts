import { beforeEach, describe, expect, test } from 'vitest';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import type { JourneyOperations } from '../../src/journeys/journeyOperations.ts';
import type { Reading } from '../../src/operations/operation.ts';
import { refuse } from '../../src/operations/refusal.ts';
import { DEVICE_ID, NOW } from '../support/fakeDirectory.ts';
import { runAlone, type NodeCase, type NodeCaseResult } from '../support/nodeHarness.ts';

/** The nodes for groups and device actions, with operations that say what a test wants. */
const calls: {
  readonly journey: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}[] = [];
let answers: Record<string, Reading> = {};
const operations: JourneyOperations = {
  invoke(journey, operation, input) {
    calls.push({ journey, operation, input });
    return Promise.resolve(answers[operation] ?? refuse('upstream'));
  },
};
beforeEach(() => {
  calls.length = 0;
  answers = {};
});

const shared = { INTUNE_id: DEVICE_ID.toUpperCase(), username: 'acarter' };
const run = (nodeCase: NodeCase): Promise<NodeCaseResult> =>
  runAlone({ shared, ...nodeCase, ports: { operations } });
const outcomeOf = async (nodeCase: NodeCase): Promise<unknown> => {
  const { result } = await run(nodeCase);
  return result.is === 'outcome' ? result.outcome : result.is;
};
const ok = (value: object): Reading => ({ ok: true, value });
const groupsOf = (count: number) =>
  ok({ groups: Array.from({ length: count }, (_, index) => ({ id: `g${index}` })) });

describe('EntraGroupDecisionNode', () => {
  const node = { type: 'EntraGroupDecisionNode', config: { groupNames: ['Staff'] } };

  test.each([
    ['a member', groupsOf(1), ok({ member_of: ['g0'] }), 'true'],
    ['no member', groupsOf(1), ok({ member_of: [] }), 'false'],
    ['a group nobody knows', groupsOf(0), undefined, 'false'],
    ['more groups of one name than can be asked about', groupsOf(21), ok({ member_of: [] }), 'error'],
    ['one of many groups', groupsOf(21), ok({ member_of: ['g3'] }), 'true'],
    ['Microsoft away', refuse('upstream'), undefined, 'error'],
    ['a device Entra does not know', groupsOf(1), refuse('memberNotFound'), 'error'],
    ['journeys without the grant', refuse('notPermitted'), undefined, 'error'],
  ])('%s', async (_, found, member, outcome) => {
    answers = { find_groups: found, ...(member === undefined ? {} : { check_membership: member }) };
    expect(await outcomeOf(node)).toBe(outcome);
  });

  test('asks for the device of the state, in canonical form, or for the user with the domain', async () => {
    answers = { find_groups: groupsOf(1), check_membership: ok({ member_of: ['g0'] }) };
    await run(node);
    await run({ ...node, config: { ...node.config, subject: 'user', userDomain: 'contoso.example' } });
    expect(
      calls.filter(({ operation }) => operation === 'check_membership').map(({ input }) => input),
    ).toEqual([
      { group_ids: ['g0'], device_id: DEVICE_ID },
      { group_ids: ['g0'], user_principal_name: 'acarter@contoso.example' },
    ]);
    expect(calls[0]).toMatchObject({ journey: 'Test', input: { display_names: ['Staff'] } });
  });

  test('without a device in the state it asks nobody', async () => {
    for (const state of [{}, { INTUNE_id: 'x' }, { INTUNE_id: 7 }]) {
      expect(await outcomeOf({ ...node, shared: state })).toBe('error');
    }
    expect(calls).toEqual([]);
    expect(await runAlone({ ...node, shared })).toMatchObject({ result: { outcome: 'error' } });
  });
});

describe('IntuneDeviceSyncNode', () => {
  const node = { type: 'IntuneDeviceSyncNode', config: { secondsToWait: 30, secondsBetween: 4 } };
  const before = '2026-11-21T10:00:00.000Z';
  const waiting = { ...shared, 'node-1.sync_end': NOW + 30_000, 'node-1.sync_before': before };

  test('asks for a sync once, and has the client wait', async () => {
    answers = { get_device_actions: ok({ last_sync_at: before }), sync_device: ok({ state: 'sent' }) };
    const { result, shared: left } = await run(node);
    expect(result).toMatchObject({
      is: 'ask',
      callbacks: [callbacks.pollingWait(4_000, 'Your device is being asked to check in …')],
    });
    expect(left).toEqual(waiting);
    expect(calls.at(-1)?.input).toMatchObject({
      device_id: DEVICE_ID,
      request_id: 'journey-1:node-1',
      reason: 'journey Test',
    });
    await run({ ...node, shared: waiting });
    expect(calls.filter(({ operation }) => operation === 'sync_device')).toHaveLength(1);
  });

  test.each([
    ['a new check-in', ok({ last_sync_at: '2026-11-21T12:00:01.000Z' }), 1_000, 'synced'],
    ['no new check-in yet', ok({ last_sync_at: before }), 1_000, 'ask'],
    ['none in time', ok({ last_sync_at: before }), 30_000, 'timeout'],
    ['Microsoft away for a moment', refuse('upstream'), 1_000, 'ask'],
    ['Microsoft away at the end', refuse('upstream'), 30_000, 'error'],
  ])('%s', async (_, answer, afterMs, outcome) => {
    answers = { get_device_actions: answer };
    const nodeCase = { ...node, shared: waiting, now: NOW + afterMs };
    expect(await outcomeOf(nodeCase)).toBe(outcome);
    // At an end, nothing of it is left in the state.
    expect((await run(nodeCase)).shared).toEqual(outcome === 'ask' ? waiting : shared);
  });

  test('a refusal ends it', async () => {
    answers = { get_device_actions: ok({ last_sync_at: null }), sync_device: refuse('massLimit') };
    expect(await outcomeOf(node)).toBe('error');
    expect(await outcomeOf({ ...node, shared: {} })).toBe('error');
  });
});

describe('IntuneDeviceActionRequestNode', () => {
  const node = {
    type: 'IntuneDeviceActionRequestNode',
    config: { action: 'remote_lock', reason: 'a stolen device' },
  };

  test.each([
    ['a request', ok({ state: 'pendingApproval' }), 'requested'],
    ['no grant', refuse('notPermitted'), 'refused'],
    ['too many requests', refuse('tooManyPending'), 'refused'],
    ['Microsoft away', refuse('upstream'), 'error'],
    ['Redis away', refuse('stateUnavailable'), 'error'],
  ])('%s', async (_, answer, outcome) => {
    answers = { remote_lock: answer };
    expect(await outcomeOf(node)).toBe(outcome);
    expect(calls[0]?.input).toEqual({
      device_id: DEVICE_ID,
      request_id: 'journey-1:node-1',
      reason: 'a stolen device',
    });
  });

  test('knows no action that it should not', async () => {
    await expect(run({ ...node, config: { action: 'delete_device', reason: 'abc' } })).rejects.toThrow(
      /action/,
    );
    await expect(run({ ...node, config: { action: 'remote_lock' } })).rejects.toThrow(/reason/);
  });
});
