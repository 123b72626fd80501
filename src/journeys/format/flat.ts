import { finding, type Finding } from '../finding.ts';
import { entryOf, isJsonObject } from '../json.ts';
import type { JourneyLayout } from './journeyLayout.ts';
import { within, type Piece } from './pieces.ts';

/** A form of third-party tools: a list of nodes with their settings under `details`, beside the tree. */
export const flat: JourneyLayout = {
  name: 'list of nodes beside a tree',
  read(value, place) {
    const tree = entryOf(value, 'tree');
    const list = entryOf(value, 'nodes');
    if (!isJsonObject(tree) || !Array.isArray(list)) return undefined;
    const nodes = new Map<string, Piece>();
    const findings: Finding[] = [];
    for (const [index, node] of list.entries()) {
      const id = isJsonObject(node) ? entryOf(node, '_id') : undefined;
      const details = isJsonObject(node) ? entryOf(node, 'details') : undefined;
      if (typeof id === 'string' && isJsonObject(details)) {
        nodes.set(id, { value: details, place: within(place, 'nodes', index, 'details') });
      } else {
        findings.push(
          finding('malformed', 'should have an `_id` and `details`', within(place, 'nodes', index)),
        );
      }
    }
    const name = entryOf(tree, '_id');
    if (typeof name !== 'string' || name === '') {
      return {
        trees: [],
        nodes,
        scripts: new Map(),
        findings: [...findings, finding('malformed', 'the tree has no `_id`', within(place, 'tree'))],
      };
    }
    return {
      trees: [{ name, value: tree, place: within(place, 'tree'), nodes }],
      nodes: new Map(),
      scripts: new Map(),
      findings,
    };
  },
};
