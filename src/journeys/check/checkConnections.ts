import { finding, type Finding } from '../finding.ts';
import { within } from '../format/pieces.ts';
import { isStaticId, START_ID, type Journey } from '../journey.ts';
import type { CheckedNode } from './checkNode.ts';

/** Where the connections of a node lead, and whether every outcome has one. */
export function checkConnections(
  { name, nodes }: Journey,
  { node, runnable }: CheckedNode,
): readonly Finding[] {
  const about = { tree: name, node: node.id };
  const connections = within(node.place, 'connections');
  const outcomes = runnable === undefined ? undefined : new Set(runnable.outcomes.map(({ id }) => id));
  const findings: Finding[] = [];
  for (const [outcome, target] of node.connections) {
    const place = within(connections, outcome);
    if (!isStaticId(target) && !nodes.has(target)) {
      const what = target === START_ID ? 'the start, to which nothing can lead' : 'no node of this tree';
      // Editors leave connections of outcomes behind that a node had once.
      const severity = outcomes?.has(outcome) === false ? 'warning' : 'error';
      findings.push(finding('danglingConnection', `${outcome} leads to ${what}`, place, about, severity));
    } else if (outcomes?.has(outcome) === false) {
      findings.push(finding('unknownOutcome', `the node never answers ${outcome}`, place, about));
    }
  }
  for (const outcome of outcomes ?? []) {
    if (node.connections.has(outcome)) continue;
    findings.push(finding('unconnectedOutcome', `${outcome} leads nowhere`, connections, about));
  }
  return findings;
}
