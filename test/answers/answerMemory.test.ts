import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createAnswerMemory, type AnswerMemory } from '../../src/answers/answerMemory.ts';
import type { DeviceId } from '../../src/node/deviceId.ts';
import { parseManagedDevice } from '../../src/graph/managedDeviceAnswer.ts';
import type { ManagedDevice } from '../../src/node/managedDevice.ts';
import type { WantedProperties } from '../../src/node/deviceDirectory.ts';
import { guid, managedDevice, NOW } from '../support/fakeDirectory.ts';

const idOf = (index: number): DeviceId =>
  guid(`${index.toString(16).padStart(8, '0')}-1111-4111-8111-111111111111`);

function take(memory: AnswerMemory, device: ManagedDevice, wanted: WantedProperties = 'none'): void {
  const question = { tenant: 'default', kind: 'managedDevice', id: device.id, wanted } as const;
  memory.take(question, { value: device, fetchedAt: NOW }, memory.moment(), true);
}

const find = (memory: AnswerMemory, id: DeviceId, wanted: WantedProperties = 'none'): unknown =>
  memory.find({ tenant: 'default', kind: 'managedDevice', id, wanted });

/** A device as it comes from Graph: parsed text, so that nothing is shared by accident. */
function deviceFromGraph(index: number): ManagedDevice {
  const wire = JSON.stringify({
    id: idOf(index),
    azureADDeviceId: `${index.toString(16).padStart(8, '0')}-2222-4222-8222-222222222222`,
    complianceState: 'compliant',
    managementState: 'managed',
    deviceRegistrationState: 'registered',
    complianceGracePeriodExpirationDateTime: '9999-12-31T23:59:59Z',
    lastSyncDateTime: '2026-11-21T10:00:00Z',
    serialNumber: `SN-${index}-0000`,
    userPrincipalName: `user.number${index}@contoso.example`,
  });
  const parsed = parseManagedDevice(JSON.parse(wire) as never);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.device;
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('memory', () => {
  test('100,000 devices without saved properties take less than 100 MB', () => {
    const count = 100_000;
    const before = usedBytes();
    const memory = createAnswerMemory({ entries: 200_000, now: () => NOW });
    for (let index = 0; index < count; index += 1) take(memory, deviceFromGraph(index));
    const bytesPerDevice = (usedBytes() - before) / count;
    expect(memory.size).toBe(count);
    process.stderr.write(`memory: ${Math.round(bytesPerDevice)} bytes per device\n`);
    expect(bytesPerDevice).toBeLessThan(1_000);
  });

  test('keeps no more answers than it may, and those used last', () => {
    const memory = createAnswerMemory({ entries: 1_000, now: () => NOW });
    for (let index = 0; index < 1_000; index += 1) take(memory, deviceFromGraph(index));
    find(memory, idOf(0));
    take(memory, deviceFromGraph(1_000));
    expect(memory.size).toBe(1_000);
    expect(find(memory, idOf(0))).toBeDefined();
    expect(find(memory, idOf(1))).toBeUndefined();
  });

  test('keeps fewer large ones', () => {
    const memory = createAnswerMemory({ entries: 1_000, now: () => NOW });
    const properties = { notes: 'x'.repeat(10_000) };
    for (let index = 0; index < 1_000; index += 1)
      take(memory, managedDevice({ id: idOf(index), properties }), 'all');
    expect(memory.size).toBeGreaterThan(10);
    expect(memory.size).toBeLessThan(100);
  });

  test('holds no answer that is larger than everything', () => {
    const memory = createAnswerMemory({ entries: 100, now: () => NOW });
    take(memory, managedDevice({ properties: { notes: 'x'.repeat(1_000_000) } }), 'all');
    expect(memory.size).toBe(0);
  });

  test('what it can no longer tell to be newer, it does not tell to be good', () => {
    const memory = createAnswerMemory({ entries: 100, now: () => NOW });
    take(memory, managedDevice({ id: idOf(0) }));
    take(memory, managedDevice({ id: idOf(0), complianceState: 'noncompliant' }), 'all');
    // More bad news than there is room for pushes the first out.
    for (let index = 1; index <= 100; index += 1) {
      find(memory, idOf(0));
      take(memory, managedDevice({ id: idOf(index), complianceState: 'noncompliant' }));
    }
    expect(find(memory, idOf(0))).toBeUndefined();
  });
});
