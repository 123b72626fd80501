/** One header line as the caller saw it: name as spelled, value as received. Two lines of one name stay two. */
export type HeaderLine = readonly [name: string, value: unknown];

/** What a caller hands over for one decision. */
export interface RequestContext {
  /** The authenticated principal that delivered the request: the hop whose word about headers is believed, or not. */
  readonly caller: string;
  readonly headers: readonly HeaderLine[];
  /** Address the caller says the request came from. It can only narrow what the caller is believed. */
  readonly peerAddress: string | undefined;
  /** State of the journey so far; values are whatever JSON the caller sent. */
  readonly sharedState: Readonly<Record<string, unknown>>;
}
