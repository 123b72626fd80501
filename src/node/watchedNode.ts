import type { TracedDecision } from './decision.ts';
import type { EndSignal } from './ending.ts';
import type { IntuneNode } from './intuneNode.ts';
import type { RequestContext } from './requestContext.ts';

/** What somebody who watches is told of a decision before it is made. */
export interface WatchedDecision {
  readonly node: string;
  readonly context: RequestContext;
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: EndSignal | undefined;
}

/** Counts, measures or traces a decision while `decide` makes it. Hands on what `decide` returns, and never rejects. */
export type WatchDecision = (
  decision: WatchedDecision,
  decide: () => Promise<TracedDecision>,
) => Promise<TracedDecision>;

/** The same node, with everything it decides seen by the watchers, the last one outermost. Without any it is the node itself. */
export function createWatchedNode(node: IntuneNode, watchers: readonly WatchDecision[]): IntuneNode {
  return watchers.reduce<IntuneNode>(
    (watched, watch) => ({
      name: node.name,
      decide: (context, signal) =>
        watch({ node: node.name, context, signal }, () => watched.decide(context, signal)),
      presentedIds: (context, signal) => node.presentedIds(context, signal),
    }),
    node,
  );
}
