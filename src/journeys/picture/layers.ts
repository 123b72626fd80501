import type { GraphEdge, TreeGraph } from './treeGraph.ts';

/** Which column each node of a graph stands in, and which of its edges lead back. */
export interface Layers {
  /** By the position of the node; the first column is 0. */
  readonly layerOf: readonly number[];
  /** Edges that lead to the same column or to one before it. */
  readonly loops: ReadonlySet<GraphEdge>;
  readonly count: number;
}

/** Pure: puts every node one column behind the last of those that lead to it. Loops are cut where a walk from the start meets itself. */
export function assignLayers({ nodes, edges }: TreeGraph): Layers {
  const outgoing = nodes.map((): GraphEdge[] => []);
  for (const edge of edges) outgoing[edge.from]?.push(edge);
  const { loops, finished } = walk(outgoing);
  const layerOf = nodes.map(() => 0);
  // Whoever was finished last comes before all it leads to.
  for (const node of finished.toReversed()) {
    for (const edge of outgoing[node] ?? []) {
      if (loops.has(edge)) continue;
      layerOf[edge.to] = Math.max(layerOf[edge.to] ?? 0, (layerOf[node] ?? 0) + 1);
    }
  }
  return { layerOf, loops, count: layerOf.reduce((most, layer) => Math.max(most, layer + 1), 0) };
}

/** Depth first, without recursion: exports may be a thousand nodes deep. */
function walk(outgoing: readonly (readonly GraphEdge[])[]): {
  readonly loops: ReadonlySet<GraphEdge>;
  readonly finished: readonly number[];
} {
  const loops = new Set<GraphEdge>();
  const finished: number[] = [];
  const open = new Set<number>();
  const seen = new Set<number>();
  for (const root of outgoing.keys()) {
    if (seen.has(root)) continue;
    const way: { readonly node: number; next: number }[] = [{ node: root, next: 0 }];
    seen.add(root);
    open.add(root);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const edge = outgoing[top.node]?.[top.next];
      top.next += 1;
      if (edge === undefined) {
        open.delete(top.node);
        finished.push(top.node);
        way.pop();
      } else if (open.has(edge.to)) {
        loops.add(edge);
      } else if (!seen.has(edge.to)) {
        seen.add(edge.to);
        open.add(edge.to);
        way.push({ node: edge.to, next: 0 });
      }
    }
  }
  return { loops, finished };
}
