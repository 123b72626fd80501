import type { Journey } from '../journey.ts';
import { treeGraph, type GraphNode, type TreeGraph } from './treeGraph.ts';

/** Opening and closing of the shapes of Mermaid, by kind of node. */
const SHAPES: Readonly<Record<GraphNode['kind'], readonly [string, string]>> = {
  start: ['(["', '"])'],
  node: ['["', '"]'],
  success: ['(["', '"])'],
  failure: ['(["', '"])'],
  missing: ['["', '"]'],
  jump: ['(["', '"])'],
};

/**
 * Pure: the trees as one Mermaid flowchart, each a subgraph if there are several. Ids are our own and every name is quoted and escaped,
 * so that nothing in a file can become a statement.
 */
export function drawMermaid(journeys: readonly Journey[]): string {
  const graphs = journeys.map(treeGraph);
  const bodies = graphs.map((graph, index) => {
    const lines = statements(graph, `t${index}n`);
    if (graphs.length === 1) return lines;
    return [`subgraph t${index}["${escape(graph.name)}"]`, ...lines.map((line) => `  ${line}`), 'end'];
  });
  return `${[
    'flowchart LR',
    ...bodies.flat().map((line) => `  ${line}`),
    '  classDef success stroke:#2da44e,stroke-width:2px',
    '  classDef failure stroke:#cf222e,stroke-width:2px',
    '  classDef missing stroke:#cf222e,stroke-dasharray:5 4',
    '  classDef loose stroke-dasharray:5 4',
  ].join('\n')}\n`;
}

function statements({ nodes, edges }: TreeGraph, prefix: string): readonly string[] {
  const shapes = nodes.map((node, index) => {
    const [opening, closing] = SHAPES[node.kind];
    const mark = node.kind === 'success' ? '✓ ' : node.kind === 'failure' ? '✗ ' : '';
    const lines = [mark + node.title, node.type, ...node.parts.map((part) => `· ${part}`)];
    const text = lines
      .filter((line) => line !== '')
      .map(escape)
      .join('<br/>');
    return `${prefix}${index}${opening}${text}${closing}${classOf(node)}`;
  });
  const arrows = edges.map(({ from, to, outcomes }) => {
    const label = outcomes.length === 0 ? '' : `|"${outcomes.map(escape).join('<br/>')}"|`;
    return `${prefix}${from} -->${label} ${prefix}${to}`;
  });
  return [...shapes, ...arrows];
}

function classOf({ kind, isLoose }: GraphNode): string {
  if (kind === 'success' || kind === 'failure' || kind === 'missing') return `:::${kind}`;
  return isLoose ? ':::loose' : '';
}

/** Mermaid decodes `#60;` after it has parsed, so that no character but letters, digits and blanks means anything to it. */
function escape(text: string): string {
  return text.replaceAll(/[\u0021-\u007e]/g, (character) =>
    /[A-Za-z0-9,]/.test(character) ? character : `#${character.charCodeAt(0)};`,
  );
}
