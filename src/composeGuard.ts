import type { Logger } from 'pino';
import type { NodeSetup } from './config/gateConfig.ts';
import type { PolicySetup } from './config/resolvePolicies.ts';
import type { EventLog } from './events/gateEvent.ts';
import { guardEvents } from './http/forwardAuth/guardEvents.ts';
import type { GuardWatch } from './http/forwardAuth/guardWatch.ts';
import type { GateMetrics } from './metrics/gateMetrics.ts';
import type { WatchDecision } from './node/watchedNode.ts';
import { verdictWord } from './policy/verdictWord.ts';
import { noteFall } from './sessions/fallenDevices.ts';
import type { SessionRecords } from './sessions/sessionRecords.ts';

/** What of a node a policy narrows. */
export type Narrowing = Partial<Pick<PolicySetup, 'maxAnswerAgeSeconds' | 'maxCheckInAgeHours'>>;

/** A node that accepts no more than it did: of two limits the smaller one holds. */
export function narrowedSetup(setup: NodeSetup, narrowing: Narrowing): NodeSetup {
  const smaller = (key: keyof Narrowing): number | undefined =>
    narrowing[key] === undefined ? setup[key] : Math.min(narrowing[key], setup[key] ?? Infinity);
  return {
    ...setup,
    maxAnswerAgeSeconds: smaller('maxAnswerAgeSeconds'),
    maxCheckInAgeHours: smaller('maxCheckInAgeHours'),
  };
}

interface GuardWatchParts {
  readonly logger: Logger;
  readonly metrics: GateMetrics | undefined;
  readonly events: EventLog | undefined;
}

/** Counts what became of requests, takes down what is more than a decision, and is loud about break-glass. The line that every decision has in the log tells the rest. */
export function composeGuardWatch({ logger, metrics, events }: GuardWatchParts): GuardWatch {
  return (judged) => {
    const { policy, decision, verdict, ended } = judged;
    if (events !== undefined) for (const event of guardEvents(judged)) events.record(event);
    metrics?.countVerdict(policy.name, verdictWord(verdict));
    if (ended !== undefined) metrics?.countEndedSession();
    if (verdict.exception?.kind === 'breakGlass') {
      const { id, approvedBy, reason, until } = verdict.exception;
      const { decisionId } = decision;
      logger.warn(
        {
          exception: id,
          policy: policy.name,
          decisionId,
          approvedBy,
          because: reason,
          until: new Date(until).toISOString(),
        },
        'break-glass was used',
      );
    }
  };
}

/** Ends the sessions of devices that have become worse, whoever asked about them. */
export function composeFallWatch(records: SessionRecords): WatchDecision {
  return async (_, decide) => {
    const traced = await decide();
    noteFall(records, traced.decision);
    return traced;
  };
}
