/**
 * Port: counts attempts outside of what the client holds, so that going back to an older step wins no second guess. The memory
 * implementation counts in one process; several gates behind one address need one that they share.
 */
export interface AttemptStore {
  /** How often `key` was counted since it was last cleared. */
  read(key: string): Promise<number>;
  /** Counts one more and gives the sum. It is forgotten `lifetimeMs` after it was counted last. */
  increment(key: string, lifetimeMs: number): Promise<number>;
  clear(key: string): Promise<void>;
}
