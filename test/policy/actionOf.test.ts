import { describe, expect, test } from 'vitest';
import { OUTCOMES, type Outcome } from '../../src/outcomes/outcome.ts';
import { REASON_NAMES, type Reason } from '../../src/outcomes/reason.ts';
import { ACTIONS, type Action } from '../../src/policy/action.ts';
import { actionOf } from '../../src/policy/actionOf.ts';
import { judgeRequest } from '../../src/policy/judgeRequest.ts';
import type { Login } from '../../src/policy/login.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.ts';
import { isRefused, isSpoofing, NAMEABLE_REASONS } from '../../src/policy/refusedReasons.ts';

const NOW = 1_000_000_000;
const DEVICE = 'f61d6f0e-0000-4000-8000-000000000001';

/** By hand, so that a reason that is added has to be thought about. */
const REFUSED: readonly Reason[] = [
  'deviceIdMalformed',
  'deviceIdConflict',
  'deviceAmbiguous',
  'hopNotTrusted',
  'headerSpoofed',
  'certificateMalformed',
  'certificateUntrusted',
  'certificateExpired',
  'certificateNotYetValid',
  'certificateRevoked',
  'revocationUnknown',
  'certificateNotForClients',
  'certificateWithoutDeviceId',
];

const everything = (action: Action): Policy['outcomes'] =>
  Object.fromEntries(OUTCOMES.map((outcome) => [outcome, action]));

/** Every form a policy can have, each with what it says of an outcome and a reason that nothing refuses. */
const FORMS: readonly {
  readonly name: string;
  readonly policy: Partial<Policy>;
  readonly says: (outcome: Outcome, reason: Reason) => Action;
}[] = [
  { name: 'the default', policy: {}, says: (outcome) => (outcome === 'Compliant' ? 'allow' : 'deny') },
  ...ACTIONS.map((action) => ({
    name: `${action} for every outcome`,
    policy: { outcomes: everything(action) },
    says: () => action,
  })),
  ...OUTCOMES.flatMap((listed) =>
    ACTIONS.map((action) => ({
      name: `${action} for ${listed} alone`,
      policy: { outcomes: { [listed]: action } },
      says: (outcome: Outcome) => (outcome === listed ? action : ('deny' as const)),
    })),
  ),
  ...REASON_NAMES.map((listed) => ({
    name: `allow for ${listed} alone`,
    policy: { outcomes: {}, reasons: { [listed]: 'allow' as const } },
    says: (_: Outcome, reason: Reason) => (reason === listed ? ('allow' as const) : ('deny' as const)),
  })),
  {
    name: 'a reason that is denied in an outcome that is allowed',
    policy: { outcomes: everything('allow'), reasons: { noncompliant: 'deny' } },
    says: (_, reason) => (reason === 'noncompliant' ? 'deny' : 'allow'),
  },
  {
    name: 'permissive without an id',
    policy: { strict: false },
    says: (outcome) => (({ Compliant: 'allow', NoId: 'warn' }) as const)[outcome as 'NoId'] ?? 'deny',
  },
  {
    name: 'permissive without an id, which is listed',
    policy: { strict: false, outcomes: { NoId: 'stepUp' } },
    says: (outcome) => (outcome === 'NoId' ? 'stepUp' : 'deny'),
  },
  {
    name: 'no device required',
    policy: { requireDevice: false, outcomes: { Compliant: 'allow', NotCompliant: 'deny' } },
    says: (outcome) =>
      (({ Compliant: 'allow', NotCompliant: 'deny' }) as const)[outcome as 'Compliant'] ?? 'warn',
  },
];

const loginWith = (device: string | undefined): Login => ({
  username: 'alice',
  authLevel: 5,
  authenticatedAt: NOW - 60_000,
  ...(device === undefined ? {} : { device: { id: device, reason: 'compliant' } }),
});

/** And whether it says anything about the one who asks. */
const LOGINS: readonly (readonly [Login | undefined, boolean])[] = [
  [undefined, false],
  [loginWith(undefined), false],
  [loginWith('another'), false],
  [loginWith(DEVICE), true],
];

test('what is refused is what was presented and is not good', () => {
  expect(REASON_NAMES.filter(isRefused).toSorted()).toEqual(REFUSED.toSorted());
  expect(REASON_NAMES.filter((reason) => isSpoofing(reason) && !isRefused(reason))).toEqual([]);
  expect(NAMEABLE_REASONS.filter(isRefused)).toEqual([]);
});

describe.each(FORMS)('$name', ({ policy: changes, says }) => {
  const policy = {
    ...DEFAULT_POLICY,
    outcomes: {},
    ...('outcomes' in changes ? {} : DEFAULT_POLICY),
    ...changes,
  };

  test('says the same of every outcome and every reason, and lets pass what it says, whoever is logged in', () => {
    const wrong: unknown[] = [];
    let rows = 0;
    for (const outcome of OUTCOMES) {
      for (const reason of REASON_NAMES) {
        const action = isRefused(reason) ? 'deny' : says(outcome, reason);
        if (actionOf(policy, { outcome, reason }) !== action) wrong.push([outcome, reason]);
        for (const [login, fits] of LOGINS) {
          rows += 1;
          const question = { outcome, reason, deviceIds: [DEVICE], login, exceptions: [], now: NOW };
          const passes = action === 'allow' || action === 'warn' || (action === 'stepUp' && fits);
          const expected = passes ? 'pass' : action;
          const known = fits ? login : undefined;
          const enforced = judgeRequest(policy, question);
          if (enforced.is !== expected || enforced.warns !== (action === 'warn') || enforced.login !== known)
            wrong.push([outcome, reason, login, enforced]);
          const monitored = judgeRequest({ ...policy, mode: 'monitor' }, question);
          const seen = passes || isSpoofing(reason) ? undefined : expected;
          if (monitored.is !== (isSpoofing(reason) ? 'deny' : 'pass') || monitored.monitored !== seen)
            wrong.push([outcome, reason, login, monitored]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(rows).toBe(OUTCOMES.length * REASON_NAMES.length * LOGINS.length);
  });
});
