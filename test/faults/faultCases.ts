import { deviceIds } from '../../src/simulator/deviceIds.ts';
import type { SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';
import { answers, fails } from './expect.ts';
import type { AskedNode, Calls, FaultCase } from './faultCase.ts';
import { httpFault, tcpFault, HTTP_FAULTS, TCP_FAULTS } from './wireFaults.ts';

type Memory = 'stands in' | 'is silent';
/** How a fault ends: the reason, what memory may do then, and how often the endpoint is asked; or that it does no harm. */
type End = readonly [UpstreamReason, Memory, number] | readonly ['no harm', number];

const HANGING = ['timeout', 'stands in', 1] as const;
/** Tried again three times. */
const BROKEN = ['upstreamUnavailable', 'stands in', 4] as const;
const CUT = ['malformedAnswer', 'is silent', 4] as const;
const NONSENSE = ['malformedAnswer', 'is silent', 1] as const;

/** What the simulator can do at each endpoint of Graph. */
const GRAPH_FAULTS: readonly (readonly [string, Fault, End])[] = [
  ['500', { kind: 'status', status: 500 }, BROKEN],
  ['500 with nested JSON', { kind: 'status', status: 500, body: 'nested' }, BROKEN],
  ['502 with a page', { kind: 'status', status: 502, body: 'html' }, BROKEN],
  ['503', { kind: 'status', status: 503 }, BROKEN],
  ['503 without a body', { kind: 'status', status: 503, body: 'empty' }, BROKEN],
  ['503 for 50 ms', { kind: 'status', status: 503, retryAfter: '0.05' }, BROKEN],
  [
    '503 for a minute',
    { kind: 'status', status: 503, retryAfter: '60' },
    ['upstreamUnavailable', 'stands in', 1],
  ],
  ['504', { kind: 'status', status: 504 }, BROKEN],
  ['504 with nested JSON', { kind: 'status', status: 504, body: 'nested' }, BROKEN],
  ['501', { kind: 'status', status: 501 }, ['upstreamUnavailable', 'stands in', 1]],
  // Its own pause is half a second here, and then twice as long.
  ['429', { kind: 'status', status: 429 }, ['throttled', 'stands in', 2]],
  ['429 with nested JSON', { kind: 'status', status: 429, body: 'nested' }, ['throttled', 'stands in', 2]],
  ['429 for 50 ms', { kind: 'status', status: 429, retryAfter: '0.05' }, ['throttled', 'stands in', 4]],
  ['429 for two minutes', { kind: 'status', status: 429, retryAfter: '120' }, ['throttled', 'stands in', 1]],
  [
    '429 until a date long ago',
    { kind: 'status', status: 429, retryAfter: 'Wed, 21 Oct 2015 07:28:00 GMT' },
    ['throttled', 'stands in', 4],
  ],
  ['429 for nonsense', { kind: 'status', status: 429, retryAfter: 'soon' }, ['throttled', 'stands in', 2]],
  ['400', { kind: 'status', status: 400 }, ['requestRefused', 'is silent', 1]],
  ['403 with a page', { kind: 'status', status: 403, body: 'html' }, NONSENSE],
  ['404 with a page', { kind: 'status', status: 404, body: 'html' }, NONSENSE],
  ['302', { kind: 'status', status: 302, body: 'html' }, NONSENSE],
  ['204', { kind: 'status', status: 204, body: 'empty' }, NONSENSE],
  ['slow', { kind: 'slow', delayMs: 150 }, ['no harm', 1]],
  ['too slow', { kind: 'slow', delayMs: 2_000 }, HANGING],
  ['hang', { kind: 'hang' }, HANGING],
  ['reset', { kind: 'reset' }, BROKEN],
  ['cut off', { kind: 'cutOff' }, CUT],
  ['JSON without an end', { kind: 'wrongJson' }, NONSENSE],
  ['an empty body', { kind: 'wrongJson', body: '' }, NONSENSE],
  ['a page as JSON', { kind: 'wrongJson', body: '<html>sign in</html>' }, NONSENSE],
  ['a list on top', { kind: 'replace', body: [] }, NONSENSE],
  ['null', { kind: 'replace', body: null }, NONSENSE],
  ['an empty object', { kind: 'replace', body: {} }, NONSENSE],
  ['an error with status 200', { kind: 'replace', body: { error: { code: 'NotFound' } } }, NONSENSE],
];

/** Of these, one of each kind: for what is asked beside the device. */
const TELLING = new Set([
  '503',
  '503 for a minute',
  '429',
  '429 for two minutes',
  '400',
  '404 with a page',
  'slow',
  'too slow',
  'hang',
  'reset',
  'cut off',
  'JSON without an end',
  'an empty object',
]);
const FEWER_GRAPH_FAULTS = GRAPH_FAULTS.filter(([name]) => TELLING.has(name));

/** What the proxy can do to a request for a device. */
const WIRE_ENDS: Readonly<Record<keyof typeof HTTP_FAULTS, End>> = {
  'closes without an answer': BROKEN,
  'resets without an answer': BROKEN,
  'never answers': HANGING,
  'answers after 150 ms': ['no harm', 1],
  'answers after two seconds': HANGING,
  'cuts in the middle of the headers': BROKEN,
  'closes after the headers': CUT,
  'stays silent after the headers': HANGING,
  'cuts the body in half': CUT,
  'resets in the middle of the body': CUT,
  'stays silent in the middle of the body': HANGING,
  'drips the headers': HANGING,
  'drips the body': HANGING,
  'reorders the body': NONSENSE,
  'answers twice': ['no harm', 1],
  'says a content-length that is too small': NONSENSE,
  'says a content-length that is too large': CUT,
  'says a content-length of a petabyte': HANGING,
  'says two content-lengths': CUT,
  'says content-length and chunked': CUT,
  'sends a chunk size that is none': NONSENSE,
  'leaves out the last chunk': CUT,
  'sends garbage instead of HTTP': NONSENSE,
  'speaks HTTP/2': NONSENSE,
  'switches protocols': BROKEN,
  'floods with 100 Continue': BROKEN,
  'floods with 103 Early Hints': HANGING,
  'floods with headers': NONSENSE,
  'sends an endless body': NONSENSE,
  'compresses unasked': NONSENSE,
  'sends a gzip bomb': NONSENSE,
  'redirects to itself': NONSENSE,
  'redirects to another host': NONSENSE,
  'redirects permanently': NONSENSE,
};

/** Below HTTP nothing is ever asked. */
const TCP_ENDS: Readonly<Record<keyof typeof TCP_FAULTS, readonly [UpstreamReason, Memory]>> = {
  'accepts and stays silent': ['timeout', 'stands in'],
  'closes each connection': ['upstreamUnavailable', 'stands in'],
  'resets each connection': ['upstreamUnavailable', 'stands in'],
  'breaks the TLS handshake off': ['upstreamUnavailable', 'stands in'],
  'resets during the TLS handshake': ['upstreamUnavailable', 'stands in'],
  'answers TLS with garbage': ['upstreamUnreachable', 'stands in'],
  'answers TLS with plain HTTP': ['upstreamUnreachable', 'stands in'],
  'answers TLS with an alert': ['upstreamUnreachable', 'stands in'],
};

const CERTIFICATES = ['otherAuthority', 'otherName', 'expired'] as const;

/** What the simulator can do at the token endpoint. */
const TOKEN_FAULTS: readonly (readonly [string, Fault, End])[] = [
  ['500', { kind: 'status', status: 500 }, ['upstreamUnavailable', 'stands in', 2]],
  ['503 with a page', { kind: 'status', status: 503, body: 'html' }, ['upstreamUnavailable', 'stands in', 2]],
  [
    '503 for a minute',
    { kind: 'status', status: 503, retryAfter: '60' },
    ['upstreamUnavailable', 'stands in', 1],
  ],
  ['429', { kind: 'status', status: 429 }, ['throttled', 'stands in', 1]],
  ['429 for two minutes', { kind: 'status', status: 429, retryAfter: '120' }, ['throttled', 'stands in', 1]],
  ['401', { kind: 'status', status: 401 }, ['credentialRejected', 'is silent', 1]],
  ['400', { kind: 'status', status: 400 }, ['requestRefused', 'is silent', 1]],
  ['400 with a page', { kind: 'status', status: 400, body: 'html' }, NONSENSE],
  ['302', { kind: 'status', status: 302, body: 'html' }, NONSENSE],
  ['slow', { kind: 'slow', delayMs: 150 }, ['no harm', 1]],
  ['hang', { kind: 'hang' }, HANGING],
  ['reset', { kind: 'reset' }, ['upstreamUnavailable', 'stands in', 2]],
  ['cut off', { kind: 'cutOff' }, NONSENSE],
  ['JSON without an end', { kind: 'wrongJson' }, NONSENSE],
  ['an empty body', { kind: 'wrongJson', body: '' }, NONSENSE],
  ['an answer without a token', { kind: 'replace', body: { token_type: 'Bearer' } }, NONSENSE],
  [
    'a token without a lifetime',
    { kind: 'replace', body: { token_type: 'Bearer', access_token: 'a.b.c' } },
    NONSENSE,
  ],
];

export const FAULT_CASES: readonly FaultCase[] = [
  ...graphCases('byIntuneId', 'managedDevice'),
  ...graphCases('byEntraId', 'managedDevices'),
  ...answersAboutOthers(),
  ...refusals(),
  ...entraCases(),
  ...appCases(),
  ...tokenCases(),
  ...discoveryCases(),
  ...wireCases(),
  ...connectionCases(),
  ...passingCases(),
];

/** Intune's own pause doubles until it answers again, so the third time there is no waiting for its end. */
function longerEachTime(one: FaultCase): FaultCase {
  const { fault, expired } = one;
  const unnamed =
    fault.by === 'simulator' &&
    fault.fault.kind === 'status' &&
    fault.fault.status === 429 &&
    [undefined, 'soon'].includes(fault.fault.retryAfter);
  if (!unnamed || one.node === 'withApps') return one;
  return { ...one, expired: { ...expired, calls: { ...expired.calls, [fault.endpoint]: 1 } } };
}

/** The way a case goes before it comes to the endpoint that fails. */
function callsTo(
  endpoint: SimulatedEndpoint,
  count: number,
  before: Calls = {},
): { cold: Calls; later: Calls } {
  const later = { ...before, [endpoint]: count };
  return { cold: { token: 1, ...later }, later };
}

function ending(end: End, calls: (count: number) => { cold: Calls; later: Calls }) {
  return end[0] === 'no harm' ? answers(calls(end[1])) : fails(end[0], end[1], calls(end[2]));
}

function graphCases(node: AskedNode, endpoint: 'managedDevice' | 'managedDevices'): FaultCase[] {
  return GRAPH_FAULTS.map(([name, fault, end]): FaultCase => ({
    name: `${endpoint}: ${name}`,
    node,
    fault: { by: 'simulator', endpoint, fault },
    ...ending(end, (count) => callsTo(endpoint, count)),
  })).map(longerEachTime);
}

/** Whole answers of the right shape, but not to what was asked. */
function answersAboutOthers(): FaultCase[] {
  const compliant = { complianceState: 'compliant' };
  const row = { ...compliant, id: deviceIds.noncompliant, azureADDeviceId: deviceIds.ghost };
  const cases = [
    ['managedDevice', 'another device', { ...compliant, id: deviceIds.noncompliant }],
    ['managedDevice', 'no compliance state', { id: deviceIds.compliant }],
    [
      'managedDevice',
      'a compliance state that is no text',
      { id: deviceIds.compliant, complianceState: true },
    ],
    [
      'managedDevice',
      'a management state that is no text',
      { ...compliant, id: deviceIds.compliant, managementState: 1 },
    ],
    ['managedDevices', 'a stranger among the rows', { value: [row] }],
    ['managedDevices', 'rows that are none', { value: ['compliant'] }],
    [
      'managedDevices',
      'a next page on another host',
      { value: [], '@odata.nextLink': 'https://graph.example/v1.0/next' },
    ],
  ] as const;
  return cases.map(([endpoint, name, body]) => ({
    name: `${endpoint}: ${name}`,
    node: endpoint === 'managedDevice' ? 'byIntuneId' : 'byEntraId',
    fault: { by: 'simulator', endpoint, fault: { kind: 'replace', body } },
    ...fails('malformedAnswer', 'is silent', callsTo(endpoint, 1)),
  }));
}

/** What somebody may have meant so, and what says something about the device. */
function refusals(): FaultCase[] {
  const at = (status: number, body: 'json' | 'nested' = 'json') =>
    ({ by: 'simulator', endpoint: 'managedDevice', fault: { kind: 'status', status, body } }) as const;
  // The token is renewed once, and the device asked for again.
  const renewed = { cold: { token: 2, managedDevice: 2 }, later: { token: 1, managedDevice: 2 } };
  const unknown = { outcome: 'Unknown', reason: 'deviceNotFound', source: 'graph' } as const;
  return [
    {
      name: 'managedDevice: 401',
      node: 'byIntuneId',
      fault: at(401),
      ...fails('credentialRejected', 'is silent', renewed),
    },
    {
      name: 'managedDevice: 401 of Intune',
      node: 'byIntuneId',
      fault: at(401, 'nested'),
      ...fails('licenceOrRoleMissing', 'is silent', renewed),
    },
    {
      name: 'managedDevice: 403',
      node: 'byIntuneId',
      fault: at(403),
      settleMs: 200,
      // Behind the answer a new token is fetched: perhaps the permission was granted meanwhile.
      ...fails('permissionMissing', 'is silent', {
        cold: { token: 2, managedDevice: 1 },
        later: { token: 1, managedDevice: 1 },
      }),
    },
    {
      name: 'managedDevice: 404',
      node: 'byIntuneId',
      fault: at(404),
      cold: { ...unknown, calls: { token: 1, managedDevice: 1 } },
      stale: { ...unknown, calls: { managedDevice: 1 } },
      expired: { ...unknown, calls: { managedDevice: 1 } },
    },
  ];
}

/** The device is known to be compliant, and Entra does not say whether it is enabled. */
function entraCases(): FaultCase[] {
  return FEWER_GRAPH_FAULTS.map(([name, fault, end]): FaultCase => ({
    name: `entraDevice: ${name}`,
    node: 'withEntra',
    fault: { by: 'simulator', endpoint: 'entraDevice', fault },
    ...ofKnownDevice(ending(end, (count) => callsTo('entraDevice', count, { managedDevice: 1 }))),
  })).map(longerEachTime);
}

function ofKnownDevice(run: ReturnType<typeof answers>): ReturnType<typeof answers> {
  const known = <T extends { source: unknown }>(one: T): T =>
    one.source === null ? { ...one, source: 'graph' } : one;
  return { cold: known(run.cold), stale: known(run.stale), expired: known(run.expired) };
}

/** Apps are told beside the answer, and cannot change it. */
function appCases(): FaultCase[] {
  return FEWER_GRAPH_FAULTS.map(([name, fault, end]) => {
    const [reason] = end;
    const count = end[0] === 'no harm' ? end[1] : end[2];
    return {
      name: `detectedApps: ${name}`,
      node: 'withApps',
      fault: { by: 'simulator', endpoint: 'detectedApps', fault },
      ...answers(callsTo('detectedApps', count, { managedDevice: 1 }), reason === 'no harm' ? [] : [reason]),
    };
  });
}

function tokenCases(): FaultCase[] {
  return TOKEN_FAULTS.map(([name, fault, end]) => ({
    name: `token: ${name}`,
    node: 'byIntuneId',
    shortTokens: true,
    fault: { by: 'simulator', endpoint: 'token', fault },
    ...ending(end, (count) => {
      const calls = { token: count, ...(end[0] === 'no harm' ? { managedDevice: 1 } : {}) };
      return { cold: calls, later: calls };
    }),
  }));
}

function discoveryCases(): FaultCase[] {
  const calls = (discovery: number) => ({ cold: { discovery }, later: { discovery } });
  const cases: readonly (readonly [string, Fault, ReturnType<typeof fails>])[] = [
    ['500', { kind: 'status', status: 500 }, fails('upstreamUnavailable', 'stands in', calls(2))],
    ['hang', { kind: 'hang' }, fails('timeout', 'stands in', calls(1))],
    ['JSON without an end', { kind: 'wrongJson' }, fails('malformedAnswer', 'is silent', calls(1))],
  ];
  return cases.map(([name, fault, run]) => ({
    name: `discovery: ${name}`,
    node: 'byIntuneId',
    shortTokens: true,
    fault: { by: 'simulator', endpoint: 'discovery', fault },
    ...run,
  }));
}

function wireCases(): FaultCase[] {
  return (Object.keys(HTTP_FAULTS) as (keyof typeof HTTP_FAULTS)[]).map((name) => ({
    name: `on the way to Graph: ${name}`,
    node: 'byIntuneId',
    fault: { by: 'graph', wire: httpFault(name, { endpoint: 'managedDevice' }) },
    ...ending(WIRE_ENDS[name], (count) => callsTo('managedDevice', count)),
  }));
}

function connectionCases(): FaultCase[] {
  const cases = (Object.keys(TCP_FAULTS) as (keyof typeof TCP_FAULTS)[]).flatMap((name) => {
    const [reason, memory] = TCP_ENDS[name];
    return (['graph', 'authority'] as const).map((by): FaultCase => ({
      name: `on the way to ${by === 'graph' ? 'Graph' : 'the token endpoint'}: ${name}`,
      node: 'byIntuneId',
      shortTokens: true,
      fault: { by, wire: tcpFault(name) },
      ...fails(
        reason,
        memory,
        by === 'graph' ? { cold: { token: 1 }, later: { token: 1 } } : { cold: {}, later: {} },
      ),
    }));
  });
  const certificates = CERTIFICATES.flatMap((certificate) =>
    (['graph', 'authority'] as const).map((by): FaultCase => ({
      name: `on the way to ${by === 'graph' ? 'Graph' : 'the token endpoint'}: a certificate ${certificate}`,
      node: 'byIntuneId',
      shortTokens: true,
      fault: { by, wire: { layer: 'tls', certificate } },
      ...fails(
        'upstreamUnreachable',
        'stands in',
        by === 'graph' ? { cold: { token: 1 }, later: { token: 1 } } : { cold: {}, later: {} },
      ),
    })),
  );
  return [...cases, ...certificates];
}

/** What happens once is made good within the deadline. */
function passingCases(): FaultCase[] {
  const twice = answers(callsTo('managedDevice', 2));
  const once = (name: keyof typeof HTTP_FAULTS): FaultCase => ({
    name: `once on the way to Graph: ${name}`,
    node: 'byIntuneId',
    fault: { by: 'graph', wire: httpFault(name, { endpoint: 'managedDevice', times: 1 }) },
    ...twice,
  });
  return [
    once('resets without an answer'),
    once('cuts the body in half'),
    {
      name: 'once at Graph: 503',
      node: 'byIntuneId',
      fault: {
        by: 'simulator',
        endpoint: 'managedDevice',
        fault: { kind: 'status', status: 503 },
        times: 1,
      },
      ...twice,
    },
    {
      // One attempt is given up after four seconds, and there is time for another one.
      name: 'once at Graph: hang, with a long deadline',
      node: 'byIntuneId',
      deadlineMs: 6_000,
      fault: { by: 'simulator', endpoint: 'managedDevice', fault: { kind: 'hang' }, times: 1 },
      ...twice,
    },
  ];
}
