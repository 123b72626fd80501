import type { Decision } from '../node/decision.ts';
import type { HistoryEntry } from './run.ts';

/** Pure: the entry of a decision in the history of its device; undefined if no device was presented. */
export function historyEntryOf(
  decision: Decision,
  tenant: string | undefined,
  user: string | undefined,
): HistoryEntry | undefined {
  const { deviceId, managedDeviceId: intuneId, azureADDeviceId: entraId } = decision;
  if (deviceId === null) return undefined;
  const { decisionId, outcome, reason, node } = decision;
  return {
    at: Date.parse(decision.evaluatedAt),
    decisionId,
    deviceId,
    intuneId: intuneId ?? undefined,
    entraId: entraId ?? undefined,
    node,
    tenant,
    outcome,
    reason,
    user,
  };
}
