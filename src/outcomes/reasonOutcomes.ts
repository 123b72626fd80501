import type { Outcome } from './outcome.ts';
import { REASONS, type Reason } from './reason.ts';

/** A node's own view of some reasons, e.g. `{ deviceNotFound: 'Error' }` to answer as Ping's node does. */
export type ReasonOutcomes = Readonly<Partial<Record<Reason, Outcome>>>;

/**
 * The only reason that may lead to each of these outcomes. They are the ones somebody may be let in by, or skipped past, so no
 * configuration can widen them.
 */
const RESERVED: Readonly<Partial<Record<Outcome, Reason>>> = {
  Compliant: 'compliant',
  InGracePeriod: 'inGracePeriod',
  NoId: 'noDeviceId',
};

/** May a node map this reason to this outcome? */
export function mayMap(reason: Reason, outcome: Outcome): boolean {
  const only = RESERVED[outcome];
  return only === undefined || only === reason;
}

/**
 * The outcome behind a reason, with a node's own mapping applied. A mapping that is not allowed is ignored here as well as refused
 * when the configuration is read: this is the last place before the answer, and it does not rely on anyone before it.
 */
export function outcomeOf(reason: Reason, overrides: ReasonOutcomes = {}): Outcome {
  const override = Object.hasOwn(overrides, reason) ? overrides[reason] : undefined;
  return override !== undefined && mayMap(reason, override) ? override : REASONS[reason].outcome;
}
