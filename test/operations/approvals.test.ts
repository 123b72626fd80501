import { beforeEach, describe, expect, test } from 'vitest';
import type { OperationStore } from '../../src/operations/operationStore.ts';
import { createMemoryOperationStore } from '../../src/operations/memoryOperationStore.ts';
import { createOperations } from '../../src/operations/operations.ts';
import { NOW } from '../support/fakeDirectory.ts';
import { createOperationsLab, failure, REQUEST, type OperationsLab } from '../support/operationsLab.ts';

let lab: OperationsLab;
beforeEach(() => {
  lab = createOperationsLab();
});
const ann = () => lab.actor('ann', ['READ', 'PROPOSE', 'MUTATE']);
const bob = () => lab.actor('bob', ['APPROVE']);
const OTHER_DEVICE = '0d1f77a5-9c41-4f6a-8a52-2f6f0a1f0b11';

describe('a person locks a device only by asking one colleague', () => {
  test('it is done once, and everything is recorded with who, what and why', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    expect(request).toMatchObject({
      state: 'pendingApproval',
      requested_by: 'ann',
      operation: 'remote_lock',
    });
    expect(lab.acts).toEqual([]);
    expect(await lab.decide(bob(), request)).toMatchObject({
      ok: true,
      value: { state: 'sent', decided_by: 'bob' },
    });
    expect(lab.acts).toEqual([{ id: REQUEST.device_id, action: { kind: 'lock' } }]);
    expect(lab.events.map(({ principal, act, outcome }) => [principal, act, outcome])).toEqual([
      ['ann', 'invoke', 'requested'],
      ['bob', 'approve', 'approved'],
      ['bob', 'approve', 'done'],
    ]);
    for (const event of lab.events) {
      expect(event).toMatchObject({
        type: 'CONNECTOR_INVOKED',
        operation: 'remote_lock',
        operationClass: 'MUTATE',
        deviceId: REQUEST.device_id,
        reason: 'it was lost',
        requestId: 'request-1',
        operationId: request.id,
      });
    }
  });
});

describe('attacks on approvals', () => {
  test('the requester cannot approve, with whatever key, grants or spelling of the name', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    // NFKC and letter case: full-width letters are the same letters.
    for (const name of ['ann', 'ANN', 'Ann', 'ａｎｎ']) {
      const self = lab.actor(name, ['READ', 'PROPOSE', 'MUTATE', 'APPROVE', 'PERSONAL']);
      expect(await lab.decide(self, request)).toMatchObject({ refusal: 'ownRequest' });
    }
    expect(lab.acts).toEqual([]);
  });

  test('an approval is used once, however often and by however many it is given at once', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    const others = Array.from({ length: 20 }, (_, index) => lab.actor(`approver-${index}`, ['APPROVE']));
    const results = await Promise.all(others.map((actor) => lab.decide(actor, request)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(lab.acts).toHaveLength(1);
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'approvalClosed' });
    expect(lab.acts).toHaveLength(1);
  });

  test('approve and deny at once: one of them counts', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    const [approved, denied] = await Promise.all([
      lab.decide(bob(), request),
      lab.decide(lab.actor('eve', ['APPROVE']), request, { verdict: 'deny' }),
    ]);
    expect([approved.ok, denied.ok].filter(Boolean)).toHaveLength(1);
    expect(lab.acts).toHaveLength(approved.ok ? 1 : 0);
  });

  test('an approval of something else is none', async () => {
    const request = await lab.ask(ann(), 'wipe_device', { keep_user_data: true });
    const worse = await lab.ask(ann(), 'wipe_device', { request_id: 'request-2' });
    expect(worse.digest).not.toBe(request.digest);
    expect(await lab.decide(bob(), worse, { digest: request.digest })).toMatchObject({
      refusal: 'notAsSeen',
    });
    expect(await lab.decide(bob(), request, { digest: request.digest.toUpperCase() })).toMatchObject({
      refusal: 'notAsSeen',
    });
    expect(lab.acts).toEqual([]);
    await lab.decide(bob(), request);
    expect(lab.acts).toMatchObject([{ action: { kind: 'wipe', options: { keepUserData: true } } }]);
  });

  test.each([
    ['another device', { device_id: OTHER_DEVICE }],
    ['another option', { keep_user_data: false }],
    ['one more option', { keep_enrollment_data: true }],
  ])('a request id is good for one thing: %s is refused before and after the approval', async (_, change) => {
    const first = { keep_user_data: true };
    const request = await lab.ask(ann(), 'wipe_device', first);
    const again = () => lab.call(ann(), 'wipe_device', { ...REQUEST, ...first, ...change });
    expect(await again()).toMatchObject({ refusal: 'requestIdReused' });
    await lab.decide(bob(), request);
    expect(await again()).toMatchObject({ refusal: 'requestIdReused' });
    expect(lab.acts).toHaveLength(1);
  });

  test('another operation under the same request id is refused', async () => {
    await lab.ask(ann(), 'remote_lock');
    expect(await lab.call(ann(), 'wipe_device', REQUEST)).toMatchObject({ refusal: 'requestIdReused' });
  });

  test('the same request id of another principal is another request', async () => {
    const first = await lab.ask(ann(), 'remote_lock');
    const second = await lab.ask(lab.actor('carl', ['MUTATE']), 'remote_lock');
    expect(second.id).not.toBe(first.id);
  });

  test('what was changed where it is kept is not what was looked at', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    const record = await lab.options.store.find(request.id);
    if (record === undefined) throw new Error('it is kept');
    await lab.options.store.replace(record, { ...record, deviceId: OTHER_DEVICE });
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'notAsSeen' });
    expect(lab.acts).toEqual([]);
  });

  test('time ends it, to the millisecond, and a clock that is set back does not bring it back', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    lab.aheadMs = 900_000;
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'approvalExpired' });
    lab.aheadMs = -120_000;
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'approvalExpired' });
    expect(lab.acts).toEqual([]);
    lab.aheadMs = 899_999;
    expect(await lab.decide(bob(), request)).toMatchObject({ ok: true });
  });

  test('a requester who was removed, or may not any more, gets nothing', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    lab.rights.delete('ann');
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'requesterMayNot' });
    lab.actor('ann', ['READ', 'PROPOSE']);
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'requesterMayNot' });
    lab.actor('ann', ['MUTATE'], ['another']);
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'requesterMayNot' });
    expect(lab.acts).toEqual([]);
  });

  test('whoever has no say in a tenant sees nothing of it, and decides nothing', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    const stranger = lab.actor('eve', ['APPROVE'], ['another']);
    expect(await lab.decide(stranger, request)).toMatchObject({ refusal: 'approvalNotFound' });
    expect(await lab.decide(stranger, request, { verdict: 'deny' })).toMatchObject({
      refusal: 'approvalNotFound',
    });
    expect(await lab.operations.listRequests(stranger)).toEqual([]);
    expect(lab.events.at(-1)).toMatchObject({ principal: 'eve', outcome: 'refused', operation: 'unknown' });
  });

  test('a tenant that the requester was not granted is refused', async () => {
    const result = await lab.call(ann(), 'remote_lock', { ...REQUEST, tenant: 'another' });
    expect(result).toMatchObject({ refusal: 'notPermitted' });
  });

  test('a request that is being carried out when the gate ends is never carried out again', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    lab.answer = () => new Promise(() => undefined);
    void lab.decide(bob(), request);
    await expect.poll(() => lab.acts.length).toBe(1);
    // The next gate, with the same memory.
    const next = createOperations(lab.options);
    const bound = { signal: new AbortController().signal, deadline: NOW + 10_000 };
    const decision = { verdict: 'approve', digest: request.digest, dryRun: false } as const;
    expect(await next.decide(bob(), request.id, decision, bound)).toMatchObject({
      refusal: 'approvalClosed',
    });
    expect(await lab.ask(ann(), 'remote_lock')).toMatchObject({ state: 'executing' });
    expect(lab.acts).toHaveLength(1);
  });
});

describe('request ids', () => {
  test('the same request twice happens once, also at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => lab.ask(ann(), 'sync_device')));
    expect(lab.acts).toHaveLength(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(await lab.ask(ann(), 'sync_device')).toMatchObject({ state: 'sent' });
    expect(lab.acts).toHaveLength(1);
  });

  test('a failure is told again, and not tried again', async () => {
    lab.answer = () => Promise.resolve(failure('permissionMissing'));
    expect(await lab.call(ann(), 'sync_device', REQUEST)).toMatchObject({ refusal: 'upstream' });
    expect(await lab.ask(ann(), 'sync_device')).toMatchObject({ state: 'failed' });
    expect(lab.acts).toHaveLength(1);
  });

  test('after a day it is free again', async () => {
    await lab.ask(ann(), 'sync_device');
    lab.aheadMs = 86_400_000;
    await lab.ask(ann(), 'sync_device');
    expect(lab.acts).toHaveLength(2);
  });
});

describe('dry runs', () => {
  test('check everything, change nothing, and are recorded', async () => {
    for (const name of ['sync_device', 'remote_lock', 'wipe_device', 'retire_device', 'delete_device']) {
      expect(await lab.ask(ann(), name, { dry_run: true })).toMatchObject({ state: 'dryRun' });
    }
    expect(lab.acts).toEqual([]);
    expect(await lab.options.store.list()).toEqual([]);
    expect(lab.events.every(({ outcome }) => outcome === 'dryRun')).toBe(true);
    expect(
      await lab.call(ann(), 'remote_lock', { ...REQUEST, device_id: OTHER_DEVICE, dry_run: true }),
    ).toMatchObject({
      refusal: 'deviceNotFound',
    });
  });

  test('of a decision decide nothing', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    expect(await lab.decide(bob(), request, { dryRun: true })).toMatchObject({ value: { state: 'dryRun' } });
    expect(await lab.decide(bob(), request, { dryRun: true, verdict: 'deny' })).toMatchObject({ ok: true });
    expect(await lab.decide(ann(), request, { dryRun: true })).toMatchObject({ refusal: 'ownRequest' });
    expect(lab.acts).toEqual([]);
    expect(await lab.decide(bob(), request)).toMatchObject({ value: { state: 'sent' } });
  });
});

describe('limits', () => {
  test('as many changes as an hour may see, then none until one is an hour old', async () => {
    lab = createOperationsLab({
      limits: { approvalMs: 7_200_000, changesPerHour: { PROPOSE: 2, MUTATE: 1 }, pendingPerPrincipal: 3 },
    });
    const [one, two] = [
      await lab.ask(ann(), 'remote_lock', { request_id: 'request-1' }),
      await lab.ask(ann(), 'remote_lock', { request_id: 'request-2' }),
    ];
    expect(await lab.decide(bob(), one)).toMatchObject({ ok: true });
    lab.aheadMs = 1_000;
    expect(await lab.decide(bob(), two)).toMatchObject({ refusal: 'massLimit', retryAfterMs: 3_599_000 });
    expect(await lab.call(ann(), 'remote_lock', { ...REQUEST, request_id: 'request-3' })).toMatchObject({
      refusal: 'massLimit',
    });
    // Syncs are counted by themselves.
    expect(await lab.ask(ann(), 'sync_device', { request_id: 'sync-0001' })).toMatchObject({ state: 'sent' });
    lab.aheadMs = 3_600_000;
    expect(await lab.decide(bob(), two)).toMatchObject({ ok: true });
    expect(lab.acts).toHaveLength(3);
  });

  test('two approvals at once do not pass the limit together', async () => {
    lab = createOperationsLab({
      limits: { approvalMs: 900_000, changesPerHour: { PROPOSE: 1, MUTATE: 1 }, pendingPerPrincipal: 3 },
    });
    const requests = [
      await lab.ask(ann(), 'remote_lock', { request_id: 'request-1' }),
      await lab.ask(ann(), 'remote_lock', { request_id: 'request-2' }),
    ];
    await Promise.all(requests.map((request) => lab.decide(bob(), request)));
    expect(lab.acts).toHaveLength(1);
  });

  test('one principal opens no more requests than are allowed', async () => {
    lab = createOperationsLab({
      limits: { approvalMs: 900_000, changesPerHour: { PROPOSE: 9, MUTATE: 9 }, pendingPerPrincipal: 2 },
    });
    await lab.ask(ann(), 'remote_lock', { request_id: 'request-1' });
    const second = await lab.ask(ann(), 'remote_lock', { request_id: 'request-2' });
    const third = () => lab.call(ann(), 'remote_lock', { ...REQUEST, request_id: 'request-3' });
    expect(await third()).toMatchObject({ refusal: 'tooManyPending' });
    await lab.decide(ann(), second, { verdict: 'deny' });
    expect(await third()).toMatchObject({ ok: true });
  });
});

describe('when something is out of order', () => {
  test('what cannot be recorded does not happen', async () => {
    const request = await lab.ask(ann(), 'remote_lock');
    lab.logFails = true;
    expect(await lab.decide(bob(), request)).toMatchObject({ refusal: 'notRecorded' });
    expect(await lab.call(ann(), 'sync_device', { ...REQUEST, request_id: 'sync-0001' })).toMatchObject({
      refusal: 'notRecorded',
    });
    expect(lab.acts).toEqual([]);
    lab.logFails = false;
    expect(await lab.decide(bob(), request)).toMatchObject({ ok: true });
  });

  test.each(['add', 'find', 'replace', 'list', 'take'] as const)(
    'a store that cannot %s changes nothing',
    async (broken) => {
      const good = createMemoryOperationStore({ now: () => NOW });
      let isBroken = false;
      const store: OperationStore = {
        ...good,
        [broken]: (...args: never[]) =>
          isBroken
            ? Promise.reject(new Error('away'))
            : (good[broken] as (...all: never[]) => unknown)(...args),
      };
      lab = createOperationsLab({ store });
      const request = await lab.ask(ann(), 'remote_lock');
      isBroken = true;
      const results = [
        await lab.call(ann(), 'remote_lock', { ...REQUEST, request_id: 'request-2' }),
        await lab.decide(bob(), request),
        await lab.operations.listRequests(bob()),
      ];
      expect(JSON.stringify(results)).toContain('stateUnavailable');
      // To approve takes all but adding and listing.
      expect(lab.acts).toHaveLength(broken === 'add' || broken === 'list' ? 1 : 0);
    },
  );

  test('what Microsoft leaves open is told as unclear, and not repeated', async () => {
    lab.answer = () => Promise.resolve(failure('timeout'));
    expect(await lab.ask(ann(), 'sync_device')).toMatchObject({ state: 'unclear' });
    expect(await lab.ask(ann(), 'sync_device')).toMatchObject({ state: 'unclear' });
    expect(lab.acts).toHaveLength(1);
  });
});

describe('what is told', () => {
  test('secrets are neither shown nor recorded, and reach the device', async () => {
    const request = await lab.ask(ann(), 'wipe_device', { macos_unlock_code: '123456' });
    expect(request.options).toEqual({ macos_unlock_code: '[set]' });
    await lab.decide(bob(), request);
    const told = JSON.stringify([lab.events, await lab.operations.listRequests(bob())]);
    expect(told).not.toContain('123456');
    expect(lab.acts).toMatchObject([{ action: { options: { macOsUnlockCode: '123456' } } }]);
  });

  test('wrong inputs are named, without their values, and recorded', async () => {
    const result = await lab.call(ann(), 'remote_lock', {
      ...REQUEST,
      reason: '',
      force: 'geheim',
      request_id: 'x',
    });
    expect(result).toMatchObject({ refusal: 'invalidInput' });
    expect(JSON.stringify(result)).not.toContain('geheim');
    expect(lab.events).toMatchObject([{ outcome: 'refused', detail: 'invalidInput' }]);
  });
});
