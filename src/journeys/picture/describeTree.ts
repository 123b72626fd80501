import type { TreeGraph } from './treeGraph.ts';

/** Pure: a tree in words, for those who cannot see its picture: one line for each node, with where its outcomes lead. */
export function describeTree({ name, nodes, edges }: TreeGraph): string {
  const leaving = nodes.map((): string[] => []);
  for (const { from, to, outcomes } of edges) {
    const target = nodes[to]?.title ?? '';
    leaving[from]?.push(outcomes.length === 0 ? `leads to ${target}` : `${outcomes.join(', ')} to ${target}`);
  }
  const lines = nodes.flatMap(({ kind, title, type, parts }, index) => {
    if (kind !== 'node' && kind !== 'start') return [];
    const what = [type, ...(parts.length === 0 ? [] : [`with ${parts.join(', ')}`])].filter(
      (part) => part !== '',
    );
    const ways = leaving[index] ?? [];
    return [
      `${title}${what.length === 0 ? '' : ` (${what.join(' ')})`}: ${ways.length === 0 ? 'leads nowhere' : ways.join('; ')}.`,
    ];
  });
  return [`${name}.`, ...lines].join('\n');
}
