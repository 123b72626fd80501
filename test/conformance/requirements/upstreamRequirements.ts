import type { CaseFault, ConformanceCase, Expectation, Requirement } from '../requirement.ts';
import { COMPLIANT, header, own, ownAt, requirement } from './build.ts';

const GRAPH = 'Microsoft Graph error responses and throttling';
const CONTRACT = 'intune-gate contract';

/** A case with one compliant device, about which Graph answers in this way. */
function withFault(
  fault: CaseFault['fault'],
  expect: Expectation,
  more: Partial<CaseFault> = {},
): ConformanceCase {
  return {
    devices: [{}],
    steps: [{ faults: [{ endpoint: 'managedDevice', fault, ...more }], body: own, expect }],
  };
}

/** The same at a node that shares its tenant with nobody, since the whole tenant is left alone for a while. */
function throttledAt(node: string, fault: CaseFault['fault'], expect: Expectation): ConformanceCase {
  return {
    gate: 'second',
    devices: [{}, {}],
    steps: [{ faults: [{ endpoint: 'managedDevice', fault }], body: ownAt(node), expect }],
  };
}

/** The answer of the faulty endpoint is lost, and the decision says so. */
function failed(reason: string | readonly string[], more: Expectation = {}): Expectation {
  return {
    outcome: 'Error',
    reason,
    fields: () => ({ managedDeviceId: null }),
    absentKeys: ['INTUNE_complianceState', 'INTUNE_id'],
    ...more,
  };
}

const MALFORMED = failed('malformedAnswer');
const status = (code: number, more: object = {}): Readonly<Record<string, unknown>> => ({
  kind: 'status',
  status: code,
  ...more,
});

/** A body that is right in everything but `changes`. */
const about =
  (changes: (facts: { device: { id: string; azureADDeviceId: string } }) => object): CaseFault['fault'] =>
  (facts) => ({
    kind: 'replace',
    body: {
      id: facts.device.id,
      azureADDeviceId: facts.device.azureADDeviceId,
      complianceState: 'compliant',
      managementState: 'managed',
      deviceRegistrationState: 'registered',
      lastSyncDateTime: new Date().toISOString(),
      serialNumber: 'SN',
      userPrincipalName: 'conformance@contoso.example',
      ...changes(facts),
    },
  });

const byEntraId = ({ device }: { device: { azureADDeviceId: string } }): object =>
  header([device.azureADDeviceId]);
const onList = (fault: CaseFault['fault']): readonly CaseFault[] => [
  { endpoint: 'managedDevices', about: 'deviceEntraId', fault },
];
const row = (id: string, azureADDeviceId: string): object => ({
  id,
  azureADDeviceId,
  complianceState: 'compliant',
  lastSyncDateTime: new Date().toISOString(),
});

/** What happens when Graph does not answer, or answers wrongly. Never Compliant. */
export const UPSTREAM_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'UP-01',
    GRAPH,
    'A 403 gives Error, reason permissionMissing.',
    withFault(status(403), failed('permissionMissing')),
  ),
  requirement(
    'UP-02',
    GRAPH,
    'A 403 in Intune’s nested form gives Error, reason permissionMissing.',
    withFault(status(403, { body: 'nested' }), failed('permissionMissing')),
  ),
  requirement(
    'UP-05',
    GRAPH,
    'A 404 that Graph did not write, as HTML or empty, is no statement about the device.',
    {
      devices: [{}, {}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: status(404, { body: 'html' }) }],
          body: own,
          expect: MALFORMED,
        },
        {
          faults: [{ endpoint: 'managedDevice', about: 'other', fault: status(404, { body: 'empty' }) }],
          body: ({ other }) => header([other.id]),
          expect: MALFORMED,
        },
      ],
    },
  ),
  requirement('UP-06', GRAPH, 'A 404 in Graph’s own form means that Intune does not know the device.', {
    devices: [{}],
    steps: ['json', 'nested'].map((body) => ({
      faults: [{ endpoint: 'managedDevice', times: 1, fault: status(404, { body }) }],
      body: ({ device }) => header([device.id], 'default'),
      // The device is then looked for by Entra id, which this id is not.
      expect: { outcome: 'Unknown', reason: 'deviceNotFound' },
    })),
  }),
  requirement(
    'UP-07',
    GRAPH,
    'A 400 gives Error, reason requestRefused.',
    withFault(status(400), failed('requestRefused')),
  ),
  requirement(
    'UP-08',
    GRAPH,
    'A redirect is never followed and gives Error, reason malformedAnswer.',
    withFault(status(302), MALFORMED),
  ),
  requirement(
    'UP-09',
    GRAPH,
    'A success without the answer that was asked for gives Error, reason malformedAnswer.',
    withFault(status(204, { body: 'empty' }), MALFORMED),
  ),
  requirement(
    'UP-10',
    GRAPH,
    'One 429 without Retry-After is tried again.',
    withFault(status(429), COMPLIANT, { times: 1 }),
  ),
  requirement(
    'UP-11',
    GRAPH,
    'One 429 with Retry-After is tried again, and not before that time.',
    withFault(
      status(429, { retryAfter: '1' }),
      {
        ...COMPLIANT,
        slowerThanMs: 950,
      },
      { times: 1 },
    ),
  ),
  requirement(
    'UP-12',
    GRAPH,
    'A 429 that stays gives Error, reason throttled.',
    throttledAt('throttled1', status(429), failed('throttled')),
  ),
  requirement(
    'UP-13',
    GRAPH,
    'A Retry-After beyond the deadline gives Error, reason throttled, at once and with the time to wait.',
    throttledAt(
      'throttled2',
      status(429, { retryAfter: '60' }),
      failed('throttled', {
        fields: () => ({ managedDeviceId: null, retryAfterSeconds: 60 }),
        fasterThanMs: 4_000,
      }),
    ),
  ),
  requirement(
    'UP-14',
    'RFC 9110',
    'Retry-After may be an HTTP date.',
    throttledAt(
      'throttled3',
      status(429, { retryAfter: 'Fri, 31 Dec 2099 23:59:59 GMT' }),
      failed('throttled', {
        fasterThanMs: 4_000,
        also: ({ retryAfterSeconds }) =>
          Number(retryAfterSeconds) > 3_600 ? undefined : `retryAfterSeconds is ${String(retryAfterSeconds)}`,
      }),
    ),
  ),
  requirement(
    'UP-15',
    GRAPH,
    'A server error that stays gives Error, reason upstreamUnavailable, whatever its body is.',
    {
      devices: [{}, {}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: status(503, { body: 'html' }) }],
          body: own,
          expect: failed('upstreamUnavailable'),
        },
        {
          faults: [{ endpoint: 'managedDevice', about: 'other', fault: status(504, { body: 'nested' }) }],
          body: ({ other }) => header([other.id]),
          expect: failed('upstreamUnavailable'),
        },
      ],
    },
  ),
  requirement('UP-16', GRAPH, 'A 500 and a 501 give Error, reason upstreamUnavailable.', {
    devices: [{}, {}],
    steps: [
      {
        faults: [{ endpoint: 'managedDevice', fault: status(500, { body: 'html' }) }],
        body: own,
        expect: failed('upstreamUnavailable'),
      },
      {
        faults: [{ endpoint: 'managedDevice', about: 'other', fault: status(501) }],
        body: ({ other }) => header([other.id]),
        expect: failed('upstreamUnavailable'),
      },
    ],
  }),
  requirement(
    'UP-17',
    GRAPH,
    'A single 503 is tried again.',
    withFault(status(503, { body: 'html' }), COMPLIANT, { times: 1 }),
  ),
  requirement(
    'UP-18',
    GRAPH,
    'A 503 with a Retry-After beyond the deadline is told at once.',
    throttledAt(
      'throttled4',
      status(503, { retryAfter: '120' }),
      failed('upstreamUnavailable', {
        fields: () => ({ managedDeviceId: null, retryAfterSeconds: 120 }),
        fasterThanMs: 4_000,
      }),
    ),
  ),
  requirement(
    'UP-20',
    CONTRACT,
    'An answer that is late but within the deadline counts.',
    withFault({ kind: 'slow', delayMs: 800 }, COMPLIANT),
  ),
  requirement(
    'UP-21',
    CONTRACT,
    'No answer before the deadline gives Error, reason timeout, not much later than the deadline.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: { kind: 'hang' } }],
          body: ownAt('quick'),
          expect: failed('timeout', { fasterThanMs: 2_500 }),
        },
      ],
    },
  ),
  requirement('UP-22', CONTRACT, 'An answer that is slower than the deadline gives Error, reason timeout.', {
    gate: 'second',
    devices: [{}],
    steps: [
      {
        faults: [{ endpoint: 'managedDevice', fault: { kind: 'slow', delayMs: 2_000 } }],
        body: ownAt('quick'),
        expect: failed('timeout', { fasterThanMs: 2_500 }),
      },
    ],
  }),
  requirement(
    'UP-23',
    CONTRACT,
    'A node with the default settings ends within ten seconds when Graph never answers.',
    withFault({ kind: 'hang' }, failed('timeout', { fasterThanMs: 10_000 })),
  ),
  requirement('UP-24', GRAPH, 'A connection that breaks once is tried again.', {
    devices: [{}, {}],
    steps: [
      {
        faults: [{ endpoint: 'managedDevice', times: 1, fault: { kind: 'reset' } }],
        body: own,
        expect: COMPLIANT,
      },
      {
        faults: [{ endpoint: 'managedDevice', about: 'other', times: 1, fault: { kind: 'cutOff' } }],
        body: ({ other }) => header([other.id]),
        expect: COMPLIANT,
      },
    ],
  }),
  requirement(
    'UP-25',
    GRAPH,
    'Connections that keep breaking before an answer give Error, reason upstreamUnavailable.',
    withFault({ kind: 'reset' }, failed('upstreamUnavailable')),
  ),
  requirement(
    'UP-26',
    GRAPH,
    'Answers that keep ending early give Error, reason malformedAnswer; half an answer is none.',
    withFault({ kind: 'cutOff' }, MALFORMED),
  ),
  requirement('UP-30', CONTRACT, 'A 200 that is not a JSON object gives Error, reason malformedAnswer.', {
    devices: [{}],
    steps: [
      undefined,
      '',
      'null',
      '[]',
      '"compliant"',
      '<html></html>',
      '{"complianceState":"compliant"}x',
    ].map((body) => ({
      faults: [
        {
          endpoint: 'managedDevice',
          times: 1,
          fault: { kind: 'wrongJson', ...(body === undefined ? {} : { body }) },
        },
      ],
      body: own,
      expect: MALFORMED,
    })),
  }),
  requirement('UP-31', CONTRACT, 'A 200 about another device gives Error, reason malformedAnswer.', {
    devices: [{}, {}],
    steps: [
      {
        faults: [
          { endpoint: 'managedDevice', fault: about(() => ({ id: 'd0000002-0000-4000-8000-000000000002' })) },
        ],
        body: own,
        expect: MALFORMED,
      },
    ],
  }),
  requirement(
    'UP-32',
    CONTRACT,
    'A device without an id, without a state, or with a state that is no text gives Error, reason malformedAnswer.',
    {
      devices: [{}],
      steps: [
        { id: undefined },
        { id: '' },
        { id: 7 },
        { complianceState: undefined },
        { complianceState: null },
        { complianceState: true },
        { complianceState: ['compliant'] },
        { complianceState: { value: 'compliant' } },
      ].map((changes) => ({
        faults: [{ endpoint: 'managedDevice', times: 1, fault: about(() => changes) }],
        body: own,
        expect: MALFORMED,
      })),
    },
  ),
  requirement(
    'UP-33',
    CONTRACT,
    'A fact that could forbid the login and is of the wrong type gives Error, reason malformedAnswer.',
    {
      devices: [{}],
      steps: [{ managementState: 7 }, { deviceRegistrationState: ['revoked'] }, { lastSyncDateTime: 0 }].map(
        (changes) => ({
          faults: [{ endpoint: 'managedDevice', times: 1, fault: about(() => changes) }],
          body: own,
          expect: MALFORMED,
        }),
      ),
    },
  ),
  requirement(
    'UP-34',
    'Microsoft Graph v1.0 managedDevice',
    'Properties that Microsoft adds do not disturb.',
    {
      devices: [{}],
      steps: [
        {
          faults: [
            {
              endpoint: 'managedDevice',
              fault: about(() => ({ newProperty: { deep: [1] }, constructor: 'x' })),
            },
          ],
          body: own,
          expect: COMPLIANT,
        },
      ],
    },
  ),
  requirement(
    'UP-35',
    GRAPH,
    'An error object in a 200 gives Error, reason malformedAnswer.',
    withFault({ kind: 'replace', body: { error: { code: 'UnknownError', message: '' } } }, MALFORMED),
  ),
  requirement(
    'UP-40',
    GRAPH,
    'A list that holds a device that was not asked for means that the filter was ignored: Error, reason malformedAnswer.',
    {
      devices: [{}],
      steps: [
        {
          faults: onList(({ device, other }) => ({
            kind: 'replace',
            body: { value: [row(device.id, device.azureADDeviceId), row(other.id, other.azureADDeviceId)] },
          })),
          body: byEntraId,
          expect: MALFORMED,
        },
      ],
    },
  ),
  requirement('UP-41', GRAPH, 'A list of strangers alone is no answer either.', {
    devices: [{}],
    steps: [
      {
        faults: onList(({ other }) => ({
          kind: 'replace',
          body: { value: [row(other.id, other.azureADDeviceId)] },
        })),
        body: byEntraId,
        expect: MALFORMED,
      },
    ],
  }),
  requirement('UP-42', GRAPH, 'An empty list means that Intune does not know the device.', {
    devices: [{}],
    steps: [
      {
        faults: onList({ kind: 'replace', body: { value: [] } }),
        body: byEntraId,
        expect: { outcome: 'Unknown', reason: 'deviceNotFound' },
      },
    ],
  }),
  requirement('UP-43', GRAPH, 'What is no list, in the place of one, gives Error, reason malformedAnswer.', {
    devices: [{}],
    steps: [{}, { value: null }, { value: {} }, { value: ['x'] }, { error: {} }].map((body) => ({
      faults: [
        {
          endpoint: 'managedDevices',
          about: 'deviceEntraId' as const,
          times: 1,
          fault: { kind: 'replace', body },
        },
      ],
      body: byEntraId,
      expect: MALFORMED,
    })),
  }),
  requirement('UP-44', CONTRACT, 'A next page on another host is not fetched, and the list is no answer.', {
    devices: [{}],
    steps: [
      {
        faults: onList(({ device }) => ({
          kind: 'replace',
          body: {
            value: [row(device.id, device.azureADDeviceId)],
            '@odata.nextLink': 'https://elsewhere.invalid/v1.0/deviceManagement/managedDevices?$skiptoken=x',
          },
        })),
        body: byEntraId,
        expect: MALFORMED,
      },
    ],
  }),
  requirement('UP-45', GRAPH, 'A failure of the list gives Error with the reason of that failure.', {
    devices: [{}],
    steps: [{ faults: onList(status(403)), body: byEntraId, expect: failed('permissionMissing') }],
  }),
  requirement(
    'UP-46',
    CONTRACT,
    'If the question whether an id is an Intune id fails, the answer is that failure and not a second guess.',
    {
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', about: 'deviceEntraId', fault: status(403) }],
          body: byEntraId,
          expect: failed('permissionMissing'),
        },
      ],
    },
  ),
  requirement(
    'UP-50',
    'Microsoft Entra device',
    'If Entra’s record cannot be read, a node that needs it answers Error with that reason, about the device it found.',
    {
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'entraDevice', about: 'deviceEntraId', fault: status(403) }],
          body: ownAt('strict', { username: 'conformance@contoso.example' }),
          expect: {
            outcome: 'Error',
            reason: 'permissionMissing',
            fields: ({ device }) => ({ managedDeviceId: device.id }),
          },
        },
      ],
    },
  ),
  requirement(
    'UP-51',
    'Microsoft Entra device',
    'Entra’s record of another device gives Error, reason malformedAnswer.',
    {
      devices: [{}],
      steps: [
        {
          faults: [
            {
              endpoint: 'entraDevice',
              about: 'deviceEntraId',
              fault: ({ other }) => ({
                kind: 'replace',
                body: { deviceId: other.azureADDeviceId, accountEnabled: true },
              }),
            },
          ],
          body: ownAt('strict', { username: 'conformance@contoso.example' }),
          expect: { outcome: 'Error', reason: 'malformedAnswer' },
        },
      ],
    },
  ),
  requirement(
    'UP-60',
    'Microsoft Entra token endpoint',
    'A wrong secret gives Error, reason credentialRejected.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('wrongSecret'), expect: failed('credentialRejected') }],
    },
  ),
  requirement(
    'UP-61',
    'Microsoft Entra token endpoint',
    'An application that the tenant does not know gives Error, reason appNotFound.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('unknownApp'), expect: failed('appNotFound') }],
    },
  ),
  requirement(
    'UP-62',
    'Microsoft Entra token endpoint',
    'A tenant that Entra does not know gives Error, reason tenantNotFound.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('unknownTenant'), expect: failed('tenantNotFound') }],
    },
  ),
  requirement('UP-63', CONTRACT, 'A host that cannot be reached gives Error, reason upstreamUnreachable.', {
    gate: 'second',
    devices: [{}],
    steps: [{ body: ownAt('unreachable'), expect: failed('upstreamUnreachable') }],
  }),
  requirement(
    'UP-64',
    CONTRACT,
    'A server whose certificate is not trusted gives Error, reason upstreamUnreachable.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('untrustedServer'), expect: failed('upstreamUnreachable') }],
    },
  ),
  requirement(
    'UP-66',
    'Microsoft Entra token endpoint',
    'A secret that has expired gives Error, reason credentialExpired.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('expiredSecret'), expect: failed('credentialExpired') }],
    },
  ),
  requirement(
    'UP-67',
    'Microsoft Entra token endpoint',
    'A wrong password of a service account gives Error, reason userCredentialRejected.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('wrongPassword'), expect: failed('userCredentialRejected') }],
    },
  ),
  requirement(
    'UP-68',
    'Microsoft Entra token endpoint',
    'A service account that needs a second factor gives Error, reason secondFactorRequired.',
    {
      gate: 'second',
      devices: [{}],
      steps: [{ body: ownAt('secondFactor'), expect: failed('secondFactorRequired') }],
    },
  ),
  requirement(
    'UP-65',
    CONTRACT,
    'More decisions at once than the gate accepts give Error, reason overloaded, at once and as a 200.',
    {
      gate: 'second',
      lane: 'last',
      devices: [{}],
      steps: [
        {
          faults: [{ endpoint: 'managedDevice', fault: { kind: 'slow', delayMs: 1_500 } }],
          crowd: 24,
          body: ownAt('open'),
          expect: { outcome: 'Error', reason: 'overloaded', fasterThanMs: 1_000 },
        },
        { body: ownAt('open'), expect: COMPLIANT },
      ],
    },
  ),
];
