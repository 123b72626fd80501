import { equal, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OUTCOME_IDS, OUTCOMES } from '../../src/outcomes/outcome.ts';
import { REASON_NAMES, REASONS } from '../../src/outcomes/reason.ts';
import { outcomeOf, type ReasonOutcomes } from '../../src/outcomes/reasonOutcomes.ts';
import type { DeviceId } from '../../src/node/deviceId.ts';
import type { DeviceDirectory } from '../../src/node/deviceDirectory.ts';
import type { EntraDevice, ManagedDevice } from '../../src/node/managedDevice.ts';
import type { RequestContext } from '../../src/node/requestContext.ts';
import {
  DEVICE_ID,
  ENTRA_ID,
  failure,
  fakeDirectory,
  guid,
  HOUR,
  managedDevice,
  NOW,
  OTHER_ID,
} from '../support/fakeDirectory.ts';
import { CALLER, testNode } from '../support/testNode.ts';
import { anyCase, nearMiss } from './arbitraries.ts';
import { countedAssert, countedAssertAsync } from './countedAssert.ts';

const OTHER_ENTRA_ID = guid('e0000002-0000-4000-8000-000000000002');
const STRANGER = guid('aaaaaaaa-0000-4000-8000-000000000001');
const KNOWN_IDS: readonly DeviceId[] = [DEVICE_ID, ENTRA_ID, OTHER_ID, OTHER_ENTRA_ID, STRANGER];

const complianceState = fc.oneof(
  { weight: 4, arbitrary: fc.constant('compliant') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'noncompliant',
      'inGracePeriod',
      'configManager',
      'conflict',
      'unknown',
      'error',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('Compliant', 'compliant ', '', 'constructor', '__proto__') },
  { weight: 1, arbitrary: fc.string() },
);
const time = fc.constantFrom(
  undefined,
  0,
  NOW - 1_000 * HOUR,
  NOW - 2 * HOUR,
  NOW,
  NOW + 2 * HOUR,
  NOW + 1_000 * HOUR,
);
const device = (id: DeviceId, azureADDeviceId: DeviceId): fc.Arbitrary<ManagedDevice> =>
  fc
    .record({
      complianceState,
      azureADDeviceId: fc.constantFrom(azureADDeviceId, azureADDeviceId, ENTRA_ID, undefined),
      managementState: fc.constantFrom(
        'managed',
        'managed',
        undefined,
        'wipePending',
        'retireIssued',
        'other',
      ),
      deviceRegistrationState: fc.constantFrom('registered', 'registered', undefined, 'revoked'),
      graceDeadline: time,
      lastSync: time,
      serialNumber: fc.constantFrom('SN-1', 'SN-2', undefined),
      userPrincipalName: fc.constantFrom('a@b.example', 'c@d.example', undefined),
    })
    .map((changes) => managedDevice({ id, ...changes }));

const presented: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: anyCase(fc.constantFrom<string>(...KNOWN_IDS)) },
  { weight: 2, arbitrary: fc.constantFrom(...KNOWN_IDS).map((id) => `CN=${id}`) },
  { weight: 1, arbitrary: nearMiss },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
);
const context: fc.Arbitrary<RequestContext> = fc.record({
  caller: fc.constantFrom(CALLER, CALLER, CALLER, CALLER, 'stranger', ''),
  headers: fc.array(
    fc.tuple(
      fc.constantFrom('x-intune', 'X-Intune', 'x-intune', 'x_intune', 'connection', 'host'),
      presented,
    ),
    { maxLength: 2 },
  ),
  peerAddress: fc.constantFrom(undefined, '10.0.0.1', 'nonsense'),
  sharedState: fc.oneof(
    fc.constant({}),
    fc.record(
      { 'x-intune': presented, username: fc.constantFrom('a@b.example', 'A@B.example', '', 7) },
      { requiredKeys: [] },
    ),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
  ),
});

const settings = fc.record({
  largestCheckInAgeMs: fc.constantFrom(undefined, undefined, 24 * HOUR),
  loginUser: fc.constantFrom(undefined, undefined, { key: 'username', domain: undefined }),
  requireEnabledEntraDevice: fc.boolean(),
  saveDeviceProperties: fc.constantFrom('off' as const, 'all' as const),
  outcomes: fc.dictionary(fc.constantFrom(...REASON_NAMES), fc.constantFrom(...OUTCOMES), {
    maxKeys: 4,
  }),
});

/** Ways for the directory to misbehave; `honest` most of the time. */
const mood = fc.constantFrom('honest', 'honest', 'honest', 'honest', 'fails', 'throws', 'rejects', 'lies');
type Mood = 'honest' | 'fails' | 'throws' | 'rejects' | 'lies';

function directoryIn(
  how: string,
  devices: readonly ManagedDevice[],
  entraDevices: readonly EntraDevice[],
): DeviceDirectory {
  const honest = fakeDirectory(devices, { entraDevices });
  switch (how as Mood) {
    case 'honest':
      return honest;
    case 'fails':
      return fakeDirectory(devices, {
        entraDevices,
        replace: { findManagedDevice: async () => failure('throttled', 'wait', 5_000) },
      });
    case 'rejects':
      return fakeDirectory(devices, {
        replace: { findManagedDevice: () => Promise.reject(new Error('a bug')) },
      });
    case 'throws':
      return fakeDirectory(devices, {
        replace: {
          findManagedDevice: () => {
            throw new TypeError('a bug');
          },
        },
      });
    case 'lies':
      // Whatever is asked for, the answer is the first device there is.
      return fakeDirectory(devices, {
        entraDevices,
        replace: {
          findManagedDevice: async () => ({ ok: true, value: devices[0], source: 'graph', fetchedAt: NOW }),
          findManagedDevicesByEntraId: async () => ({
            ok: true,
            value: devices.slice(0, 1),
            source: 'graph',
            fetchedAt: NOW,
          }),
        },
      });
  }
}

describe('a decision', () => {
  test('12,000 contexts, tenants and settings: never rejects, and Compliant only for a compliant device of exactly that id', async () => {
    const seen = new Set<string>();
    const world = fc.record({
      first: device(DEVICE_ID, ENTRA_ID),
      second: device(OTHER_ID, OTHER_ENTRA_ID),
      entraDevices: fc.array(
        fc.record({ deviceId: fc.constantFrom(ENTRA_ID, OTHER_ENTRA_ID), accountEnabled: fc.boolean() }),
        { maxLength: 2 },
      ),
      mood,
    });
    const runs = await countedAssertAsync(
      12_000,
      fc.tuple(context, world, settings),
      async ([asked, tenant, options]) => {
        const devices = [tenant.first, tenant.second];
        const directory = directoryIn(tenant.mood, devices, tenant.entraDevices);
        const { decision } = await testNode(directory, options).decide(asked);
        seen.add(decision.outcome);
        equal(decision.outcomeId, OUTCOME_IDS[decision.outcome]);
        equal(decision.outcome, outcomeOf(decision.reason, options.outcomes));
        if (decision.outcome !== 'Compliant') return;
        const found = devices.find(({ id }) => id === decision.managedDeviceId);
        equal(found?.complianceState, 'compliant');
        ok([found.id, found.azureADDeviceId].some((id) => id === decision.deviceId));
        equal(asked.caller, CALLER);
        ok(
          JSON.stringify([asked.headers, asked.sharedState])
            .toLowerCase()
            .includes(decision.deviceId ?? 'none'),
        );
      },
    );
    expect(runs).toBe(12_000);
    expect([...seen].toSorted()).toEqual([...OUTCOMES].toSorted());
  });
});

describe('reason outcomes', () => {
  test('10,000 mappings of reasons: Compliant, InGracePeriod and NoId come from their own reasons alone', () => {
    const overrides = fc.oneof(
      fc.dictionary(fc.constantFrom(...REASON_NAMES), fc.constantFrom(...OUTCOMES)),
      fc
        .constantFrom(...OUTCOMES)
        .map((outcome) => Object.fromEntries(REASON_NAMES.map((reason) => [reason, outcome]))),
      // A mapping with a prototype of its own, as careless merging makes them.
      fc
        .constantFrom(...OUTCOMES)
        .map(
          (outcome) =>
            Object.create(Object.fromEntries(REASON_NAMES.map((reason) => [reason, outcome]))) as object,
        ),
    ) as fc.Arbitrary<ReasonOutcomes>;
    const runs = countedAssert(10_000, overrides, (mapping) => {
      for (const reason of REASON_NAMES) {
        const outcome = outcomeOf(reason, mapping);
        ok(OUTCOMES.includes(outcome));
        if (outcome === 'Compliant') equal(reason, 'compliant');
        if (outcome === 'InGracePeriod') equal(reason, 'inGracePeriod');
        if (outcome === 'NoId') equal(reason, 'noDeviceId');
        if (!Object.hasOwn(mapping, reason)) equal(outcome, REASONS[reason].outcome);
      }
    });
    expect(runs).toBe(10_000);
  });
});
