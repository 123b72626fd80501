import type { GraphEvent } from '../graph/graphTenant.ts';
import type { WatchDecision } from '../node/watchedNode.ts';

/** Tells a collector what was done and how long it took: decisions, and under each what it asked of Microsoft. Names no device and nobody. */
export interface Tracing {
  readonly watchDecision: WatchDecision;
  /** To be called where the event happened: it becomes part of the decision that is being made there. */
  readonly recordGraphEvent: (tenant: string, event: GraphEvent) => void;
  /** Sends what has not been sent yet, and ends. Never rejects. */
  close(): Promise<void>;
}
