import type { OperationRecord } from './operationRecord.ts';

/**
 * Port: where requests are kept, and changes counted. Replicas that share one store act as one gate. Every method may reject; then
 * nothing is changed at Microsoft.
 */
export interface OperationStore {
  /** Adds it unless there is one with its id. Returns the one that was there before. */
  add(record: OperationRecord): Promise<OperationRecord | 'added' | 'full'>;
  find(id: string): Promise<OperationRecord | undefined>;
  /** Puts `after` in the place of `before` if that is still what is kept. False: somebody was faster. */
  replace(before: OperationRecord, after: OperationRecord): Promise<boolean>;
  /** Those that were added to wait for approval and whose time is not over, whatever became of them; in no order. */
  list(): Promise<readonly OperationRecord[]>;
  /**
   * Takes one of the changes that may be made in any span of `windowMs`. Returns 0, or how long there is none left, milliseconds. With
   * `peek`, none is taken.
   */
  take(bucket: string, most: number, windowMs: number, peek?: boolean): Promise<number>;
}

/** How long a request is remembered, milliseconds: so long its request id means this and nothing else. */
export const KEPT_MS = 86_400_000;
/** No more than so many requests are kept; one more is refused. None is forgotten before its time. */
export const MOST_KEPT = 20_000;
/** No more than so many are listed. */
export const MOST_WAITING = 1_000;
