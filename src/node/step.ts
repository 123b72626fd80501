import type { Scrub } from '../sharedState/scrub.ts';
import type { Finding } from './assembleDecision.ts';
import type { Deadline } from './deadline.ts';
import type { DeviceLookupOptions } from './deviceDirectory.ts';

/** What every step of one decision shares. Nothing in it outlives the decision. */
export interface Run {
  readonly deadline: Deadline;
  /** How the directory is asked in the name of this decision. */
  readonly asking: DeviceLookupOptions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly scrub: Scrub;
  /** Leaves a line in the trace, if somebody wants to read one. */
  readonly note: ((step: string, finding: string) => void) | undefined;
}

/** A step either hands on what it made or ends the decision. */
export type Step<T> = { readonly go: T } | { readonly end: Finding };
