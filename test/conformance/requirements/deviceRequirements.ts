import type { Requirement } from '../requirement.ts';
import { ask, COMPLIANT, daysFromNow, header, own, ownAt, requirement } from './build.ts';

const GRAPH_DEVICE = 'Microsoft Graph v1.0 managedDevice';
const CONTRACT = 'intune-gate contract';
const ENTRA = 'Microsoft Entra device';

const REMOVALS = ['retirePending', 'retireIssued', 'wipePending', 'wipeIssued', 'deletePending'];
const FAILED_REMOVALS = ['retireFailed', 'wipeFailed'];
const STAYING = ['managed', 'retireCanceled', 'wipeCanceled', 'unhealthy', 'discovered'];

const REMOVED = { outcome: 'NotCompliant', reason: 'deviceBeingRemoved' } as const;
const TOO_OLD = { outcome: 'Unknown', reason: 'checkInTooOld' } as const;
const GRACE_OVER = { outcome: 'NotCompliant', reason: 'graceExpired' } as const;
const MISMATCH = { outcome: 'NotCompliant', reason: 'userMismatch' } as const;
const LOGIN_MISSING = { outcome: 'Error', reason: 'loginUserMissing' } as const;

/** Strict nodes compare the user; this is the one of the devices a case makes. */
const LOGIN = { username: 'conformance@contoso.example' };

/** What else Intune and Entra say about a device, and how it overrules the state. */
export const DEVICE_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'DEV-01',
    CONTRACT,
    'A device that Intune does not know gives Unknown, reason deviceNotFound, with the presented id and without a device.',
    ask(own, {
      outcome: 'Unknown',
      reason: 'deviceNotFound',
      emptySharedState: true,
      fields: ({ device }) => ({ deviceId: device.id, managedDeviceId: null, azureADDeviceId: null }),
    }),
  ),
  requirement('DEV-02', GRAPH_DEVICE, 'A wipe, retire or delete under way overrules compliance.', {
    devices: [{}],
    steps: REMOVALS.map((managementState) => ({ change: { managementState }, body: own, expect: REMOVED })),
  }),
  requirement('DEV-03', CONTRACT, 'A wipe or retire that failed counts as under way.', {
    devices: [{}],
    steps: FAILED_REMOVALS.map((managementState) => ({
      change: { managementState },
      body: own,
      expect: REMOVED,
    })),
  }),
  requirement('DEV-04', GRAPH_DEVICE, 'Other management states, a cancelled wipe included, change nothing.', {
    devices: [{}],
    steps: STAYING.map((managementState) => ({ change: { managementState }, body: own, expect: COMPLIANT })),
  }),
  requirement('DEV-05', GRAPH_DEVICE, 'A revoked registration overrules compliance.', {
    devices: [{ deviceRegistrationState: 'revoked' }],
    steps: [{ body: own, expect: REMOVED }],
  }),
  requirement(
    'DEV-06',
    CONTRACT,
    'A device being removed stays NotCompliant whatever its compliance state is.',
    {
      devices: [{ managementState: 'wipePending' }],
      steps: ['inGracePeriod', 'conflict', 'configManager', 'unknown', 'error', 'strange'].map(
        (complianceState) => ({ change: { complianceState }, body: own, expect: REMOVED }),
      ),
    },
  ),
  requirement(
    'DEV-10',
    CONTRACT,
    'A last check-in that is older than the node allows gives Unknown, reason checkInTooOld.',
    {
      devices: [{ lastSyncDateTime: daysFromNow(-31) }],
      steps: [{ body: own, expect: TOO_OLD }],
    },
  ),
  requirement('DEV-11', CONTRACT, 'A last check-in within what the node allows changes nothing.', {
    devices: [{ lastSyncDateTime: daysFromNow(-29) }],
    steps: [{ body: own, expect: COMPLIANT }],
  }),
  requirement('DEV-12', CONTRACT, 'Each node has its own limit, and a node without one has none.', {
    devices: [{ lastSyncDateTime: daysFromNow(-2) }],
    steps: [
      { body: own, expect: COMPLIANT },
      { body: ownAt('strict', LOGIN), expect: TOO_OLD },
      { change: { lastSyncDateTime: daysFromNow(-400) }, body: ownAt('withApps'), expect: COMPLIANT },
    ],
  }),
  requirement(
    'DEV-13',
    GRAPH_DEVICE,
    'The dates that stand for no check-in, years 1 and 9999, count as too old.',
    {
      devices: [{}],
      steps: ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'].map((lastSyncDateTime) => ({
        change: { lastSyncDateTime },
        body: own,
        expect: TOO_OLD,
      })),
    },
  ),
  requirement(
    'DEV-14',
    CONTRACT,
    'A check-in that is too old is told before a removal and before the state.',
    {
      devices: [
        { lastSyncDateTime: daysFromNow(-31), managementState: 'wipePending', complianceState: 'error' },
      ],
      steps: [{ body: own, expect: TOO_OLD }],
    },
  ),
  requirement('DEV-20', GRAPH_DEVICE, 'A grace period whose deadline is ahead gives InGracePeriod.', {
    devices: [{ complianceState: 'inGracePeriod' }],
    steps: [daysFromNow(0.01), daysFromNow(3), '9999-12-31T23:59:59Z'].map(
      (complianceGracePeriodExpirationDateTime) => ({
        change: { complianceGracePeriodExpirationDateTime },
        body: own,
        expect: { outcome: 'InGracePeriod', reason: 'inGracePeriod' },
      }),
    ),
  }),
  requirement(
    'DEV-21',
    CONTRACT,
    'A grace period whose deadline has passed gives NotCompliant, reason graceExpired.',
    {
      devices: [{ complianceState: 'inGracePeriod' }],
      steps: [daysFromNow(-0.001), daysFromNow(-1), '0001-01-01T00:00:00Z'].map(
        (complianceGracePeriodExpirationDateTime) => ({
          change: { complianceGracePeriodExpirationDateTime },
          body: own,
          expect: GRACE_OVER,
        }),
      ),
    },
  ),
  requirement('DEV-22', CONTRACT, 'The deadline of a grace period matters in that state only.', {
    devices: [{ complianceGracePeriodExpirationDateTime: daysFromNow(-1) }],
    steps: [
      { body: own, expect: COMPLIANT },
      {
        change: { complianceState: 'noncompliant', complianceGracePeriodExpirationDateTime: daysFromNow(3) },
        body: own,
        expect: { outcome: 'NotCompliant', reason: 'noncompliant' },
      },
    ],
  }),
  requirement(
    'DEV-30',
    CONTRACT,
    'A node that compares users accepts the user of the device in any ASCII letter case.',
    {
      devices: [{}],
      steps: ['conformance@contoso.example', 'Conformance@CONTOSO.example'].map((username) => ({
        body: ownAt('strict', { username }),
        expect: COMPLIANT,
      })),
    },
  ),
  requirement(
    'DEV-31',
    CONTRACT,
    'A node that compares users answers NotCompliant, reason userMismatch, for another user.',
    {
      devices: [{ userPrincipalName: 'kim@contoso.example' }],
      steps: [
        'acarter@contoso.example',
        'kim',
        'kim@contoso.example.org',
        ' kim@contoso.example',
        '\u212Aim@contoso.example', // the Kelvin sign, which Unicode folds to k
      ].map((username) => ({ body: ownAt('strict', { username }), expect: MISMATCH })),
    },
  ),
  requirement('DEV-32', CONTRACT, 'A device without a user is nobody’s.', {
    devices: [{ userPrincipalName: '' }],
    steps: [{ body: ownAt('strict', LOGIN), expect: MISMATCH }],
  }),
  requirement(
    'DEV-33',
    CONTRACT,
    'A node that compares users answers Error, reason loginUserMissing, without a login name.',
    {
      devices: [{}],
      steps: [
        {},
        { username: '' },
        { username: '  ' },
        { username: null },
        { username: 7 },
        { username: [LOGIN.username] },
        { Username: LOGIN.username },
      ].map((sharedState) => ({ body: ownAt('strict', sharedState), expect: LOGIN_MISSING })),
    },
  ),
  requirement('DEV-34', CONTRACT, 'A node may complete a login name that has no domain.', {
    gate: 'second',
    devices: [{}],
    steps: [
      { body: ownAt('domain', { login: 'conformance' }), expect: COMPLIANT },
      { body: ownAt('domain', { login: 'conformance@contoso.example' }), expect: COMPLIANT },
      { body: ownAt('domain', { login: 'conformance@elsewhere.example' }), expect: MISMATCH },
      { body: ownAt('domain', { username: 'conformance' }), expect: LOGIN_MISSING },
    ],
  }),
  requirement(
    'DEV-35',
    ENTRA,
    'A node that asks Entra answers NotCompliant, reason deviceDisabled, while the device is disabled there.',
    {
      devices: [{}],
      steps: [
        { body: ownAt('strict', LOGIN), expect: COMPLIANT },
        {
          changeEntra: { accountEnabled: false },
          body: ownAt('strict', LOGIN),
          expect: { outcome: 'NotCompliant', reason: 'deviceDisabled' },
        },
        { body: own, expect: COMPLIANT },
      ],
    },
  ),
  requirement(
    'DEV-36',
    ENTRA,
    'A device that is not registered in Entra counts as disabled for a node that asks Entra.',
    {
      devices: [{}],
      steps: ['00000000-0000-0000-0000-000000000000', '', null, '00000000-0000-4000-8000-0000000000aa'].map(
        (azureADDeviceId) => ({
          change: { azureADDeviceId },
          body: ownAt('strict', LOGIN),
          expect: { outcome: 'NotCompliant', reason: 'deviceDisabled' },
        }),
      ),
    },
  ),
  requirement(
    'DEV-37',
    CONTRACT,
    'The optional checks never turn a device that is not compliant into something better.',
    {
      devices: [{ complianceState: 'conflict' }],
      steps: [{ body: ownAt('strict', LOGIN), expect: { outcome: 'Conflict', reason: 'conflict' } }],
    },
  ),
  requirement('DEV-40', GRAPH_DEVICE, 'An Entra id finds its managed device.', {
    devices: [{}],
    steps: [
      {
        body: ({ device }) => header([device.azureADDeviceId]),
        expect: {
          ...COMPLIANT,
          fields: ({ device }) => ({
            deviceId: device.azureADDeviceId,
            deviceIdKind: 'entra',
            managedDeviceId: device.id,
            azureADDeviceId: device.azureADDeviceId,
          }),
        },
      },
    ],
  }),
  requirement(
    'DEV-41',
    CONTRACT,
    'Of several records of one machine under one Entra id the one that checked in last counts.',
    {
      sharedEntraId: true,
      devices: [
        { serialNumber: 'SAME', complianceState: 'noncompliant', lastSyncDateTime: daysFromNow(-1) },
        { serialNumber: 'SAME', lastSyncDateTime: daysFromNow(-9) },
      ],
      steps: [
        {
          body: ({ device }) => header([device.azureADDeviceId]),
          expect: {
            outcome: 'NotCompliant',
            reason: 'noncompliant',
            fields: ({ device }) => ({ managedDeviceId: device.id }),
          },
        },
        {
          change: { lastSyncDateTime: daysFromNow(-20) },
          body: ({ device }) => header([device.azureADDeviceId]),
          expect: { ...COMPLIANT, fields: ({ other }) => ({ managedDeviceId: other.id }) },
        },
      ],
    },
  ),
  requirement(
    'DEV-42',
    CONTRACT,
    'Several machines under one Entra id give Error, reason deviceAmbiguous; none is picked.',
    {
      sharedEntraId: true,
      devices: [{ serialNumber: 'ONE' }, { serialNumber: 'TWO' }],
      steps: [
        {
          body: ({ device }) => header([device.azureADDeviceId]),
          expect: { outcome: 'Error', reason: 'deviceAmbiguous' },
        },
        {
          change: { serialNumber: '' },
          body: ({ device }) => header([device.azureADDeviceId]),
          expect: { outcome: 'Error', reason: 'deviceAmbiguous' },
        },
        { body: own, expect: COMPLIANT },
      ],
    },
  ),
  requirement('DEV-43', CONTRACT, 'Two records of one machine with the same check-in are ambiguous.', {
    sharedEntraId: true,
    devices: [
      { serialNumber: 'SAME', lastSyncDateTime: daysFromNow(-1) },
      { serialNumber: 'SAME', lastSyncDateTime: daysFromNow(-1), complianceState: 'noncompliant' },
    ],
    steps: [
      {
        body: ({ device }) => header([device.azureADDeviceId]),
        expect: { outcome: 'Error', reason: 'deviceAmbiguous' },
      },
    ],
  }),
  requirement('DEV-44', CONTRACT, 'A node that knows the kind of its ids does not try the other kind.', {
    gate: 'second',
    devices: [{}],
    steps: [
      { body: ownAt('intuneIds'), expect: COMPLIANT },
      { body: ({ device }) => header(device.azureADDeviceId, 'entraIds'), expect: COMPLIANT },
      {
        body: ({ device }) => header(device.azureADDeviceId, 'intuneIds'),
        expect: { outcome: 'Unknown', reason: 'deviceNotFound' },
      },
      { body: ownAt('entraIds'), expect: { outcome: 'Unknown', reason: 'deviceNotFound' } },
    ],
  }),
];
