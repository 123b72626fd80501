/** One header line as the caller saw it: name as spelled, value as received. Two lines of one name stay two. */
export type HeaderLine = readonly [name: string, value: unknown];

/** A client certificate whose key the peer of the connection has proved to hold. */
export interface ConnectionCertificate {
  readonly der: Buffer;
  /** Did TLS itself find a path to an authority of the listener? */
  readonly isAuthorized: boolean;
}

/** What one decision is made from. */
export interface RequestContext {
  /**
   * The hop whose word about headers is believed, or not: the authenticated caller that handed the context over, or the proxy that
   * the request itself came through. undefined if nobody proved to be one.
   */
  readonly caller: string | undefined;
  readonly headers: readonly HeaderLine[];
  /** The certificate of the device itself, where the gate ends TLS; never that of a caller or a proxy. */
  readonly clientCertificate?: ConnectionCertificate | undefined;
  /** Address the request came from, as the caller states it or as the connection has it. It can only narrow what is believed. */
  readonly peerAddress: string | undefined;
  /** State of the journey so far; values are whatever JSON the caller sent. */
  readonly sharedState: Readonly<Record<string, unknown>>;
  /** W3C trace context of the caller's own request; nothing decides by it. */
  readonly traceparent?: string | undefined;
  /** Ask Microsoft again instead of remembering. Default false. */
  readonly recheck?: boolean;
  /** Somebody wants to read step by step how it was decided. Default false. */
  readonly traced?: boolean;
}
