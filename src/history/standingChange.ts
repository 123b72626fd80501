import type { GateEvent } from '../events/gateEvent.ts';
import type { HistoryEntry, Standing } from './run.ts';

/** Pure: the event of a change of standing. */
export function standingChange(entry: HistoryEntry, previous: Standing): GateEvent {
  const { at, decisionId, outcome, reason, node, tenant, deviceId: id, intuneId, entraId } = entry;
  return {
    type:
      outcome === 'Compliant'
        ? 'DEVICE_BECAME_COMPLIANT'
        : previous.outcome === 'Compliant'
          ? 'DEVICE_BECAME_NONCOMPLIANT'
          : 'DEVICE_STANDING_CHANGED',
    id: `${decisionId}.standing`,
    at,
    who: { kind: 'gate' },
    what: 'change',
    outcome,
    reason,
    decisionId,
    node,
    tenant,
    device: { id, intuneId, entraId },
    details: {
      previousOutcome: previous.outcome,
      previousDecisionId: previous.decisionId,
      previousSince: new Date(previous.at).toISOString(),
    },
  };
}
