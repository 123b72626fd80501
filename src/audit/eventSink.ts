import type { CloudEvent } from '../events/cloudEvent.ts';

/** An event with its text, which is made once for all who write it. */
export interface RecordedEvent {
  readonly event: CloudEvent;
  /** JSON, on one line. */
  readonly json: string;
}

/** How a sink does. Numbers count since it was made. */
export interface SinkStatus {
  /** Events that were taken and are not at their place yet. */
  readonly waiting: number;
  readonly delivered: number;
  /** Events that the other side will never take; they were set aside. */
  readonly refused: number;
  /** Events there was no room for. */
  readonly lost: number;
  /** Attempts that came to nothing. */
  readonly failures: number;
  /** Did the last attempt fail? */
  readonly failing: boolean;
}

/** Where events go. Nothing here throws or rejects. */
export interface EventSink {
  /** Takes events over. Returns at once; what cannot be kept is counted as lost. */
  take(events: readonly RecordedEvent[]): void;
  /** Begins to work. Before, events wait in memory. */
  start(): void;
  /** Resolves when everything taken so far is safe or at its place, or when `signal` aborts; then it is at an end. */
  close(signal: AbortSignal): Promise<void>;
  status(): SinkStatus;
}

/** What is worth a line in the log. `detail` never holds a part of an event. */
export type SinkTrouble =
  | { readonly type: 'failing'; readonly detail: string }
  | { readonly type: 'working' }
  | { readonly type: 'refused'; readonly count: number; readonly detail: string }
  | { readonly type: 'lost'; readonly count: number };
