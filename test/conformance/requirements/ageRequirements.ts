import type { Expectation, Requirement } from '../requirement.ts';
import { REMEMBERED_SECONDS } from '../secondGate.ts';
import { COMPLIANT, header, ownAt, requirement } from './build.ts';

const CONTRACT = 'intune-gate contract';
const GRAPH = 'Microsoft Graph error responses and throttling';

const again =
  (node: string) =>
  ({ device }: { readonly device: { readonly id: string } }): object => ({
    ...header([`CN=${device.id}`], node),
    recheck: true,
  });

/** The evidence must name this source, and an age that fits it. */
function from(source: 'graph' | 'cache' | 'staleCache', expected: Expectation): Expectation {
  return {
    ...expected,
    also: ({ evidence }) => {
      const { source: found, ageSeconds } = evidence as { source: unknown; ageSeconds: unknown };
      if (found !== source) return `source is ${String(found)}, not ${source}`;
      const fits =
        source === 'graph'
          ? ageSeconds === 0
          : source === 'cache'
            ? Number(ageSeconds) < REMEMBERED_SECONDS
            : Number(ageSeconds) >= REMEMBERED_SECONDS;
      return Number.isInteger(ageSeconds) && fits ? undefined : `ageSeconds is ${String(ageSeconds)}`;
    },
  };
}

const NOT_COMPLIANT: Expectation = { outcome: 'NotCompliant', reason: 'noncompliant' };
const LATER = (REMEMBERED_SECONDS + 0.2) * 1_000;

/** What is remembered, for how long, and what it is called. */
export const AGE_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'AGE-01',
    CONTRACT,
    'Within its lifetime a remembered answer is given, with its age, and not for longer.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        { body: ownAt('remembering'), expect: from('graph', COMPLIANT) },
        { body: ownAt('remembering'), expect: from('cache', COMPLIANT) },
        {
          change: { complianceState: 'noncompliant' },
          waitMs: LATER,
          body: ownAt('remembering'),
          expect: from('graph', NOT_COMPLIANT),
        },
      ],
    },
  ),
  requirement(
    'AGE-02',
    CONTRACT,
    'A recheck goes past what is remembered; one too many for a device gets the remembered answer and a warning.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        { body: ownAt('remembering'), expect: COMPLIANT },
        {
          change: { complianceState: 'noncompliant' },
          body: again('remembering'),
          expect: from('graph', NOT_COMPLIANT),
        },
        {
          body: again('remembering'),
          expect: { ...from('cache', NOT_COMPLIANT), warnings: ['recheckTooSoon'] },
        },
      ],
    },
  ),
  requirement('AGE-03', CONTRACT, 'A node that accepts no age asks for each decision.', {
    gate: 'second',
    devices: [{}],
    steps: [
      { body: ownAt('open'), expect: from('graph', COMPLIANT) },
      {
        change: { complianceState: 'noncompliant' },
        body: ownAt('open'),
        expect: from('graph', NOT_COMPLIANT),
      },
    ],
  }),
  requirement(
    'AGE-04',
    GRAPH,
    'While Graph cannot answer, an answer past its lifetime stands in, called stale and with the cause beside it.',
    {
      gate: 'second',
      devices: [{}],
      steps: [
        { body: ownAt('bridging'), expect: from('graph', COMPLIANT) },
        {
          faults: [
            { endpoint: 'managedDevice', times: 4, fault: { kind: 'status', status: 503, body: 'html' } },
          ],
          waitMs: LATER,
          body: ownAt('bridging'),
          expect: { ...from('staleCache', COMPLIANT), warnings: ['upstreamUnavailable'] },
        },
        { body: ownAt('bridging'), expect: from('graph', COMPLIANT) },
      ],
    },
  ),
  requirement('AGE-05', GRAPH, 'Nothing stands in for an answer that Graph refuses to give.', {
    gate: 'second',
    devices: [{}],
    steps: [
      { body: ownAt('withdrawn'), expect: COMPLIANT },
      {
        faults: [{ endpoint: 'managedDevice', fault: { kind: 'status', status: 403 } }],
        waitMs: LATER,
        body: ownAt('withdrawn'),
        expect: { outcome: 'Error', reason: 'permissionMissing' },
      },
    ],
  }),
  requirement(
    'AGE-06',
    GRAPH,
    'When Graph asks to be left alone about one device, it is not asked about another until then.',
    {
      gate: 'second',
      devices: [{}, {}],
      steps: [
        {
          faults: [
            { endpoint: 'managedDevice', times: 1, fault: { kind: 'status', status: 429, retryAfter: '60' } },
          ],
          body: ownAt('throttled5'),
          expect: { outcome: 'Error', reason: 'throttled' },
        },
        {
          body: ({ other }) => header([other.id], 'throttled5'),
          expect: {
            outcome: 'Error',
            reason: 'throttled',
            fasterThanMs: 2_000,
            also: ({ retryAfterSeconds }) =>
              Number(retryAfterSeconds) > 30 && Number(retryAfterSeconds) <= 60
                ? undefined
                : `retryAfterSeconds is ${String(retryAfterSeconds)}`,
          },
        },
      ],
    },
  ),
];
