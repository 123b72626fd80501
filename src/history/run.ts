import type { Outcome } from '../outcomes/outcome.ts';
import { REASONS, type Reason } from '../outcomes/reason.ts';
import { isOwnView } from '../outcomes/standing.ts';

/** One decision, as far as the history of a device is concerned. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly decisionId: string;
}

/** Decisions of one node about one device that came one after the other and said the same: the first and the last of them. */
export interface Run {
  readonly node: string;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly first: Moment;
  readonly last: Moment;
  /** Whose login the first one was for, as names leave the gate; undefined if nobody's, or if no name may leave. */
  readonly user?: string | undefined;
}

/** A decision to be taken down. */
export interface HistoryEntry extends Moment {
  /** The id the device presented, canonical. */
  readonly deviceId: string;
  /** The ids of the same device in Intune and Entra, once found: whoever asks for one of them means this device. */
  readonly intuneId: string | undefined;
  readonly entraId: string | undefined;
  readonly tenant: string | undefined;
  readonly node: string;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly user: string | undefined;
}

/** The ids of its device that an entry is found by beside the one that was presented. */
export function otherIdsOf({ deviceId, intuneId, entraId }: HistoryEntry): readonly string[] {
  return [intuneId, entraId].flatMap((id) => (id === undefined || id === deviceId ? [] : [id]));
}

/** What a node last found out about a device itself. */
export interface Standing extends Moment {
  readonly outcome: Outcome;
}

/**
 * Does a reason say something about the device, rather than about the gate's trouble in finding out, about what was presented, or about
 * what one node asks for? Whatever outcome a node gives it.
 */
export function isStanding(reason: Reason): boolean {
  const { outcome } = REASONS[reason];
  if (isOwnView(reason)) return false;
  return reason === 'deviceComplianceError' || (outcome !== 'Error' && outcome !== 'NoId');
}
