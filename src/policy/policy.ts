import type { Outcome } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import type { Action } from './action.ts';

/** What a proxy does with a decision. The path that the proxy asks chooses it, and nothing that a client sends. */
export interface Policy {
  /** As the path names it. */
  readonly name: string;
  /** `monitor` decides and records as `enforce` does, and then lets through; except what is a sign of spoofing. */
  readonly mode: 'enforce' | 'monitor';
  /** By outcome. What is listed in neither table goes by `requireDevice` and `strict`. */
  readonly outcomes: Readonly<Partial<Record<Outcome, Action>>>;
  /** By reason; goes before the outcome. */
  readonly reasons: Readonly<Partial<Record<Reason, Action>>>;
  /** False: a device is looked at, but none is needed; whatever is not listed is a warning. */
  readonly requireDevice: boolean;
  /** False: who presents no device at all passes with a warning, unless NoId is listed. */
  readonly strict: boolean;
  readonly stepUp: StepUp;
}

/** What a login must be to satisfy `stepUp`. */
export interface StepUp {
  /** Least level of the session; 0 for any login. */
  readonly level: number;
  /** Oldest login, milliseconds; undefined for as old as a session may be. */
  readonly largestAgeMs: number | undefined;
  /** Journey that leads there, for the login page; undefined for its own choice. */
  readonly journey: string | undefined;
}

/** What every policy does unless it says otherwise. Nothing else is on the list, so nothing else passes. */
export const LISTED_BY_DEFAULT = { Compliant: 'allow' } as const satisfies Policy['outcomes'];

/** The policy where none is configured: a compliant device passes without a login, and nothing else does. */
export const DEFAULT_POLICY: Policy = {
  name: 'default',
  mode: 'enforce',
  outcomes: LISTED_BY_DEFAULT,
  reasons: {},
  requireDevice: true,
  strict: true,
  stepUp: { level: 0, largestAgeMs: undefined, journey: undefined },
};
