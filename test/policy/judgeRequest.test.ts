import { describe, expect, test } from 'vitest';
import { judgeRequest, type PolicyQuestion } from '../../src/policy/judgeRequest.ts';
import type { Login } from '../../src/policy/login.ts';
import { hasFallen, provesDevice } from '../../src/policy/login.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.ts';
import type { PolicyException } from '../../src/policy/policyException.ts';
import { verdictWord } from '../../src/policy/verdictWord.ts';
import { isWorse } from '../../src/outcomes/standing.ts';
import { REASON_NAMES } from '../../src/outcomes/reason.ts';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const DEVICE = 'f61d6f0e-0000-4000-8000-000000000001';
const ENTRA = 'f61d6f0e-0000-4000-8000-0000000000e1';

const LOGIN: Login = {
  username: 'alice',
  authLevel: 10,
  authenticatedAt: NOW - 30 * MINUTE,
  device: { id: DEVICE, reason: 'inGracePeriod' },
};
const { device: _, ...rest } = LOGIN;
const WITHOUT_DEVICE: Login = rest;
const STEP_UP: Policy = {
  ...DEFAULT_POLICY,
  outcomes: { Compliant: 'allow', InGracePeriod: 'stepUp', NoId: 'stepUp' },
  stepUp: { level: 10, largestAgeMs: undefined, journey: undefined },
};
const QUESTION: PolicyQuestion = {
  outcome: 'InGracePeriod',
  reason: 'inGracePeriod',
  deviceIds: [DEVICE, ENTRA],
  login: undefined,
  exceptions: [],
  now: NOW,
};
const NO_ID: Partial<PolicyQuestion> = { outcome: 'NoId', reason: 'noDeviceId', deviceIds: [] };

const judge = (changes: Partial<PolicyQuestion>, policy: Partial<Policy> = {}) =>
  judgeRequest({ ...STEP_UP, ...policy }, { ...QUESTION, ...changes });

describe('a login', () => {
  test.each<[string, Partial<PolicyQuestion>, string]>([
    ['nobody', {}, 'stepUp'],
    ['somebody with this device', { login: LOGIN }, 'pass'],
    [
      'by the other id of the device',
      { login: { ...LOGIN, device: { id: ENTRA, reason: 'compliant' } } },
      'pass',
    ],
    ['with a higher level', { login: { ...LOGIN, authLevel: 11 } }, 'pass'],
    ['with a lower level', { login: { ...LOGIN, authLevel: 9 } }, 'stepUp'],
    ['with another device', { login: { ...LOGIN, device: { id: 'x', reason: 'compliant' } } }, 'stepUp'],
    ['without a device', { login: WITHOUT_DEVICE }, 'stepUp'],
    ['without a device, and none is presented', { ...NO_ID, login: WITHOUT_DEVICE }, 'pass'],
    ['with a device, and none is presented', { ...NO_ID, login: LOGIN }, 'stepUp'],
    [
      'just now, with another device',
      { login: { ...LOGIN, authenticatedAt: NOW - 5_000, device: { id: 'x', reason: 'compliant' } } },
      'deny',
    ],
    [
      'just now, with too low a level',
      { login: { ...LOGIN, authenticatedAt: NOW - 5_000, authLevel: 1 } },
      'deny',
    ],
    ['just now', { login: { ...LOGIN, authenticatedAt: NOW - 5_000 } }, 'pass'],
  ])('%s', (_name, changes, expected) => {
    expect(judge(changes).is).toBe(expected);
  });

  test('is named only where it proves the device', () => {
    const compliant = { outcome: 'Compliant', reason: 'compliant' } as const;
    expect(judge({ ...compliant, login: LOGIN }).login).toBe(LOGIN);
    expect(judge({ ...compliant, login: WITHOUT_DEVICE })).toMatchObject({ is: 'pass', login: undefined });
    expect(judge({ ...compliant, login: { ...LOGIN, device: { id: 'x', reason: 'compliant' } } }).login).toBe(
      undefined,
    );
  });

  test('may be too old', () => {
    const stepUp = { ...STEP_UP.stepUp, largestAgeMs: 30 * MINUTE };
    expect(judge({ login: LOGIN }, { stepUp }).is).toBe('pass');
    expect(judge({ login: LOGIN, now: NOW + 1 }, { stepUp }).is).toBe('stepUp');
  });

  test('falls with its device, and with nothing else', () => {
    const fallen = REASON_NAMES.filter((reason) => hasFallen(LOGIN, { reason, deviceIds: [DEVICE] }));
    expect(fallen.toSorted()).toEqual(
      [
        'noncompliant',
        'deviceBeingRemoved',
        'graceExpired',
        'deviceDisabled',
        'configManager',
        'conflict',
        'complianceUnknown',
        'complianceStateUnrecognised',
        'deviceNotFound',
        'deviceComplianceError',
      ].toSorted(),
    );
    expect(hasFallen(WITHOUT_DEVICE, { reason: 'noncompliant', deviceIds: [] })).toBe(false);
    const unknown = { ...LOGIN, device: { id: DEVICE, reason: 'of another version' } };
    expect(hasFallen(unknown, { reason: 'noncompliant', deviceIds: [DEVICE] })).toBe(false);
  });

  test('nothing is worse than itself, or than what is worse than it', () => {
    for (const one of REASON_NAMES) {
      for (const other of REASON_NAMES) expect(isWorse(one, other) && isWorse(other, one)).toBe(false);
    }
  });
});

describe('an exception', () => {
  const exception: PolicyException = {
    id: 'loan',
    kind: 'exception',
    device: DEVICE,
    user: undefined,
    policies: undefined,
    reason: 'A loan device until Friday',
    approvedBy: ['alice'],
    from: NOW - MINUTE,
    until: NOW + MINUTE,
  };
  const denied = { outcome: 'NotCompliant', reason: 'noncompliant' } as const;
  const forUser = { ...exception, device: undefined, user: 'alice' };

  test.each<[string, PolicyException, Partial<PolicyQuestion>, boolean]>([
    ['for the device', exception, denied, true],
    ['for the device, instead of a login', exception, {}, true],
    ['by its other id', { ...exception, device: ENTRA }, denied, true],
    ['for another device', { ...exception, device: 'x' }, denied, false],
    ['for the policy', { ...exception, policies: ['default'] }, denied, true],
    ['for another policy', { ...exception, policies: ['payroll'] }, denied, false],
    ['before it begins', exception, { ...denied, now: NOW - MINUTE - 1 }, false],
    ['as it begins', exception, { ...denied, now: NOW - MINUTE }, true],
    ['at its last moment', exception, { ...denied, now: NOW + MINUTE - 1 }, true],
    ['at its end', exception, { ...denied, now: NOW + MINUTE }, false],
    ['for a person who is not logged in', forUser, denied, false],
    ['for a person who is', forUser, { ...denied, login: LOGIN }, true],
    ['for a person logged in elsewhere', forUser, { ...denied, login: WITHOUT_DEVICE }, false],
    ['for another person', { ...forUser, user: 'bob' }, { ...denied, login: LOGIN }, false],
    ['in an outage', exception, { outcome: 'Error', reason: 'timeout' }, true],
    ...(['headerSpoofed', 'certificateRevoked', 'certificateExpired', 'deviceIdConflict'] as const).map(
      (reason): [string, PolicyException, Partial<PolicyQuestion>, boolean] => [
        `never after ${reason}`,
        exception,
        { outcome: 'Error', reason },
        false,
      ],
    ),
  ])('%s', (_name, one, changes, holds) => {
    const verdict = judge({ ...changes, exceptions: [one] });
    expect(verdict.exception).toBe(holds ? one : undefined);
    expect(verdict.is === 'pass').toBe(holds);
    expect(verdictWord(verdict) === 'exception').toBe(holds);
  });

  test('is not used where the policy lets pass anyway', () => {
    const verdict = judge({ outcome: 'Compliant', reason: 'compliant', exceptions: [exception] });
    expect(verdict).toMatchObject({ is: 'pass', exception: undefined, warns: false });
  });

  test('of the ordinary kind goes before break-glass', () => {
    const breakGlass: PolicyException = { ...exception, id: 'fire', kind: 'breakGlass' };
    expect(judge({ ...denied, exceptions: [breakGlass, exception] }).exception?.id).toBe('loan');
    const verdict = judge({ ...denied, exceptions: [breakGlass] });
    expect([verdict.exception?.id, verdictWord(verdict)]).toEqual(['fire', 'breakGlass']);
  });
});

test.each<[string, Partial<PolicyQuestion>, Partial<Policy>]>([
  ['passed', { outcome: 'Compliant', reason: 'compliant' }, {}],
  ['warned', {}, { outcomes: { InGracePeriod: 'warn' } }],
  ['loggedIn', { login: LOGIN }, {}],
  ['challenged', {}, {}],
  ['denied', { outcome: 'Unknown', reason: 'deviceNotFound' }, {}],
  ['wouldChallenge', {}, { mode: 'monitor' }],
  ['wouldDeny', { outcome: 'Unknown', reason: 'deviceNotFound' }, { mode: 'monitor' }],
  ['denied', { outcome: 'Error', reason: 'headerSpoofed' }, { mode: 'monitor' }],
  ['wouldDeny', { outcome: 'Error', reason: 'certificateExpired' }, { mode: 'monitor' }],
])('one word for each: %s', (word, question, policy) => {
  expect(verdictWord(judge(question, policy))).toBe(word);
});

describe('what an outage leaves unknown', () => {
  test('a login without a device belongs to requests that present none, and to no other', () => {
    expect(provesDevice(WITHOUT_DEVICE, { reason: 'noDeviceId', deviceIds: [] })).toBe(true);
    for (const reason of REASON_NAMES.filter((name) => name !== 'noDeviceId')) {
      expect(provesDevice(WITHOUT_DEVICE, { reason, deviceIds: [] })).toBe(false);
    }
    const policy: Policy = { ...STEP_UP, outcomes: { Error: 'stepUp' } };
    const lost = { ...QUESTION, outcome: 'Error', reason: 'timeout', deviceIds: [] } as const;
    expect(judgeRequest(policy, { ...lost, login: WITHOUT_DEVICE }).is).toBe('stepUp');
  });

  test('a login in an outage ends with the first thing that is said against its device', () => {
    expect(isWorse('noncompliant', 'throttled')).toBe(true);
    expect(isWorse('compliant', 'throttled')).toBe(false);
    expect(isWorse('throttled', 'compliant')).toBe(false);
  });
});
