import { describe, expect, test } from 'vitest';
import { createAdmission } from '../../src/node/admission.ts';
import type { DeviceDirectory } from '../../src/node/deviceDirectory.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
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
import { testContext, testNode } from '../support/testNode.ts';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a decision', () => {
  test('has every key, with null for what there is nothing to say about', async () => {
    const { decision } = await testNode(fakeDirectory([])).decide(testContext({ headers: [] }));
    expect(decision).toEqual({
      outcome: 'NoId',
      outcomeId: 'NOID',
      reason: 'noDeviceId',
      message: 'No device id was presented in any configured place.',
      decisionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      node: 'default',
      evaluatedAt: '2026-11-21T12:00:00.000Z',
      deviceId: null,
      deviceIdSource: null,
      deviceIdKind: null,
      managedDeviceId: null,
      azureADDeviceId: null,
      evidence: { source: null, ageSeconds: null, lastSyncDateTime: null },
      retryAfterSeconds: null,
      warnings: [],
      sharedState: {},
    });
  });

  test('about a known device says where the answer came from', async () => {
    const directory = fakeDirectory([managedDevice()]);
    const { decision } = await testNode(directory).decide(testContext());
    expect(decision).toMatchObject({
      outcome: 'Compliant',
      reason: 'compliant',
      deviceId: DEVICE_ID,
      deviceIdSource: 'header',
      deviceIdKind: 'intune',
      managedDeviceId: DEVICE_ID,
      azureADDeviceId: ENTRA_ID,
      evidence: { source: 'graph', ageSeconds: 0, lastSyncDateTime: '2026-11-21T11:00:00.000Z' },
    });
    expect(directory.calls).toEqual([`intune ${DEVICE_ID}`]);
  });

  test.each([
    ['compliant', 'Compliant'],
    ['noncompliant', 'NotCompliant'],
    ['inGracePeriod', 'InGracePeriod'],
    ['configManager', 'ConfigManager'],
    ['conflict', 'Conflict'],
    ['unknown', 'Unknown'],
    ['error', 'Error'],
    ['somethingNew', 'Unknown'],
  ])('state %s becomes %s', async (complianceState, outcome) => {
    const { decision } = await testNode(fakeDirectory([managedDevice({ complianceState })])).decide(
      testContext(),
    );
    expect(decision.outcome).toBe(outcome);
  });

  test("the device's own error is told apart from ours", async () => {
    const { decision } = await testNode(fakeDirectory([managedDevice({ complianceState: 'error' })])).decide(
      testContext(),
    );
    expect(decision.reason).toBe('deviceComplianceError');
    expect(decision.sharedState['INTUNE_ERROR_MESSAGE']).toContain('error state');
    expect(decision.sharedState).not.toHaveProperty('INTUNE_ERROR_STACKTRACE');
  });

  test('explains its way', async () => {
    const { trace } = await testNode(fakeDirectory([managedDevice()])).decide(testContext({ traced: true }));
    expect(trace.map(({ step }) => step)).toEqual([
      'header x-intune',
      'shared state x-intune',
      'find device',
      'judge',
      'outcome',
    ]);
  });

  test('keeps its way to itself unless it is asked for', async () => {
    const { trace } = await testNode(fakeDirectory([managedDevice()])).decide(testContext());
    expect(trace).toEqual([]);
  });
});

describe('finding the device', () => {
  test('an id of unknown kind is tried as an Intune id, then as an Entra id', async () => {
    const directory = fakeDirectory([managedDevice()]);
    const { decision } = await testNode(directory).decide(testContext({ headers: [['x-intune', ENTRA_ID]] }));
    expect(decision).toMatchObject({
      outcome: 'Compliant',
      deviceId: ENTRA_ID,
      deviceIdKind: 'entra',
      managedDeviceId: DEVICE_ID,
    });
    expect(directory.calls).toEqual([`intune ${ENTRA_ID}`, `entra ${ENTRA_ID}`]);
  });

  test('a device nobody knows is Unknown', async () => {
    const { decision } = await testNode(fakeDirectory([])).decide(testContext());
    expect(decision).toMatchObject({
      outcome: 'Unknown',
      reason: 'deviceNotFound',
      deviceId: DEVICE_ID,
      deviceIdKind: 'unknown',
    });
  });

  test('two ids of one device are accepted from two places', async () => {
    const { decision } = await testNode(fakeDirectory([managedDevice()])).decide(
      testContext({ sharedState: { 'x-intune': ENTRA_ID } }),
    );
    expect(decision).toMatchObject({ outcome: 'Compliant', deviceId: DEVICE_ID });
  });

  test.each([
    ['two Intune ids', DEVICE_ID, OTHER_ID],
    ["an Intune id and another device's Entra id", DEVICE_ID, guid('e0000002-0000-4000-8000-000000000002')],
    ['an Intune id and an id nobody knows', DEVICE_ID, guid('99999999-0000-4000-8000-000000000000')],
    ['an id nobody knows and an Entra id', guid('99999999-0000-4000-8000-000000000000'), ENTRA_ID],
    ['two Entra ids', ENTRA_ID, guid('e0000002-0000-4000-8000-000000000002')],
  ])('%s conflict', async (_, inHeader, inState) => {
    const directory = fakeDirectory([
      managedDevice(),
      managedDevice({ id: OTHER_ID, azureADDeviceId: guid('e0000002-0000-4000-8000-000000000002') }),
    ]);
    const { decision } = await testNode(directory).decide(
      testContext({ headers: [['x-intune', inHeader]], sharedState: { 'x-intune': inState } }),
    );
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'deviceIdConflict' });
  });

  test('an answer about another device is never used', async () => {
    const directory = fakeDirectory([], {
      replace: {
        findManagedDevice: () =>
          Promise.resolve({
            ok: true,
            value: managedDevice({ id: OTHER_ID }),
            source: 'graph',
            fetchedAt: NOW,
          }),
      },
    });
    const { decision } = await testNode(directory).decide(testContext());
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'malformedAnswer' });
  });

  describe('with several records of one Entra id', () => {
    const decideAmong = async (...devices: Parameters<typeof managedDevice>[0][]): Promise<string> => {
      const directory = fakeDirectory(devices.map((device) => managedDevice(device)));
      const { decision } = await testNode(directory).decide(
        testContext({ headers: [['x-intune', ENTRA_ID]] }),
      );
      return decision.reason;
    };
    const ghost = { id: OTHER_ID, complianceState: 'noncompliant', lastSync: NOW - 1_000 * HOUR };

    test('the last enrolment of one piece of hardware counts, in any order', async () => {
      expect(await decideAmong({}, ghost)).toBe('compliant');
      expect(await decideAmong(ghost, {})).toBe('compliant');
      expect(
        await decideAmong({ complianceState: 'noncompliant' }, { ...ghost, complianceState: 'compliant' }),
      ).toBe('noncompliant');
    });

    test.each([
      ['another serial number', { ...ghost, serialNumber: 'SN-2' }],
      ['no serial number', { ...ghost, serialNumber: undefined }],
      ['the same last check-in', { ...ghost, lastSync: NOW - HOUR }],
    ])('%s leaves it undecided', async (_, other) => {
      expect(await decideAmong({}, other)).toBe('deviceAmbiguous');
    });

    test('no check-in anywhere leaves it undecided', async () => {
      expect(await decideAmong({ lastSync: undefined }, { ...ghost, lastSync: undefined })).toBe(
        'deviceAmbiguous',
      );
    });
  });
});

describe('what was presented', () => {
  test.each([
    [
      'twice',
      [
        ['x-intune', DEVICE_ID],
        ['x-intune', DEVICE_ID],
      ],
    ],
    [
      'twice in another case',
      [
        ['x-intune', DEVICE_ID],
        ['X-Intune', DEVICE_ID],
      ],
    ],
    [
      'also as x_intune',
      [
        ['x-intune', DEVICE_ID],
        ['x_intune', DEVICE_ID],
      ],
    ],
    ['only as x_intune', [['x_intune', DEVICE_ID]]],
    ['only as x.intune', [['x.intune', DEVICE_ID]]],
    [
      'and named in Connection',
      [
        ['x-intune', DEVICE_ID],
        ['connection', 'close, X-Intune'],
      ],
    ],
    ['not at all, but named in Connection', [['Connection', 'x_intune']]],
  ] as const)('%s is a sign of spoofing', async (_, headers) => {
    const directory = fakeDirectory([managedDevice()]);
    const { decision } = await testNode(directory).decide(testContext({ headers }));
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'headerSpoofed', deviceId: null });
    expect(directory.calls).toEqual([]);
  });

  test('malformed is an Error, and nothing is asked', async () => {
    const directory = fakeDirectory([managedDevice()]);
    const { decision } = await testNode(directory).decide(
      testContext({ headers: [['x-intune', `${DEVICE_ID}/../x`]] }),
    );
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'deviceIdMalformed' });
    expect(directory.calls).toEqual([]);
  });

  test('malformed in one place spoils a good id in another', async () => {
    const { decision } = await testNode(fakeDirectory([managedDevice()])).decide(
      testContext({ sharedState: { 'x-intune': 7 } }),
    );
    expect(decision.reason).toBe('deviceIdMalformed');
  });

  test('from a caller that may not supply it is an Error', async () => {
    const { decision } = await testNode(fakeDirectory([managedDevice()])).decide(
      testContext({ caller: 'stranger' }),
    );
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'hopNotTrusted' });
  });

  test('blank is nothing', async () => {
    const { decision } = await testNode(fakeDirectory([])).decide(
      testContext({ headers: [['x-intune', '']], sharedState: { 'x-intune': null } }),
    );
    expect(decision.outcome).toBe('NoId');
  });
});

describe('failures of Microsoft', () => {
  test.each(['throttled', 'credentialRejected', 'timeout', 'malformedAnswer', 'permissionMissing'] as const)(
    '%s is an Error with that reason',
    async (reason) => {
      const directory = fakeDirectory([], {
        replace: { findManagedDevice: () => Promise.resolve(failure(reason, 'said by the test', 2_128)) },
      });
      const { decision } = await testNode(directory).decide(testContext());
      expect(decision).toMatchObject({ outcome: 'Error', reason, retryAfterSeconds: 3, deviceId: DEVICE_ID });
      expect(decision.sharedState['INTUNE_ERROR_MESSAGE']).toContain('said by the test');
      expect(decision.sharedState['INTUNE_ERROR_STACKTRACE']).toMatch(
        /Error: said by the test\n\s+at .*test\/support/,
      );
    },
  );

  test('a directory that never answers is a timeout', async () => {
    const directory = fakeDirectory([], { replace: { findManagedDevice: never } });
    const { decision } = await testNode(directory, { deadlineMs: 30 }).decide(testContext());
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'timeout' });
  });

  test('a directory that throws is a bug, and its text stays inside', async () => {
    const directory = fakeDirectory([], {
      replace: { findManagedDevice: () => Promise.reject(new TypeError('boom s3cr3t-value')) },
    });
    const { decision } = await testNode(directory, { scrub: createScrub(['s3cr3t-value']) }).decide(
      testContext(),
    );
    expect(decision).toMatchObject({ outcome: 'Error', reason: 'internalError' });
    expect(decision.message).not.toContain('boom');
    expect(JSON.stringify(decision)).not.toContain('s3cr3t-value');
    expect(decision.sharedState['INTUNE_ERROR_STACKTRACE']).toMatch(/^TypeError\n\s+at /);
  });

  test('a caller that goes away ends the decision', async () => {
    const gone = new AbortController();
    const decided = testNode(fakeDirectory([], { replace: { findManagedDevice: never } })).decide(
      testContext(),
      gone.signal,
    );
    gone.abort();
    expect((await decided).decision.outcome).toBe('Error');
  });

  test('beyond the number of decisions at once, it says so', async () => {
    const admission = createAdmission(1);
    const busy = testNode(fakeDirectory([], { replace: { findManagedDevice: never } }), {
      admission,
      deadlineMs: 50,
    });
    const [first, second] = await Promise.all([busy.decide(testContext()), busy.decide(testContext())]);
    expect([first.decision.reason, second.decision.reason]).toEqual(['timeout', 'overloaded']);
    expect(
      (await testNode(fakeDirectory([managedDevice()]), { admission }).decide(testContext())).decision
        .outcome,
    ).toBe('Compliant');
  });
});

describe('what is saved', () => {
  const device = managedDevice({ properties: { deviceName: 'LAPTOP', isEncrypted: true } });

  test('nothing unless asked', async () => {
    const { decision } = await testNode(fakeDirectory([device])).decide(testContext());
    expect(decision.sharedState).toEqual({});
  });

  test('all properties', async () => {
    const { decision } = await testNode(fakeDirectory([device]), { saveDeviceProperties: 'all' }).decide(
      testContext(),
    );
    expect(decision.sharedState).toEqual({
      INTUNE_id: DEVICE_ID,
      INTUNE_complianceState: 'compliant',
      INTUNE_deviceName: 'LAPTOP',
      INTUNE_isEncrypted: 'true',
    });
  });

  test('installed apps beside them', async () => {
    const directory = fakeDirectory([device], {
      apps: [{ displayName: 'A', version: '1', publisher: undefined }],
    });
    const { decision } = await testNode(directory, { saveInstalledApps: 'ping' }).decide(testContext());
    expect(decision.sharedState).toEqual({ INTUNE_INSTALLED_APPS: '[A]' });
  });

  test.each<[string, DeviceDirectory['listDetectedApps'], string]>([
    ['fail', () => Promise.resolve(failure('throttled')), 'throttled'],
    ['hang', never, 'timeout'],
    ['throw', () => Promise.reject(new Error('x')), 'internalError'],
  ])('apps that %s leave the outcome alone and are told beside it', async (_, listDetectedApps, reason) => {
    const directory = fakeDirectory([device], { replace: { listDetectedApps } });
    const { decision } = await testNode(directory, { saveInstalledApps: 'json', deadlineMs: 50 }).decide(
      testContext(),
    );
    expect(decision.outcome).toBe('Compliant');
    expect(decision.warnings).toEqual([
      { reason, message: expect.stringContaining('installed apps') as string },
    ]);
    expect(decision.sharedState).toEqual({});
  });
});

describe('optional checks', () => {
  const loginUser = { key: 'username', domain: undefined };

  test("the device's user must be the login's user", async () => {
    const node = testNode(fakeDirectory([managedDevice()]), { loginUser });
    const outcomeFor = async (username: unknown): Promise<string> =>
      (await node.decide(testContext({ sharedState: { username } }))).decision.reason;
    expect(await outcomeFor('acarter@contoso.example')).toBe('compliant');
    expect(await outcomeFor('mallory@contoso.example')).toBe('userMismatch');
    expect(await outcomeFor('')).toBe('loginUserMissing');
    expect(await outcomeFor(['acarter@contoso.example'])).toBe('loginUserMissing');
  });

  test('a domain completes a short login name', async () => {
    const node = testNode(fakeDirectory([managedDevice()]), {
      loginUser: { key: 'username', domain: 'contoso.example' },
    });
    const { decision } = await node.decide(testContext({ sharedState: { username: 'ACARTER' } }));
    expect(decision.outcome).toBe('Compliant');
  });

  test.each([
    [true, 'compliant'],
    [false, 'deviceDisabled'],
  ])('the Entra device being enabled: %s gives %s', async (accountEnabled, reason) => {
    const directory = fakeDirectory([managedDevice()], {
      entraDevices: [{ deviceId: ENTRA_ID, accountEnabled }],
    });
    const { decision } = await testNode(directory, { requireEnabledEntraDevice: true }).decide(testContext());
    expect(decision.reason).toBe(reason);
  });

  test('a device that Entra does not know is not enabled there', async () => {
    const node = testNode(fakeDirectory([managedDevice()]), { requireEnabledEntraDevice: true });
    expect((await node.decide(testContext())).decision.reason).toBe('deviceDisabled');
    const unregistered = testNode(fakeDirectory([managedDevice({ azureADDeviceId: undefined })]), {
      requireEnabledEntraDevice: true,
    });
    expect((await unregistered.decide(testContext())).decision.reason).toBe('deviceDisabled');
  });

  test('an Entra that does not answer leaves the question open', async () => {
    const directory = fakeDirectory([managedDevice()], {
      replace: { findEntraDevice: () => Promise.resolve(failure('permissionMissing')) },
    });
    const { decision } = await testNode(directory, { requireEnabledEntraDevice: true }).decide(testContext());
    expect(decision).toMatchObject({
      outcome: 'Error',
      reason: 'permissionMissing',
      managedDeviceId: DEVICE_ID,
    });
  });

  test('an Entra that never answers does not take away what is known of the device', async () => {
    const directory = fakeDirectory([managedDevice()], {
      replace: { findEntraDevice: () => new Promise(() => undefined) },
    });
    const node = testNode(directory, { requireEnabledEntraDevice: true, deadlineMs: 20 });
    const { decision } = await node.decide(testContext());
    expect(decision).toMatchObject({
      outcome: 'Error',
      reason: 'timeout',
      managedDeviceId: DEVICE_ID,
      evidence: { source: 'graph' },
    });
  });
});

test('a node may answer as the Ping node does', async () => {
  const node = testNode(fakeDirectory([]), { outcomes: { deviceNotFound: 'Error' }, pingErrorKeys: true });
  const { decision } = await node.decide(testContext());
  expect(decision).toMatchObject({ outcome: 'Error', reason: 'deviceNotFound' });
  expect(decision.sharedState).toHaveProperty('[Microsoft Intune][Marketplace] Exception');
});
