/** A device as Intune wrote it. */
export type RawDevice = Readonly<Record<string, unknown>>;

export interface FeedFailure {
  readonly ok: false;
  /** A word from the list of docs/reasons.md. */
  readonly reason: string;
  readonly detail: string;
}

export type FeedAnswer<T> = { readonly ok: true; readonly value: T } | FeedFailure;

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; nothing waits past it. */
  readonly deadline: number;
}

export interface FeedQuery {
  /** Graph's names. */
  readonly select: readonly string[];
  /** Only devices that checked in after it, milliseconds since 1970. */
  readonly changedAfter?: number | undefined;
  /** Devices in a page. */
  readonly top?: number | undefined;
}

/** Port: who lists devices. `graph` has one that fits; another device manager would be another one. */
export interface DeviceFeed {
  readPage(
    query: FeedQuery,
    cursor: string | undefined,
    options: FeedOptions,
  ): Promise<FeedAnswer<{ readonly rows: readonly RawDevice[]; readonly cursor: string | undefined }>>;
  /** Undefined if there is no such device. */
  readDevice(
    id: string,
    select: readonly string[],
    options: FeedOptions,
  ): Promise<FeedAnswer<RawDevice | undefined>>;
}
