import type { EventType } from './eventTypes.ts';

/** Who caused an event. */
export interface EventActor {
  /**
   * `caller` and `proxy`: a principal of the configuration; `person`: somebody who logs in, whose name is personal; `operator`: whoever
   * is at the command line; `gate`: the gate itself.
   */
  readonly kind: 'caller' | 'proxy' | 'person' | 'operator' | 'gate';
  /** undefined for somebody nobody knows. */
  readonly name?: string | undefined;
}

/** The device an event is about, by canonical ids. They name a device and nobody. */
export interface EventDevice {
  /** The id that was presented, or asked for. */
  readonly id?: string | undefined;
  readonly intuneId?: string | undefined;
  readonly entraId?: string | undefined;
}

/** What one event says beside the fields every event has: short values that are neither personal nor secret. */
export type EventDetails = Readonly<Record<string, string | number | boolean | null>>;

/** What happened, as whoever saw it says it. */
export interface GateEvent {
  readonly type: EventType;
  /**
   * The same for the same event, however often it is told. Default: made up. Events of one decision are best named after it.
   */
  readonly id?: string | undefined;
  /** Milliseconds since 1970. Default: now. */
  readonly at?: number | undefined;
  readonly who: EventActor;
  /** What was done or asked, in one word: `decide`, `wipe`, `erase`. */
  readonly what: string;
  /** Why, in the words of who asked for it; for a decision its reason says enough. */
  readonly why?: string | undefined;
  /** What came of it: an outcome of a decision, or `done`, `refused`, `failed`, `requested`, `approved`, `declined`, `expired`. */
  readonly outcome: string;
  /** The finer cause, from a closed list of whoever records. */
  readonly reason?: string | undefined;
  readonly decisionId?: string | undefined;
  readonly node?: string | undefined;
  readonly policy?: string | undefined;
  /** Name of the tenant in the configuration. */
  readonly tenant?: string | undefined;
  readonly device?: EventDevice | undefined;
  /** The user it is about, by login name. Personal: leaves as the configuration says (`events.userNames`). */
  readonly user?: string | undefined;
  readonly details?: EventDetails | undefined;
}

/** Takes down what happens. */
export interface EventLog {
  /** Returns at once, and never throws: whoever records has something else to do. */
  record(event: GateEvent): void;
}
