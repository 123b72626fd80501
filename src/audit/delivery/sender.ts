/** What became of one attempt to hand events over. */
export type SendResult =
  | { readonly type: 'delivered' }
  /** Try again; `afterMs`: not before, as the other side asked. `detail` holds nothing of the events and no secret. */
  | { readonly type: 'failed'; readonly detail: string; readonly afterMs?: number | undefined }
  /** The other side will never take these. */
  | { readonly type: 'refused'; readonly detail: string };

/** Hands events over to somebody else. */
export interface Sender {
  /** Most events that go in one call. */
  readonly most: number;
  /** Never rejects. @param lines - events, each as JSON */
  send(lines: readonly string[], signal: AbortSignal): Promise<SendResult>;
  close(): Promise<void>;
}
