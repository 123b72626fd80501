/**
 * The eight answers a decision can have, in the order PingAM lists them, and the id each has in PingAM trees.
 * Everything downstream (journeys, policies, pages) branches on this list alone.
 */
export const OUTCOME_IDS = {
  Compliant: 'COMPLIANT',
  NotCompliant: 'NONCOMPLIANT',
  InGracePeriod: 'INGRACEPERIOD',
  ConfigManager: 'CONFIGMANAGER',
  Conflict: 'CONFLICT',
  NoId: 'NOID',
  Unknown: 'UNKNOWN',
  Error: 'ERROR',
} as const;

export type Outcome = keyof typeof OUTCOME_IDS;
export type OutcomeId = (typeof OUTCOME_IDS)[Outcome];

export const OUTCOMES = Object.keys(OUTCOME_IDS) as readonly Outcome[];
