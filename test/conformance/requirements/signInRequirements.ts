import type { ConformanceCase, Expectation, Requirement, Step } from '../requirement.ts';
import { COMPLIANT, own, requirement } from './build.ts';

const TOKEN = 'Microsoft Entra token endpoint';
const GRAPH = 'Microsoft Graph error responses and throttling';

/** Tokens live a second, so that the gate soon needs a new one. */
const SHORT_LIVED = { lifetimeSeconds: 1 };
/** A gate may hold off for a while after a failure. */
const RECOVERS: Step = { clearFaults: true, withinMs: 15_000, body: own, expect: COMPLIANT };

const failed = (reason: string): Expectation => ({
  outcome: 'Error',
  reason,
  fields: () => ({ managedDeviceId: null }),
});

/** The token endpoint fails in one way; the gate says so once its token is used up, and then recovers. */
function whileTokensFail(fault: Readonly<Record<string, unknown>>, reason: string): ConformanceCase {
  return {
    lane: 'signIn',
    devices: [{}],
    steps: [
      {
        faults: [{ endpoint: 'token', about: 'nobody', fault }],
        withinMs: 12_000,
        body: own,
        expect: failed(reason),
      },
      RECOVERS,
    ],
  };
}

function whileGraphRefuses(body: string, reason: string): ConformanceCase {
  return {
    lane: 'signIn',
    devices: [{}],
    steps: [
      {
        faults: [{ endpoint: 'managedDevice', fault: { kind: 'status', status: 401, body } }],
        body: own,
        expect: failed(reason),
      },
    ],
  };
}

/** What happens while nobody can sign in. One after the other, in this order, on a target that nobody else uses meanwhile. */
export const SIGN_IN_REQUIREMENTS: readonly Requirement[] = [
  requirement(
    'TOK-01',
    GRAPH,
    'A token that Graph refuses once is replaced, and the decision is made with the new one.',
    {
      lane: 'signIn',
      devices: [{}],
      steps: [
        { body: own, expect: COMPLIANT },
        {
          // From here on tokens are short-lived, which the cases below rely on.
          changeTokens: SHORT_LIVED,
          faults: [{ endpoint: 'managedDevice', times: 1, fault: { kind: 'status', status: 401 } }],
          body: own,
          expect: COMPLIANT,
        },
      ],
    },
  ),
  requirement(
    'TOK-02',
    TOKEN,
    'A server error of the token endpoint gives Error, reason upstreamUnavailable, and passes by itself.',
    whileTokensFail({ kind: 'status', status: 503, body: 'html' }, 'upstreamUnavailable'),
  ),
  requirement(
    'TOK-03',
    TOKEN,
    'A throttled token endpoint gives Error, reason throttled, and passes by itself.',
    whileTokensFail({ kind: 'status', status: 429, retryAfter: '1' }, 'throttled'),
  ),
  requirement(
    'TOK-04',
    TOKEN,
    'A token endpoint that breaks connections gives Error, reason upstreamUnavailable, and passes by itself.',
    whileTokensFail({ kind: 'reset' }, 'upstreamUnavailable'),
  ),
  requirement(
    'TOK-05',
    TOKEN,
    'A token endpoint that answers 200 with something else than JSON gives Error, reason malformedAnswer.',
    whileTokensFail({ kind: 'wrongJson' }, 'malformedAnswer'),
  ),
  requirement(
    'TOK-06',
    TOKEN,
    'A token endpoint that answers 200 without a token gives Error, reason malformedAnswer.',
    whileTokensFail({ kind: 'replace', body: { token_type: 'Bearer', expires_in: 3599 } }, 'malformedAnswer'),
  ),
  requirement(
    'TOK-07',
    TOKEN,
    'A token endpoint that never answers gives Error, reason timeout, and passes by itself.',
    whileTokensFail({ kind: 'hang' }, 'timeout'),
  ),
  requirement(
    'TOK-08',
    TOKEN,
    'Consent that is taken back gives Error, reason consentMissing, and counts again once it is given.',
    {
      lane: 'signIn',
      devices: [{}],
      steps: [
        { changeApp: { consented: false }, withinMs: 12_000, body: own, expect: failed('consentMissing') },
        { ...RECOVERS, changeApp: { consented: true } },
      ],
    },
  ),
  requirement(
    'TOK-09',
    GRAPH,
    'A 401 of Intune behind a token that Graph accepts gives Error, reason licenceOrRoleMissing.',
    whileGraphRefuses('nested', 'licenceOrRoleMissing'),
  ),
  requirement(
    'TOK-10',
    GRAPH,
    'A 401 that stays after the token was replaced gives Error, reason credentialRejected.',
    whileGraphRefuses('json', 'credentialRejected'),
  ),
  requirement(
    'TOK-11',
    TOKEN,
    'A credential that Entra starts to refuse gives Error, reason credentialRejected.',
    {
      lane: 'signIn',
      devices: [{}],
      steps: [
        RECOVERS,
        {
          faults: [{ endpoint: 'token', about: 'nobody', fault: { kind: 'status', status: 401 } }],
          withinMs: 12_000,
          body: own,
          expect: failed('credentialRejected'),
        },
      ],
    },
  ),
];
