import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/catalogue.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { GRANTS, type Grant } from '../../src/operations/operationClass.ts';
import { OPERATION_STATES, type OperationState } from '../../src/operations/operationRecord.ts';
import { createOperationsLab, failure, REQUEST, type OperationsLab } from '../support/operationsLab.ts';

/** Every set of grants there is. */
const GRANT_SETS: readonly (readonly Grant[])[] = Array.from({ length: 2 ** GRANTS.length }, (_, bits) =>
  GRANTS.filter((_grant, index) => (bits >> index) & 1),
);
const CHANGES = OPERATIONS.filter((operation) => operation.class !== 'READ');
const MUTATIONS = OPERATIONS.filter((operation) => operation.class === 'MUTATE');

describe('operation by grants', () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s is refused without its class, whatever else is granted, and touches nothing',
    async (name, operation) => {
      for (const grants of GRANT_SETS) {
        const lab = createOperationsLab();
        const result = await lab.call(lab.actor('ann', grants), name, inputFor(operation));
        const isGranted = grants.includes(operation.class);
        expect('refusal' in result && result.refusal === 'notPermitted').toBe(!isGranted);
        expect(lab.events[0]?.detail === 'notPermitted').toBe(!isGranted);
        expect(lab.events.length).toBeGreaterThan(0);
        // A change of class MUTATE is never made by asking for it.
        expect(lab.acts).toHaveLength(operation.class === 'PROPOSE' && isGranted ? 1 : 0);
      }
    },
  );
});

/** Brings a request of class MUTATE into each state it can be in. */
const INTO: Readonly<Record<OperationState, (lab: OperationsLab, name: string) => Promise<string>>> = {
  pendingApproval: async (lab, name) => (await open(lab, name)).id,
  async executing(lab, name) {
    const request = await open(lab, name);
    lab.answer = () => new Promise(() => undefined);
    void lab.decide(approver(lab), request);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lab.acts).toHaveLength(1);
    return request.id;
  },
  async sent(lab, name) {
    const request = await open(lab, name);
    expect(await lab.decide(approver(lab), request)).toMatchObject({ ok: true, value: { state: 'sent' } });
    return request.id;
  },
  async failed(lab, name) {
    const request = await open(lab, name);
    lab.answer = () => Promise.resolve(failure('permissionMissing'));
    expect(await lab.decide(approver(lab), request)).toMatchObject({ ok: false, refusal: 'upstream' });
    return request.id;
  },
  async unclear(lab, name) {
    const request = await open(lab, name);
    lab.answer = () => Promise.resolve(failure('timeout'));
    expect(await lab.decide(approver(lab), request)).toMatchObject({ value: { state: 'unclear' } });
    return request.id;
  },
  async denied(lab, name) {
    const request = await open(lab, name);
    expect(await lab.decide(approver(lab), request, { verdict: 'deny' })).toMatchObject({ ok: true });
    return request.id;
  },
  async withdrawn(lab, name) {
    const request = await open(lab, name);
    expect(await lab.decide(requester(lab), request, { verdict: 'deny' })).toMatchObject({ ok: true });
    return request.id;
  },
  async expired(lab, name) {
    const request = await open(lab, name);
    lab.aheadMs += lab.options.limits.approvalMs;
    return request.id;
  },
};

const requester = (lab: OperationsLab) => lab.actor('ann', ['MUTATE']);
const approver = (lab: OperationsLab) => lab.actor('bob', ['APPROVE']);
const open = (lab: OperationsLab, name: string) => lab.ask(requester(lab), name);

describe('operation by state by who decides', () => {
  const rows = MUTATIONS.flatMap(({ name }) => OPERATION_STATES.map((state) => [name, state] as const));

  test.each(rows)(
    '%s that is %s is carried out by an approval only if it waits for one',
    async (name, state) => {
      for (const grants of GRANT_SETS) {
        for (const who of ['bob', 'ann', 'ANN']) {
          const lab = createOperationsLab();
          const id = await INTO[state](lab, name);
          const before = lab.acts.length;
          lab.answer = () => Promise.resolve({ ok: true, value: true, source: 'graph', fetchedAt: 0 });
          const digest = (await lab.options.store.find(id))?.digest ?? '';
          const actor = { ...lab.actor(who, grants) };
          // Whoever asked may still do it: only the approver varies.
          requester(lab);
          const result = await lab.decide(actor, { id, digest });
          const isDone = state === 'pendingApproval' && who === 'bob' && grants.includes('APPROVE');
          expect([name, state, who, grants, lab.acts.length - before]).toEqual([
            name,
            state,
            who,
            grants,
            isDone ? 1 : 0,
          ]);
          expect(result.ok).toBe(isDone);
          expect(lab.events.at(-1)).toMatchObject({ outcome: isDone ? 'done' : 'refused', act: 'approve' });
        }
      }
    },
  );

  test('every change has a class of its own, and every one that takes something away is MUTATE', () => {
    expect(Object.fromEntries(CHANGES.map((operation) => [operation.name, operation.class]))).toEqual({
      sync_device: 'PROPOSE',
      remote_lock: 'MUTATE',
      retire_device: 'MUTATE',
      wipe_device: 'MUTATE',
      delete_device: 'MUTATE',
    });
  });
});

function inputFor(operation: Operation): Record<string, unknown> {
  return operation.class === 'READ' ? {} : REQUEST;
}
