import type { Decision } from '../../node/decision.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Verdict } from '../../policy/judgeRequest.ts';
import type { Session } from '../../sessions/session.ts';

/** What became of a request that a proxy asked about. */
export interface JudgedQuestion {
  readonly policy: Policy;
  readonly decision: Decision;
  readonly verdict: Verdict;
  /** The session that came along and ended, as its device has become worse. */
  readonly ended: Session | undefined;
}

/** Is told of every verdict. Never throws, and nobody waits for it. */
export type GuardWatch = (judged: JudgedQuestion) => void;
