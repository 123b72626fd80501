import { expect, test } from 'vitest';
import { digestOf, operationIdOf, type OperationRecord } from '../../src/operations/operationRecord.ts';
import type { OperationStore } from '../../src/operations/operationStore.ts';

/** A request that waits for approval. */
export function pendingRecord(requestId: string, createdAt: number): OperationRecord {
  const subject = {
    operation: 'remote_lock',
    tenant: 'default',
    deviceId: 'f61dc341-c9c9-40c1-abbd-6997016f4c9e',
    options: {},
  };
  return {
    ...subject,
    id: operationIdOf('ann', requestId),
    requestId,
    principal: 'ann',
    digest: digestOf(subject),
    reason: 'it was lost',
    deviceName: 'LAPTOP',
    serialNumber: null,
    state: 'pendingApproval',
    createdAt,
    expiresAt: createdAt + 900_000,
    decidedBy: null,
    decidedAt: null,
    finishedAt: null,
    detail: null,
  };
}

/** What every place where requests are kept does. `two` are two replicas with one memory. */
export function testOperationStore(
  two: () => readonly [OperationStore, OperationStore],
  now: () => number,
): void {
  let last = 0;
  const next = (): OperationRecord => pendingRecord(`request-${(last += 1)}-${Math.random()}`, now());

  test('a request is added once, whoever adds it', async () => {
    const [one, other] = two();
    const record = next();
    const results = await Promise.all([one.add(record), other.add(record), one.add(record)]);
    expect(results.filter((result) => result === 'added')).toHaveLength(1);
    expect(results.filter((result) => typeof result === 'object')).toEqual([record, record]);
    expect(await other.find(record.id)).toEqual(record);
    expect((await other.list()).filter(({ id }) => id === record.id)).toEqual([record]);
    expect(await other.find(operationIdOf('ann', 'unknown'))).toBeUndefined();
  });

  test('of many who put something else in its place, one does', async () => {
    const [one, other] = two();
    const record = next();
    await one.add(record);
    const seen = await Promise.all([one.find(record.id), other.find(record.id), one.find(record.id)]);
    const results = await Promise.all(
      seen.map((before, index) => {
        if (before === undefined) throw new Error('it is there');
        const store = index === 1 ? other : one;
        return store.replace(before, { ...before, state: 'executing', decidedBy: `approver-${index}` });
      }),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await one.find(record.id)).toMatchObject({
      state: 'executing',
      decidedBy: `approver-${results.indexOf(true)}`,
    });
  });

  test('what was put there can be replaced by who put it', async () => {
    const [one] = two();
    const record = next();
    await one.add(record);
    const executing = { ...record, state: 'executing' } as const;
    expect(await one.replace(record, executing)).toBe(true);
    expect(await one.replace(record, { ...record, state: 'denied' })).toBe(false);
    expect(await one.replace(executing, { ...executing, state: 'sent' })).toBe(true);
    expect(await one.find(record.id)).toMatchObject({ state: 'sent' });
  });

  test('changes are counted together, exactly, and looking takes none', async () => {
    const [one, other] = two();
    const bucket = `bucket ${Math.random()}`;
    expect(await one.take(bucket, 3, 60_000, true)).toBe(0);
    const waits = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : other).take(bucket, 3, 60_000)),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(await one.take(bucket, 3, 60_000, true)).toBeGreaterThan(50_000);
    expect(await one.take(`${bucket} of others`, 1, 60_000)).toBe(0);
    expect(await one.take(bucket, 0, 60_000)).toBe(60_000);
  });
}
