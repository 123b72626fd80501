import type { Requirement } from '../requirement.ts';
import { ask, COMPLIANT, compliantId, header, own, ownAt, requirement } from './build.ts';

const PING = 'Ping Microsoft Intune node, shared state';
const CONTRACT = 'intune-gate contract';
const APPS = 'Microsoft Graph beta detectedApps';
const PING_EXCEPTION = '[Microsoft Intune][Marketplace] Exception';
const PING_STACK = '[Microsoft Intune][Marketplace] StackTracke';

const app = (id: number, displayName: string): object => ({ id: `app-${id}`, displayName });
const THREE_APPS = [app(1, 'Alpha'), app(2, 'Beta, the second'), app(3, 'Γάμμα "3"')];

/** A path from the root of a machine, in any of the ways a stack trace shows one. */
const ABSOLUTE_PATH = /(?:^|[\s('"])(?:file:\/\/|[A-Za-z]:[\\/]|\/(?!\/))[^\s]*/m;

function secretsOf({ target }: { target: object }): readonly string[] {
  return ['apiKey', 'clientSecret']
    .map((name) => (target as Record<string, unknown>)[name])
    .filter((value): value is string => typeof value === 'string');
}

/** What a decision adds to the journey. */
export const STATE_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'STATE-01',
    PING,
    'A node that saves all properties writes each as INTUNE_ and its Graph name, as text.',
    {
      devices: [
        {
          deviceName: 'Zoë\'s "Büro", №7 – 東京',
          operatingSystem: 'Windows',
          isEncrypted: true,
          isSupervised: false,
          totalStorageSpaceInBytes: 9_007_199_254_740_991,
          freeStorageSpaceInBytes: 0,
          deviceActionResults: [{ actionName: 'syncDevice' }],
        },
      ],
      steps: [
        {
          body: own,
          expect: {
            ...COMPLIANT,
            sharedState: ({ device }) => ({
              INTUNE_id: device.id,
              INTUNE_azureADDeviceId: device.azureADDeviceId,
              INTUNE_complianceState: 'compliant',
              INTUNE_deviceName: 'Zoë\'s "Büro", №7 – 東京',
              INTUNE_operatingSystem: 'Windows',
              INTUNE_isEncrypted: 'true',
              INTUNE_isSupervised: 'false',
              INTUNE_totalStorageSpaceInBytes: '9007199254740991',
              INTUNE_freeStorageSpaceInBytes: '0',
              INTUNE_deviceActionResults: '[{"actionName":"syncDevice"}]',
              INTUNE_userPrincipalName: 'conformance@contoso.example',
            }),
          },
        },
      ],
    },
  ),
  requirement('STATE-02', PING, 'Null and blank properties are left out.', {
    devices: [{ deviceName: null, model: '', manufacturer: '   ', serialNumber: null }],
    steps: [
      {
        body: own,
        expect: {
          ...COMPLIANT,
          absentKeys: ['INTUNE_deviceName', 'INTUNE_model', 'INTUNE_manufacturer', 'INTUNE_serialNumber'],
        },
      },
    ],
  }),
  requirement(
    'STATE-03',
    CONTRACT,
    'The properties are written beside every outcome that a known device leads to, Error included.',
    {
      devices: [{}],
      steps: ['noncompliant', 'conflict', 'configManager', 'unknown', 'error', 'strange'].map(
        (complianceState) => ({
          change: { complianceState },
          body: own,
          expect: {
            sharedState: ({ device }) => ({ INTUNE_id: device.id, INTUNE_complianceState: complianceState }),
          },
        }),
      ),
    },
  ),
  requirement('STATE-04', CONTRACT, 'A node that names properties writes these and no others.', {
    devices: [{ osVersion: '10.0.1', deviceName: 'PC-1' }],
    steps: [
      {
        body: ownAt('withApps'),
        expect: {
          ...COMPLIANT,
          sharedState: () => ({ INTUNE_osVersion: '10.0.1', INTUNE_deviceName: 'PC-1' }),
          also: (answer) => {
            const others = Object.keys(answer['sharedState'] as object).filter(
              (key) => !['INTUNE_osVersion', 'INTUNE_deviceName', 'INTUNE_INSTALLED_APPS'].includes(key),
            );
            return others.length === 0 ? undefined : `also wrote ${others.join(', ')}`;
          },
        },
      },
    ],
  }),
  requirement(
    'STATE-05',
    'Microsoft Graph v1.0 managedDevice',
    'A named property that Graph tells only when it is named has its true value, by either id.',
    {
      gate: 'second',
      devices: [{ operatingSystem: 'macOS', physicalMemoryInBytes: 17_179_869_184, isEncrypted: true }],
      steps: [({ device }: Ids) => device.id, ({ device }: Ids) => device.azureADDeviceId].map((id) => ({
        body: (facts) => header([id(facts)], 'listed'),
        expect: {
          ...COMPLIANT,
          sharedState: () => ({
            INTUNE_operatingSystem: 'macOS',
            INTUNE_physicalMemoryInBytes: '17179869184',
            INTUNE_isEncrypted: 'true',
          }),
        },
      })),
    },
  ),
  requirement('STATE-06', CONTRACT, 'A node that saves nothing writes nothing.', {
    gate: 'second',
    devices: [{}],
    steps: [{ body: ownAt('open'), expect: { ...COMPLIANT, emptySharedState: true } }],
  }),
  requirement('STATE-07', CONTRACT, 'Properties that open a device or a session are never written.', {
    devices: [
      { activationLockBypassCode: 'MARKER-CODE', remoteAssistanceSessionUrl: 'https://marker.example' },
    ],
    steps: ['default', 'asPing', 'withApps'].map((node) => ({
      body: ownAt(node),
      expect: {
        ...COMPLIANT,
        absentKeys: ['INTUNE_activationLockBypassCode', 'INTUNE_remoteAssistanceSessionUrl'],
        neverContains: () => ['MARKER-CODE', 'marker.example'],
      },
    })),
  }),
  requirement(
    'STATE-08',
    CONTRACT,
    'Nothing that came in is echoed, neither entries nor headers.',
    ask(
      (facts) => ({
        request: {
          headers: {
            'x-intune': [compliantId(facts)],
            'x-marker': ['echo-marker-1'],
            cookie: ['echo-marker-2'],
          },
        },
        sharedState: {
          username: 'echo-marker-3',
          INTUNE_deviceName: 'echo-marker-4',
          objectAttributes: { mail: 'echo-marker-5' },
        },
      }),
      { ...COMPLIANT, neverContains: () => ['echo-marker'] },
    ),
  ),
  requirement('STATE-09', CONTRACT, 'Nothing is written where no device was found.', {
    steps: [
      { body: () => ({}), expect: { outcome: 'NoId', emptySharedState: true } },
      { body: own, expect: { outcome: 'Unknown', emptySharedState: true } },
    ],
  }),
  requirement(
    'STATE-10',
    APPS,
    'A node that saves apps writes their names as the text of a JSON list, in Intune’s order.',
    {
      devices: [{ detectedApps: THREE_APPS }],
      steps: [
        {
          body: ownAt('withApps'),
          expect: {
            ...COMPLIANT,
            sharedState: () => ({
              INTUNE_INSTALLED_APPS: JSON.stringify(['Alpha', 'Beta, the second', 'Γάμμα "3"']),
            }),
          },
        },
        { body: own, expect: { ...COMPLIANT, absentKeys: ['INTUNE_INSTALLED_APPS'] } },
      ],
    },
  ),
  requirement('STATE-11', PING, 'A node that answers as Ping does writes the apps in Ping’s text form.', {
    devices: [{ detectedApps: THREE_APPS }],
    steps: [
      {
        body: ownAt('asPing'),
        expect: {
          ...COMPLIANT,
          sharedState: () => ({ INTUNE_INSTALLED_APPS: '[Alpha, Beta, the second, Γάμμα "3"]' }),
        },
      },
    ],
  }),
  requirement('STATE-12', APPS, 'All pages of the app inventory are read.', {
    devices: [{ detectedApps: Array.from({ length: 57 }, (_, index) => app(index, `App ${index}`)) }],
    steps: [
      {
        body: ownAt('withApps'),
        expect: {
          ...COMPLIANT,
          sharedState: () => ({
            INTUNE_INSTALLED_APPS: JSON.stringify(Array.from({ length: 57 }, (_, index) => `App ${index}`)),
          }),
        },
      },
    ],
  }),
  requirement(
    'STATE-13',
    CONTRACT,
    'Apps that cannot be read become a warning, leave their entry out and change no outcome.',
    {
      devices: [{ detectedApps: THREE_APPS }],
      steps: [
        {
          faults: [{ endpoint: 'detectedApps', fault: { kind: 'status', status: 403 } }],
          body: ownAt('withApps'),
          expect: { ...COMPLIANT, warnings: ['permissionMissing'], absentKeys: ['INTUNE_INSTALLED_APPS'] },
        },
        {
          change: { complianceState: 'noncompliant' },
          body: ownAt('withApps'),
          expect: {
            outcome: 'NotCompliant',
            warnings: ['permissionMissing'],
            absentKeys: ['INTUNE_INSTALLED_APPS'],
          },
        },
      ],
    },
  ),
  requirement(
    'STATE-14',
    CONTRACT,
    'Half an app inventory is none: a failure on a later page leaves the entry out.',
    {
      devices: [{ detectedApps: Array.from({ length: 57 }, (_, index) => app(index, `App ${index}`)) }],
      steps: [
        {
          faults: [{ endpoint: 'detectedApps', skip: 1, fault: { kind: 'status', status: 403 } }],
          body: ownAt('withApps'),
          expect: { ...COMPLIANT, warnings: ['permissionMissing'], absentKeys: ['INTUNE_INSTALLED_APPS'] },
        },
      ],
    },
  ),
  requirement(
    'STATE-20',
    PING,
    'On Error the message stands in INTUNE_ERROR_MESSAGE, and a stack trace where there was an exception.',
    {
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: { kind: 'status', status: 403 } }],
          body: own,
          expect: {
            outcome: 'Error',
            absentKeys: [PING_EXCEPTION, PING_STACK],
            also: ({ message, sharedState }) => {
              const state = sharedState as Record<string, string | undefined>;
              if (state['INTUNE_ERROR_MESSAGE'] !== message) return 'the entry is not the message';
              return /\n\s+at /.test(state['INTUNE_ERROR_STACKTRACE'] ?? '')
                ? undefined
                : 'there is no stack trace';
            },
          },
        },
      ],
    },
  ),
  requirement(
    'STATE-21',
    PING,
    'A node that answers as Ping does also writes Ping’s two keys, with a date in Java’s form.',
    {
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: { kind: 'status', status: 403 } }],
          body: ownAt('asPing'),
          expect: {
            outcome: 'Error',
            also: ({ sharedState }) => {
              const state = sharedState as Record<string, string | undefined>;
              const dated = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2} UTC \d{4}: ./;
              const wrong = [PING_EXCEPTION, PING_STACK].filter((key) => !dated.test(state[key] ?? ''));
              return wrong.length === 0 ? undefined : `${wrong.join(' and ')} is not as Ping writes it`;
            },
          },
        },
        {
          body: () => header('nonsense', 'asPing'),
          expect: {
            outcome: 'Error',
            absentKeys: ['INTUNE_ERROR_STACKTRACE', PING_STACK],
            also: ({ sharedState }) =>
              PING_EXCEPTION in (sharedState as object) ? undefined : 'no Exception entry',
          },
        },
      ],
    },
  ),
  requirement('STATE-22', CONTRACT, 'Error entries hold no secret and no path of the machine.', {
    devices: [{}, {}],
    steps: [
      {
        faults: [{ endpoint: 'managedDevice', fault: { kind: 'status', status: 403 } }],
        body: ownAt('asPing'),
        expect: { outcome: 'Error', neverContains: secretsOf, also: noPaths },
      },
      {
        faults: [{ endpoint: 'managedDevice', about: 'other', fault: { kind: 'wrongJson' } }],
        body: ({ other }) => header([other.id], 'asPing'),
        expect: { outcome: 'Error', neverContains: secretsOf, also: noPaths },
      },
    ],
  }),
  requirement(
    'STATE-30',
    CONTRACT,
    'The evidence says that Graph answered, how old the answer is, and when the device last checked in.',
    {
      devices: [{ lastSyncDateTime: '2026-01-02T03:04:05Z' }],
      steps: [
        {
          body: ownAt('withApps'),
          expect: {
            ...COMPLIANT,
            also: ({ evidence }) => {
              const { source, ageSeconds, lastSyncDateTime } = evidence as Record<string, unknown>;
              if (!['graph', 'cache'].includes(String(source))) return `source is ${String(source)}`;
              if (typeof ageSeconds !== 'number' || ageSeconds < 0)
                return `ageSeconds is ${String(ageSeconds)}`;
              return Date.parse(String(lastSyncDateTime)) === Date.UTC(2026, 0, 2, 3, 4, 5)
                ? undefined
                : `lastSyncDateTime is ${String(lastSyncDateTime)}`;
            },
          },
        },
      ],
    },
  ),
];

interface Ids {
  readonly device: { readonly id: string; readonly azureADDeviceId: string };
}

function noPaths({ sharedState }: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, value] of Object.entries(sharedState as Record<string, string>)) {
    const path = ABSOLUTE_PATH.exec(value)?.[0];
    if (path !== undefined) return `${key} holds the path ${path.trim()}`;
  }
  return undefined;
}
