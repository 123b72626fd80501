import type { Layers } from './layers.ts';
import type { GraphEdge, TreeGraph } from './treeGraph.ts';

/**
 * A place in a column. Nodes stand in the even columns and the labels of lines in the odd ones; a line that goes further has a place
 * in every column it passes, so that it never runs over anything.
 */
export interface Slot {
  readonly column: number;
  /** What stands there. Neither: a line passes. */
  readonly node?: number;
  readonly label?: GraphEdge;
}

/** The places one line goes through, the nodes at its two ends included. */
export interface Chain {
  readonly edge: GraphEdge;
  readonly slots: readonly number[];
}

export interface Slots {
  readonly slots: readonly Slot[];
  readonly chains: readonly Chain[];
  /** The slots of each column, in the order in which they stand. */
  readonly columns: readonly (readonly number[])[];
}

/** Pure: a place for everything. The slot of a node has the same position as the node. */
export function createSlots({ nodes, edges }: TreeGraph, { layerOf, loops, count }: Layers): Slots {
  const slots: Slot[] = nodes.map((_, node) => ({ column: 2 * (layerOf[node] ?? 0), node }));
  const chains = edges
    .filter((edge) => !loops.has(edge))
    .map((edge): Chain => {
      const between: number[] = [];
      for (let column = startOf(slots, edge) + 1; column < columnOf(slots, edge.to); column += 1) {
        const isLabel = between.length === 0;
        between.push(slots.push(isLabel ? { column, label: edge } : { column }) - 1);
      }
      return { edge, slots: [edge.from, ...between, edge.to] };
    });
  const columns = Array.from({ length: Math.max(0, 2 * count - 1) }, (): number[] => []);
  for (const slot of firstOrder(slots, chains, nodes.length)) columns[slots[slot]?.column ?? 0]?.push(slot);
  return { slots, chains, columns };
}

function startOf(slots: readonly Slot[], edge: GraphEdge): number {
  return columnOf(slots, edge.from);
}

function columnOf(slots: readonly Slot[], slot: number): number {
  return slots[slot]?.column ?? 0;
}

/** As a reader goes: from the start along each line, the first outcome first. */
function firstOrder(
  slots: readonly Slot[],
  chains: readonly Chain[],
  nodeCount: number,
): ReadonlySet<number> {
  const leaving = new Map<number, Chain[]>();
  for (const chain of chains) {
    const list = leaving.get(chain.edge.from) ?? [];
    leaving.set(chain.edge.from, list);
    list.push(chain);
  }
  const order = new Set<number>();
  for (let root = 0; root < nodeCount; root += 1) {
    const waiting = [root];
    for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
      if (order.has(slot)) continue;
      order.add(slot);
      for (const chain of leaving.get(slot) ?? [])
        for (const passed of chain.slots.slice(1, -1)) order.add(passed);
      for (const chain of (leaving.get(slot) ?? []).toReversed()) waiting.push(chain.edge.to);
    }
  }
  for (const slot of slots.keys()) order.add(slot);
  return order;
}
