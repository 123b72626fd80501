import type { Journey } from './journey.ts';
import type { NodeOutcome, NodeType } from './nodeType.ts';

/** A node that was checked: its type is known and its settings are as that type needs them. */
export interface RunnableNode {
  readonly id: string;
  readonly displayName: string;
  readonly type: NodeType;
  readonly config: unknown;
  readonly outcomes: readonly NodeOutcome[];
  readonly connections: ReadonlyMap<string, string>;
  readonly children: readonly RunnableNode[];
}

/** A tree that may run: nothing that was found in it, or in a tree inside it, keeps it from running. */
export interface RunnableJourney {
  readonly journey: Journey;
  readonly entry: string;
  readonly nodes: ReadonlyMap<string, RunnableNode>;
  /** Names of the trees its nodes run, of all of which it is known that they may run. */
  readonly innerTrees: readonly string[];
  /** Hash over this tree and those inside it. A run goes on only with the definition it began with. */
  readonly version: string;
}
