import type { Outcome } from '../outcomes/outcome.ts';
import { actionOf } from './actionOf.ts';
import type { Action } from './action.ts';
import { provesDevice, satisfies, type JudgedRequest, type Login } from './login.ts';
import type { Policy } from './policy.ts';
import { findException, type PolicyException } from './policyException.ts';
import { isRefused, isSpoofing } from './refusedReasons.ts';

/** What a policy says to one request. */
export interface Verdict {
  readonly is: 'pass' | 'stepUp' | 'deny';
  /** What the policy says to a decision like this one, whoever is logged in. */
  readonly action: Action;
  /** The request passes, and somebody should look: the policy warns, or there is an exception. */
  readonly warns: boolean;
  /** Why it passes although the policy says no. */
  readonly exception: PolicyException | undefined;
  /** What enforcing would have done to a request that passes because the policy only monitors. */
  readonly monitored: 'stepUp' | 'deny' | undefined;
  /** Who is asking; undefined if nobody is logged in, or not with this device. */
  readonly login: Login | undefined;
}

export interface PolicyQuestion extends JudgedRequest {
  readonly outcome: Outcome;
  /** A session that came with the request and is good by itself. */
  readonly login: Login | undefined;
  readonly exceptions: readonly PolicyException[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Who comes back from a login so soon, and is not helped by it, would only be sent round in circles. */
const JUST_NOW_MS = 10_000;

/** Pure: may this request pass? Enforcing and monitoring come to the same, except for what follows from it. */
export function judgeRequest(policy: Policy, question: PolicyQuestion): Verdict {
  const enforced = enforce(policy, question);
  if (enforced.is === 'pass' || policy.mode !== 'monitor' || isSpoofing(question.reason)) return enforced;
  return { ...enforced, is: 'pass', monitored: enforced.is };
}

function enforce(policy: Policy, question: PolicyQuestion): Verdict {
  const { reason, deviceIds, now } = question;
  const action = actionOf(policy, question);
  const login =
    question.login !== undefined && provesDevice(question.login, question) ? question.login : undefined;
  const verdict = { action, login, warns: false, exception: undefined, monitored: undefined };
  if (action === 'allow') return { ...verdict, is: 'pass' };
  if (action === 'warn') return { ...verdict, is: 'pass', warns: true };
  if (action === 'stepUp' && login !== undefined && satisfies(login, policy.stepUp, now)) {
    return { ...verdict, is: 'pass' };
  }
  const exception = isRefused(reason)
    ? undefined
    : findException(question.exceptions, { policy: policy.name, deviceIds, user: login?.username, now });
  if (exception !== undefined) return { ...verdict, is: 'pass', warns: true, exception };
  if (action === 'deny') return { ...verdict, is: 'deny' };
  const isCircle = question.login !== undefined && now - question.login.authenticatedAt < JUST_NOW_MS;
  return { ...verdict, is: isCircle ? 'deny' : 'stepUp' };
}
