import type { Random } from './random.ts';

/** One thing to throw inputs at. */
export interface FuzzTarget {
  readonly name: string;
  /** How many of a hundred inputs it gets. */
  readonly share: number;
  /** Makes an input out of the corpus. */
  make(random: Random): Buffer;
  /** Handles an input and holds it against what must always be so. @returns what is wrong, or undefined */
  check(input: Buffer): string | undefined;
}
