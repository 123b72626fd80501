import type { Run } from './run.ts';

/** A run as it leaves the gate. Moments are ISO 8601, UTC; null for what there is not. */
export interface WireRun extends Pick<Run, 'node' | 'outcome' | 'reason'> {
  readonly user: string | null;
  readonly firstAt: string;
  readonly firstDecisionId: string;
  readonly lastAt: string;
  readonly lastDecisionId: string;
}

export function toWire({ node, outcome, reason, user, first, last }: Run): WireRun {
  return {
    node,
    outcome,
    reason,
    user: user ?? null,
    firstAt: new Date(first.at).toISOString(),
    firstDecisionId: first.decisionId,
    lastAt: new Date(last.at).toISOString(),
    lastDecisionId: last.decisionId,
  };
}
