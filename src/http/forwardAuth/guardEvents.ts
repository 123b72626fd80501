import type { GateEvent } from '../../events/gateEvent.ts';
import type { JudgedQuestion } from './guardWatch.ts';

/** Pure: what of a verdict is an event beside the decision itself, which the node has told. */
export function guardEvents({ policy, decision, verdict, ended }: JudgedQuestion): readonly GateEvent[] {
  const { exception, monitored, login } = verdict;
  const about = {
    who: { kind: 'gate' },
    outcome: decision.outcome,
    reason: decision.reason,
    decisionId: decision.decisionId,
    node: decision.node,
    policy: policy.name,
    device: {
      id: decision.deviceId ?? undefined,
      intuneId: decision.managedDeviceId ?? undefined,
      entraId: decision.azureADDeviceId ?? undefined,
    },
    user: login?.username,
  } as const;
  const events: GateEvent[] = [];
  if (exception !== undefined) {
    events.push({
      ...about,
      type: exception.kind === 'breakGlass' ? 'BREAK_GLASS_USED' : 'POLICY_EXCEPTION_USED',
      what: 'pass',
      why: exception.reason,
      details: {
        exception: exception.id,
        approvedBy: exception.approvedBy.join(', '),
        until: new Date(exception.until).toISOString(),
      },
    });
  }
  if (monitored !== undefined) {
    events.push({
      ...about,
      type: 'MONITORED_REQUEST_PASSED',
      what: 'pass',
      details: { enforced: monitored },
    });
  }
  if (ended !== undefined) {
    events.push({ ...about, type: 'SESSION_ENDED_BY_DEVICE', what: 'endSession', user: ended.username });
  }
  return events.map((event) => ({ ...event, id: `${decision.decisionId}.${event.type}` }));
}
