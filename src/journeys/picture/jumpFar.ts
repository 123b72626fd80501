import type { Layers } from './layers.ts';
import type { GraphEdge, GraphNode, TreeGraph } from './treeGraph.ts';

/** Most columns that all lines together may pass, and most lines that lead back. A tree people can read has some dozens. */
const MOST_PASSED = 4_000;
const MOST_LOOPS = 100;

/**
 * Pure: bounds the work that a picture takes. Where lines would pass too much, the longest of them end in a sign that names the node they
 * lead to.
 */
export function jumpFar(graph: TreeGraph, { layerOf, loops }: Layers): TreeGraph {
  const lengthOf = ({ from, to }: GraphEdge): number => (layerOf[to] ?? 0) - (layerOf[from] ?? 0);
  const forward = graph.edges.filter((edge) => !loops.has(edge)).sort((a, b) => lengthOf(a) - lengthOf(b));
  const jumping = new Set([...loops].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(MOST_LOOPS));
  let passed = 0;
  for (const edge of forward) {
    passed += 2 * lengthOf(edge) - 1;
    if (passed > MOST_PASSED && lengthOf(edge) > 1) jumping.add(edge);
  }
  if (jumping.size === 0) return graph;
  const nodes: GraphNode[] = [...graph.nodes];
  const edges = graph.edges.map((edge) => {
    if (!jumping.has(edge)) return edge;
    const target = graph.nodes[edge.to];
    const jump: GraphNode = {
      kind: 'jump',
      title: `to ${target?.title ?? ''}`,
      type: '',
      parts: [],
      isLoose: false,
    };
    return { ...edge, to: nodes.push(jump) - 1 };
  });
  return { ...graph, nodes, edges };
}
