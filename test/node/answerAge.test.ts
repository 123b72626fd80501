import { describe, expect, test } from 'vitest';
import type { DeviceDirectory, LookupOptions } from '../../src/node/deviceDirectory.ts';
import type { Decision } from '../../src/node/decision.ts';
import { DEVICE_ID, ENTRA_ID, fakeDirectory, managedDevice, NOW } from '../support/fakeDirectory.ts';
import { testContext, testNode } from '../support/testNode.ts';

const WARNING = { reason: 'upstreamUnavailable', detail: 'HTTP 503' } as const;
const ENTRA = { deviceId: ENTRA_ID, accountEnabled: true };

const old = (
  ageMs: number,
): { ok: true; source: 'staleCache'; fetchedAt: number; warning: typeof WARNING } => ({
  ok: true,
  source: 'staleCache',
  fetchedAt: NOW - ageMs,
  warning: WARNING,
});

async function decide(
  replace: Partial<DeviceDirectory>,
  node: Parameters<typeof testNode>[1] = {},
  context: Parameters<typeof testContext>[0] = {},
): Promise<Decision> {
  const directory = fakeDirectory([managedDevice()], { entraDevices: [ENTRA], replace });
  return (await testNode(directory, node).decide(testContext(context))).decision;
}

describe('a decision on an old answer', () => {
  const MESSAGE = expect.stringMatching(/^A remembered answer was given\. .*\(HTTP 503\)$/) as string;

  test('says where it came from, how old it is and why', async () => {
    const found = { ...old(90_900), value: managedDevice() };
    expect(await decide({ findManagedDevice: async () => found })).toMatchObject({
      outcome: 'Compliant',
      evidence: { source: 'staleCache', ageSeconds: 90 },
      warnings: [{ reason: 'upstreamUnavailable', message: MESSAGE }],
    });
  });

  test('is as old as the older of the two answers it rests on', async () => {
    const findEntraDevice = async (): Promise<ReturnType<typeof old> & { value: typeof ENTRA }> => ({
      ...old(60_000),
      value: ENTRA,
    });
    expect(await decide({ findEntraDevice }, { requireEnabledEntraDevice: true })).toMatchObject({
      outcome: 'Compliant',
      evidence: { source: 'staleCache', ageSeconds: 60 },
      warnings: [{ reason: 'upstreamUnavailable' }],
    });
    const found = { ...old(90_000), value: managedDevice() };
    const both = { findEntraDevice, findManagedDevice: async () => found };
    expect(await decide(both, { requireEnabledEntraDevice: true })).toMatchObject({
      evidence: { ageSeconds: 90 },
      warnings: [{}, {}],
    });
  });

  test('warns about old apps and old absences as well', async () => {
    const apps = { ...old(60_000), value: [] };
    expect(await decide({ listDetectedApps: async () => apps }, { saveInstalledApps: 'json' })).toMatchObject(
      {
        evidence: { source: 'graph', ageSeconds: 0 },
        warnings: [{ reason: 'upstreamUnavailable' }],
      },
    );
    const absent = {
      ...old(1_000),
      source: 'cache',
      value: undefined,
      warning: { reason: 'recheckTooSoon', detail: 'x' },
    };
    expect(
      await decide({
        findManagedDevice: async () => absent as never,
        findManagedDevicesByEntraId: async () => ({ ...absent, value: [] }) as never,
      }),
    ).toMatchObject({
      reason: 'deviceNotFound',
      evidence: { source: 'cache' },
      warnings: [{ reason: 'recheckTooSoon' }],
    });
  });

  test('judges by the present, not by the time of the answer', async () => {
    const inGrace = managedDevice({ complianceState: 'inGracePeriod', graceDeadline: NOW - 1 });
    const found = { ...old(1_000), value: inGrace };
    expect(await decide({ findManagedDevice: async () => found })).toMatchObject({ reason: 'graceExpired' });
  });

  test('too many who wait is Error overloaded', async () => {
    const full = { ok: false, reason: 'overloaded', detail: 'x', cause: new Error('x') } as const;
    expect(await decide({ findManagedDevice: async () => full })).toMatchObject({
      outcome: 'Error',
      reason: 'overloaded',
    });
  });
});

describe('what the node asks for', () => {
  test.each([
    [{}, {}, { recheck: false }],
    [{ maxAnswerAgeMs: 0 }, {}, { recheck: false, maxAnswerAgeMs: 0 }],
    [{ maxAnswerAgeMs: 5_000 }, { recheck: true }, { recheck: true, maxAnswerAgeMs: 5_000 }],
  ])('%j and %j reach every question', async (node, context, expected) => {
    const asked: LookupOptions[] = [];
    const directory = fakeDirectory([managedDevice()], { entraDevices: [ENTRA] });
    const note: DeviceDirectory = {
      findManagedDevice: (id, options) => (asked.push(options), directory.findManagedDevice(id, options)),
      findManagedDevicesByEntraId: (id, options) => (
        asked.push(options),
        directory.findManagedDevicesByEntraId(id, options)
      ),
      findEntraDevice: (id, options) => (asked.push(options), directory.findEntraDevice(id, options)),
      listDetectedApps: (id, options) => (asked.push(options), directory.listDetectedApps(id, options)),
    };
    await testNode(note, { ...node, requireEnabledEntraDevice: true, saveInstalledApps: 'json' }).decide(
      testContext({ ...context, headers: [['x-intune', DEVICE_ID]] }),
    );
    expect(asked).toHaveLength(3);
    for (const options of asked) {
      const { recheck, maxAnswerAgeMs } = options;
      expect(maxAnswerAgeMs === undefined ? { recheck } : { recheck, maxAnswerAgeMs }).toEqual(expected);
    }
  });
});
