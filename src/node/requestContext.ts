/** One header line as the caller saw it: name as spelled, value as received. Two lines of one name stay two. */
export type HeaderLine = readonly [name: string, value: unknown];

/** What one decision is made from. */
export interface RequestContext {
  /**
   * The hop whose word about headers is believed, or not: the authenticated caller that handed the context over, or the proxy that
   * the request itself came through. undefined if nobody proved to be one.
   */
  readonly caller: string | undefined;
  readonly headers: readonly HeaderLine[];
  /** Address the request came from, as the caller states it or as the connection has it. It can only narrow what is believed. */
  readonly peerAddress: string | undefined;
  /** State of the journey so far; values are whatever JSON the caller sent. */
  readonly sharedState: Readonly<Record<string, unknown>>;
}
