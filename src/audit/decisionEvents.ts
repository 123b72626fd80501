import type { EventActor, EventDevice, GateEvent } from '../events/gateEvent.ts';
import type { Decision } from '../node/decision.ts';
import type { Reason } from '../outcomes/reason.ts';

/** What a decision does not say of itself. */
export interface DecisionSurroundings {
  readonly who: EventActor;
  readonly tenant: string | undefined;
  /** Login name; undefined if there is none, or if names are left out anyway. */
  readonly user: string | undefined;
  /** Did whoever asked go away before the answer? Then the answer may be about that. */
  readonly isAbandoned: boolean;
}

/** Reasons that somebody said what only others may say, or contradicted himself. */
const SPOOFING: ReadonlySet<Reason> = new Set(['headerSpoofed', 'hopNotTrusted', 'deviceIdConflict']);

/** Pure: the events of one decision. Their ids come from the decision's. */
export function eventsOfDecision(
  decision: Decision,
  { who, tenant, user, isAbandoned }: DecisionSurroundings,
): readonly GateEvent[] {
  const { decisionId, outcome, reason, node, evidence, deviceIdSource: idSource } = decision;
  const { source, ageSeconds } = evidence;
  // Written out, as copying objects would be most of the cost of an event that every decision has.
  const checked: GateEvent = {
    type: 'DEVICE_COMPLIANCE_CHECKED',
    id: decisionId,
    at: Date.parse(decision.evaluatedAt),
    who,
    what: 'decide',
    outcome,
    reason,
    decisionId,
    node,
    tenant,
    user,
    device: deviceOf(decision),
    details: isAbandoned
      ? { source, ageSeconds, idSource, abandoned: true }
      : { source, ageSeconds, idSource },
  };
  if (!SPOOFING.has(reason)) return [checked];
  return [checked, { ...checked, type: 'SPOOFING_SEEN', id: `${decisionId}.spoofing`, details: undefined }];
}

function deviceOf({ deviceId, managedDeviceId, azureADDeviceId }: Decision): EventDevice | undefined {
  if (deviceId === null) return undefined;
  return {
    id: deviceId,
    intuneId: managedDeviceId ?? undefined,
    entraId: azureADDeviceId ?? undefined,
  };
}
