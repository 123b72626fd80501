import type { Verdict } from './judgeRequest.ts';

/** What became of a request, in one word, for whoever counts. */
export type VerdictWord =
  | 'passed'
  | 'warned'
  | 'loggedIn'
  | 'exception'
  | 'breakGlass'
  | 'challenged'
  | 'denied'
  /** They passed, as the policy only monitors. */
  | 'wouldChallenge'
  | 'wouldDeny';

export function verdictWord({ is, action, warns, exception, monitored }: Verdict): VerdictWord {
  if (monitored !== undefined) return monitored === 'deny' ? 'wouldDeny' : 'wouldChallenge';
  if (is !== 'pass') return is === 'deny' ? 'denied' : 'challenged';
  if (exception !== undefined) return exception.kind;
  if (warns) return 'warned';
  return action === 'stepUp' ? 'loggedIn' : 'passed';
}
