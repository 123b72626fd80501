import type { Requirement } from '../requirement.ts';
import { ask, COMPLIANT, header, listed, own, ownAgain, ownAt, requirement } from './build.ts';

const STATES = [
  ['compliant', 'Compliant', 'compliant'],
  ['noncompliant', 'NotCompliant', 'noncompliant'],
  ['inGracePeriod', 'InGracePeriod', 'inGracePeriod'],
  ['configManager', 'ConfigManager', 'configManager'],
  ['conflict', 'Conflict', 'conflict'],
  ['unknown', 'Unknown', 'complianceUnknown'],
  ['error', 'Error', 'deviceComplianceError'],
] as const;

/** Words Microsoft does not use today; some are near misses, some are names that JavaScript objects have. */
const STRANGE_STATES = [
  'quarantinedByVendor',
  'Compliant',
  'COMPLIANT',
  'nonCompliant',
  'InGracePeriod',
  'compliant ',
  ' compliant',
  'compliant\u0000',
  'cоmpliant', // the second letter is Cyrillic
  'compliantWithConditions',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
];

const GRAPH_STATE = 'Microsoft Graph v1.0 managedDevice.complianceState';

/** The compliance states and their outcomes. */
export const OUTCOME_REQUIREMENTS: readonly Requirement[] = [
  ...STATES.map(([state, outcome, reason], index) =>
    requirement(
      `OUT-0${index + 1}`,
      GRAPH_STATE,
      `A device in state ${state} that the target lists gives ${outcome}, reason ${reason}.`,
      ask(({ target }) => header([`CN=${listed(target, state, outcome).id}`]), { outcome, reason }),
    ),
  ),
  requirement(
    'OUT-08',
    'Ping Microsoft Intune node, outcome table',
    'Each device that the target lists gives the outcome that the target names for it.',
    {
      steps: (target) =>
        target.devices.map(({ id, expectedOutcome }) => ({
          body: () => header([`CN=${id}`]),
          expect: { outcome: expectedOutcome },
        })),
    },
  ),
  ...STATES.map(([state, outcome, reason], index) =>
    requirement(
      `OUT-1${index + 1}`,
      GRAPH_STATE,
      `A device whose state becomes ${state} gives ${outcome} at the next recheck, and its shared state says so.`,
      {
        devices: [{ complianceState: state === 'compliant' ? 'noncompliant' : 'compliant' }],
        steps: [
          { body: own, expect: { outcome: state === 'compliant' ? 'NotCompliant' : 'Compliant' } },
          {
            change: { complianceState: state },
            body: ownAgain,
            expect: { outcome, reason, sharedState: () => ({ INTUNE_complianceState: state }) },
          },
        ],
      },
    ),
  ),
  requirement(
    'OUT-20',
    GRAPH_STATE,
    'A compliance state that is not one of the seven, however alike, gives Unknown, reason complianceStateUnrecognised.',
    {
      devices: [{}],
      steps: STRANGE_STATES.map((complianceState) => ({
        change: { complianceState },
        body: own,
        expect: { outcome: 'Unknown', reason: 'complianceStateUnrecognised' },
      })),
    },
  ),
  requirement('OUT-21', GRAPH_STATE, 'An empty compliance state is never more than Unknown.', {
    devices: [{ complianceState: '' }],
    steps: [
      {
        body: own,
        expect: { outcome: ['Unknown', 'Error'], reason: ['complianceStateUnrecognised', 'malformedAnswer'] },
      },
    ],
  }),
  requirement(
    'OUT-22',
    'intune-gate contract',
    'A node may map a reason to another outcome and keeps the reason.',
    {
      gate: 'second',
      devices: [{ complianceState: 'conflict' }],
      steps: [
        { body: ownAt('remapped'), expect: { outcome: 'NotCompliant', reason: 'conflict' } },
        {
          change: { complianceState: 'unknown' },
          body: ownAt('remapped'),
          expect: { outcome: 'NotCompliant', reason: 'complianceUnknown' },
        },
        { change: { complianceState: 'compliant' }, body: ownAt('remapped'), expect: COMPLIANT },
        { body: ownAt('open'), expect: COMPLIANT },
      ],
    },
  ),
  requirement(
    'OUT-23',
    'Ping Microsoft Intune node, outcome table',
    'A node that answers as Ping does gives Error for a device that Intune does not know.',
    ask(({ device }) => header([`CN=${device.id}`], 'asPing'), {
      outcome: 'Error',
      reason: 'deviceNotFound',
    }),
  ),
  requirement(
    'OUT-24',
    'Ping Microsoft Intune node, outcome table',
    'A node that answers as Ping does gives the usual outcome for a device that Intune knows.',
    {
      devices: [{ complianceState: 'noncompliant' }],
      steps: [{ body: ownAt('asPing'), expect: { outcome: 'NotCompliant', reason: 'noncompliant' } }],
    },
  ),
];
