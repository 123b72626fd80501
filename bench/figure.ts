import type { Lab } from './lab/lab.ts';
import type { Series } from './lab/measure.ts';

/** A number worth showing, and what it should be. */
export interface Figure {
  readonly name: string;
  /** What it says, in one sentence for the table. */
  readonly meaning: string;
  /** Undefined: for comparison only. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** How it is written; default `2 digits`. */
  readonly form?: 'whole';
}

/** What one experiment found: the values of its figures, and the runs behind them. */
export interface Findings {
  readonly values: Readonly<Record<string, number>>;
  readonly series: readonly Series[];
  /** What somebody who reads the values should know. */
  readonly notes?: readonly string[];
}

/** Whichever comes first ends it. */
export interface Span {
  readonly requests: number;
  readonly seconds: number;
}

/** How much time there is. */
export interface Effort {
  readonly rounds: number;
  readonly run: Span;
  /** Before the first counted run of each server; by number, since a busy machine needs longer to optimize. */
  readonly warmUp: Span;
  /** After this many seconds no further experiment is begun. */
  readonly limitSeconds: number;
  /** Devices held in memory while their size is measured. */
  readonly heldDevices: number;
  /** Sizes of the fleets that are listed beforehand, the largest last. */
  readonly fleets: readonly number[];
}

export interface Experiment {
  readonly figures: readonly Figure[];
  run(lab: Lab, effort: Effort): Promise<Findings>;
}
