import { isStaticId, SUCCESS_ID, type Journey, type JourneyNode } from '../journey.ts';
import { entryOf, isJsonObject } from '../json.ts';
import { nodesFrom, reachableNodes } from '../check/reachableNodes.ts';
import { showable } from './pictureText.ts';

/** Something that is drawn. */
export interface GraphNode {
  readonly kind: 'start' | 'node' | 'success' | 'failure' | 'missing' | 'jump';
  /** What people call it. */
  readonly title: string;
  /** The type of the node; empty for what is none. */
  readonly type: string;
  /** What is in it: the nodes of a page, or the tree it runs. */
  readonly parts: readonly string[];
  /** No way leads to it. */
  readonly isLoose: boolean;
}

/** One line between two nodes, which are named by their positions. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** The outcomes that go this way; empty where there is only one way to go, and its name says nothing. */
  readonly outcomes: readonly string[];
}

/** A tree as it is drawn. Each node that leads to an end has an end of its own beside it, so that no line crosses the picture for it. */
export interface TreeGraph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Pure: what there is to draw of a tree, which need not be one that may run. */
export function treeGraph(journey: Journey): TreeGraph {
  const { entry, nodes: all } = journey;
  const reachable = reachableNodes(journey);
  const order = [
    ...nodesFrom(entry, (id) => all.get(id)?.connections.values() ?? []),
    ...[...all.keys()].filter((id) => !reachable.has(id)),
  ].filter((id) => !isStaticId(id));
  const positions = new Map(order.map((id, index) => [id, index + 1]));
  const nodes: GraphNode[] = [
    { kind: 'start', title: 'Start', type: '', parts: [], isLoose: false },
    ...order.map((id) => describeNode(id, all.get(id), reachable.has(id))),
  ];
  const edges: GraphEdge[] = [];

  function connect(from: number, target: string, outcomes: readonly string[]): void {
    const known = positions.get(target);
    if (known !== undefined) {
      edges.push({ from, to: known, outcomes });
      return;
    }
    edges.push({ from, to: nodes.push(endOf(target)) - 1, outcomes });
  }

  if (entry !== undefined) connect(0, entry, []);
  for (const id of order) {
    const node = all.get(id);
    if (node === undefined) continue;
    for (const [target, outcomes] of byTarget(node)) connect(positions.get(id) ?? 0, target, outcomes);
  }
  return { name: showable(journey.name), nodes, edges };
}

function describeNode(id: string, node: JourneyNode | undefined, isReachable: boolean): GraphNode {
  if (node === undefined) return missing(id);
  const inner = node.configuration === undefined ? undefined : entryOf(node.configuration, 'tree');
  return {
    kind: 'node',
    title: showable(node.displayName) || '(no name)',
    type: showable(node.type) || '(no type)',
    parts: [
      ...node.children.map(({ displayName }) => showable(displayName)),
      ...(node.type === 'InnerTreeEvaluatorNode' && typeof inner === 'string'
        ? [`runs ${showable(inner)}`]
        : []),
    ],
    isLoose: !isReachable,
  };
}

function endOf(id: string): GraphNode {
  const isSuccess = id === SUCCESS_ID;
  return {
    kind: isSuccess ? 'success' : 'failure',
    title: isSuccess ? 'Success' : 'Failure',
    type: '',
    parts: [],
    isLoose: false,
  };
}

function missing(id: string): GraphNode {
  return { kind: 'missing', title: 'Not in the file', type: showable(id), parts: [], isLoose: false };
}

/** Where a node leads, with the outcomes that lead there, in the order in which the file lists outcomes. */
function byTarget(node: JourneyNode): ReadonlyMap<string, readonly string[]> {
  const labels = outcomeLabels(node);
  const listed = [...labels.keys()].filter((id) => node.connections.has(id));
  const others = [...node.connections.keys()].filter((id) => !labels.has(id));
  const targets = new Map<string, string[]>();
  const isOnly = node.connections.size === 1 && node.connections.has('outcome');
  for (const id of [...listed, ...others]) {
    const target = node.connections.get(id) ?? '';
    const outcomes = targets.get(target) ?? [];
    targets.set(target, outcomes);
    if (!isOnly) outcomes.push(showable(labels.get(id) ?? id) || '(no name)');
  }
  return targets;
}

/** What people call the outcomes, where the export says so. */
function outcomeLabels({ configuration }: JourneyNode): ReadonlyMap<string, string> {
  const list = configuration === undefined ? undefined : entryOf(configuration, '_outcomes');
  if (!Array.isArray(list)) return new Map();
  return new Map(
    list.flatMap((outcome) => {
      const id = isJsonObject(outcome) ? entryOf(outcome, 'id') : undefined;
      const name = isJsonObject(outcome) ? entryOf(outcome, 'displayName') : undefined;
      return typeof id === 'string' ? [[id, typeof name === 'string' ? name : id] as const] : [];
    }),
  );
}
