import type { DeviceId } from '../node/deviceId.ts';
import type { AnswerValues, Question, QuestionKind } from './question.ts';

/** An answer as replicas hand it to each other. */
export interface StoredAnswer<T> {
  readonly value: T;
  /** When Microsoft gave it, milliseconds since 1970. */
  readonly fetchedAt: number;
}

/**
 * Port: what several replicas know together. It stands behind the memory of each replica and is asked only when that has no answer,
 * so it may be slow, but not for long: every method settles within some tens of milliseconds, none rejects, and a store that cannot
 * be reached knows nothing and refuses nothing.
 *
 * What comes back is believed, so an implementation must make sure that it is what some replica put there: under the same question
 * (`questionKey`), with the same moment of fetching. Lifetimes count from that moment on, in every replica, so whoever can write
 * to the store can at most bring back an answer that may still be used.
 */
export interface AnswerStore {
  /**
   * The answer another replica has, if Microsoft gave it after `newerThan` (milliseconds since 1970). Otherwise the right to ask
   * Microsoft, given to one replica at a time and for a limited time; the others wait a little for its answer, and then ask, too.
   */
  claim<K extends QuestionKind>(
    question: Question<K>,
    newerThan: number,
    signal: AbortSignal,
  ): Promise<StoredAnswer<AnswerValues[K]> | 'ask'>;
  /** Gives the right back, with the answer if one came. The answer is of no use to anybody after `lifetimeMs`. */
  settle<K extends QuestionKind>(
    question: Question<K>,
    answer: { readonly stored: StoredAnswer<AnswerValues[K]>; readonly lifetimeMs: number } | undefined,
  ): void;
  /** Tells all replicas, this one included, that what is known of a device does not count any more. */
  invalidate(tenant: string, id: DeviceId): void;
  /**
   * Tells of devices that any replica invalidated, and of `everything` after words of other replicas may have been missed. Returns
   * what ends it.
   */
  subscribe(onInvalidated: (what: Invalidated) => void): () => void;
}

export type Invalidated = { readonly tenant: string; readonly id: DeviceId } | 'everything';
