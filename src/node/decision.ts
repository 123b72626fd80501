import type { Outcome, OutcomeId } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { StateEntries } from '../sharedState/stateEntries.ts';
import type { DeviceIdKind } from './deviceId.ts';
import type { DeviceIdSourceKind } from './deviceIdSource.ts';
import type { Provenance } from './deviceDirectory.ts';

/**
 * One answer of a node, as it goes over the wire. Flat, and every key is always present: no-code callers read it with path
 * expressions. `null` means there is nothing to say.
 */
export interface Decision {
  readonly outcome: Outcome;
  readonly outcomeId: OutcomeId;
  readonly reason: Reason;
  /** What happened in one or two sentences, for administrators; free of secrets and of personal data. */
  readonly message: string;
  readonly decisionId: string;
  readonly node: string;
  /** ISO 8601, UTC. */
  readonly evaluatedAt: string;
  /** The id the device presented, canonical; the Intune id if it presented both kinds. */
  readonly deviceId: string | null;
  readonly deviceIdSource: DeviceIdSourceKind | null;
  readonly deviceIdKind: DeviceIdKind | null;
  /** The device as Intune knows it, once found. */
  readonly managedDeviceId: string | null;
  readonly azureADDeviceId: string | null;
  readonly evidence: {
    readonly source: Provenance['source'] | null;
    readonly ageSeconds: number | null;
    readonly lastSyncDateTime: string | null;
  };
  /** How long Microsoft is left alone, where that is why there is no answer. */
  readonly retryAfterSeconds: number | null;
  /** What went wrong beside the answer without changing it. */
  readonly warnings: readonly { readonly reason: Reason; readonly message: string }[];
  /** Entries to merge into shared state; never an echo of what came in. */
  readonly sharedState: StateEntries;
}

/** One step on the way to a decision, for people who ask why. */
export interface TraceStep {
  readonly step: string;
  readonly finding: string;
  /** Milliseconds since the decision began. */
  readonly atMs: number;
}

export interface TracedDecision {
  readonly decision: Decision;
  /** Empty unless the context asked for it. */
  readonly trace: readonly TraceStep[];
  readonly durationMs: number;
}
