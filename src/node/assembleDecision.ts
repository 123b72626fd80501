import { OUTCOME_IDS } from '../outcomes/outcome.ts';
import { REASONS, type Reason } from '../outcomes/reason.ts';
import { outcomeOf, type ReasonOutcomes } from '../outcomes/reasonOutcomes.ts';
import { errorEntries } from '../sharedState/errorEntries.ts';
import type { Scrub } from '../sharedState/scrub.ts';
import type { StateEntries } from '../sharedState/stateEntries.ts';
import type { Decision } from './decision.ts';
import { DeadlinePassed } from './deadline.ts';
import type { LookupFailure, Provenance } from './deviceDirectory.ts';
import type { ManagedDevice } from './managedDevice.ts';
import type { ClaimedId } from './reconcileIds.ts';

/** What the steps of a decision end in. */
export interface Finding {
  readonly reason: Reason;
  readonly detail?: string;
  readonly cause?: Error;
  readonly retryAfterMs?: number;
  readonly claimed?: ClaimedId | undefined;
  readonly device?: ManagedDevice;
  readonly evidence?: Decision['evidence'];
  readonly entries?: StateEntries;
  readonly warnings?: Decision['warnings'];
}

export interface AssembleOptions {
  readonly node: string;
  readonly outcomes: ReasonOutcomes;
  readonly pingErrorKeys: boolean;
  readonly scrub: Scrub;
  readonly createId: () => string;
}

/**
 * Turns what the steps found into the answer. This is the one place where a reason becomes an outcome, and the last one where a
 * text is scrubbed.
 *
 * @param at - when the decision was made, milliseconds since 1970
 */
export function assembleDecision(finding: Finding, at: number, options: AssembleOptions): Decision {
  const { reason, device, claimed } = finding;
  const { scrub, pingErrorKeys: pingKeys } = options;
  const outcome = outcomeOf(reason, options.outcomes);
  const { detail } = finding;
  const message = detail === undefined ? REASONS[reason].meaning : scrub(sentence(reason, detail));
  return {
    outcome,
    outcomeId: OUTCOME_IDS[outcome],
    reason,
    message,
    decisionId: options.createId(),
    node: options.node,
    evaluatedAt: new Date(at).toISOString(),
    deviceId: claimed?.id ?? null,
    deviceIdSource: claimed?.source ?? null,
    deviceIdKind: claimed?.kind ?? null,
    managedDeviceId: device?.id ?? null,
    azureADDeviceId: device?.azureADDeviceId ?? null,
    evidence: finding.evidence ?? NO_EVIDENCE,
    retryAfterSeconds: finding.retryAfterMs === undefined ? null : Math.ceil(finding.retryAfterMs / 1000),
    warnings: (finding.warnings ?? []).map((warning) => ({ ...warning, message: scrub(warning.message) })),
    sharedState: {
      ...finding.entries,
      ...(outcome === 'Error' ? errorEntries(message, finding.cause, { scrub, pingKeys, at }) : {}),
    },
  };
}

const NO_EVIDENCE: Decision['evidence'] = { source: null, ageSeconds: null, lastSyncDateTime: null };

/** How old the answer is, and when the device was last seen by Intune. */
export function evidenceOf(
  provenance: Provenance,
  device: ManagedDevice | undefined,
  now: number,
): Decision['evidence'] {
  return {
    source: provenance.source,
    ageSeconds: Math.max(0, Math.floor((now - provenance.fetchedAt) / 1000)),
    lastSyncDateTime: device?.lastSync === undefined ? null : new Date(device.lastSync).toISOString(),
  };
}

/** Of two answers that a decision rests on, the one that says how much it is worth: the older one. */
export function olderOf(a: Provenance, b: Provenance): Provenance {
  return b.fetchedAt < a.fetchedAt ? b : a;
}

/** What is to be said of an answer that is not as new as it could be. */
export function warningsOf({ warning }: Provenance): Decision['warnings'] {
  return warning === undefined
    ? []
    : [
        {
          reason: warning.reason,
          message: `A remembered answer was given. ${sentence(warning.reason, warning.detail)}`,
        },
      ];
}

/** The meaning of a reason, and what is known beyond it. */
export function sentence(reason: Reason, detail: string | undefined): string {
  const { meaning } = REASONS[reason];
  // A detail may be a sentence of its own; in brackets its full stop would be one too many.
  return detail === undefined ? meaning : `${meaning} (${detail.replace(/\.$/, '')})`;
}

/** A failure of the directory ends a decision with its reason. */
export function findingOf(failure: LookupFailure): Finding {
  return {
    reason: failure.reason,
    detail: failure.detail,
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  };
}

/** What was thrown: time is up, or there is a bug. The text of a bug may hold anything, so only its kind and its place are told. */
export function unexpected(error: unknown): Finding {
  if (error instanceof DeadlinePassed) return { reason: 'timeout', detail: error.message, cause: error };
  const bug = error instanceof Error ? error : new Error();
  const cause = new Error(bug.name);
  cause.stack = [bug.name, ...(bug.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))].join(
    '\n',
  );
  return { reason: 'internalError', detail: bug.name, cause };
}
