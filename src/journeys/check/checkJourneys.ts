import type { MailSenders } from '../../identity/mailSender.ts';
import { finding, type Finding } from '../finding.ts';
import type { ReadJourneys } from '../format/assembleJourneys.ts';
import { within } from '../format/pieces.ts';
import { isStaticId, type Journey, type JourneySet } from '../journey.ts';
import type { ClientCertificates } from '../clientCertificates.ts';
import type { IntuneNodes } from '../intuneNodes.ts';
import type { JourneyLookup } from '../nodeContext.ts';
import type { NodeType } from '../nodeType.ts';
import type { RunnableJourney, RunnableNode } from '../runnableJourney.ts';
import { checkConnections } from './checkConnections.ts';
import { checkCycles } from './checkCycles.ts';
import { checkNode, type CheckedNode, type NodeCheckOptions } from './checkNode.ts';
import { journeyVersion } from './journeyVersion.ts';
import { reachableNodes } from './reachableNodes.ts';
import type { FindVariable } from './resolveVariables.ts';

export interface CheckOptions {
  readonly types: readonly NodeType[];
  /** Values of environment variables (ESV); undefined where nobody knows them. */
  readonly findVariable?: FindVariable;
  /** The gate's decision nodes; undefined to leave unchecked whether tenants are configured. */
  readonly intuneNodes?: IntuneNodes;
  /** The gate's mail servers; undefined to leave unchecked whether those of nodes are configured. */
  readonly mail?: MailSenders;
  /** What the gate believes of certificates; undefined to leave that unchecked. */
  readonly certificates?: ClientCertificates;
}

export interface CheckedJourneys {
  readonly set: JourneySet;
  readonly findings: readonly Finding[];
  /** The trees that may run, by name. */
  readonly runnable: ReadonlyMap<string, RunnableJourney>;
}

/** More trees than any realm has. */
const MOST_TREES = 2_000;
/** More nodes than any tree a person can overlook. */
const MOST_NODES = 1_000;

/**
 * Checks all trees before any of them runs. Only trees in which nothing is wrong, neither in them nor in trees inside them, are
 * runnable. What is wrong with a node that no way leads to is a warning.
 */
export function checkJourneys({ set, findings: read }: ReadJourneys, options: CheckOptions): CheckedJourneys {
  const [surplus] = [...set.journeys.values()].slice(MOST_TREES);
  if (surplus !== undefined) {
    const many = finding('malformed', 'there are more than 2,000 trees', surplus.place);
    return { set, findings: [...read, many], runnable: new Map() };
  }
  const nodeOptions: NodeCheckOptions = {
    types: new Map(options.types.map((type) => [type.type, type])),
    findVariable: options.findVariable,
    context: {
      journeys: createLookup(set),
      intuneNodes: options.intuneNodes,
      mail: options.mail,
      certificates: options.certificates,
    },
  };
  const checked = new Map(
    [...set.journeys].map(([name, journey]) => [name, checkJourney(journey, nodeOptions)]),
  );
  const recursions = [...set.journeys.values()].flatMap((journey) => findRecursion(journey, checked));
  const findings = [...read, ...[...checked.values()].flatMap((one) => one.findings), ...recursions];
  const broken = new Set(findings.filter(({ severity }) => severity === 'error').map(({ tree }) => tree));
  const runnable = new Map<string, RunnableJourney>();
  for (const [name, one] of checked) {
    const closure = treesFrom(name, checked);
    const parts = [...closure].map((tree) => checked.get(tree));
    if ([...closure].some((tree) => broken.has(tree)) || parts.some((part) => part?.isComplete !== true)) {
      continue;
    }
    runnable.set(name, {
      journey: one.journey,
      entry: one.journey.entry ?? '',
      nodes: one.nodes,
      innerTrees: one.innerTrees,
      version: journeyVersion(
        [...closure].flatMap((tree) => set.journeys.get(tree) ?? []),
        set.scripts,
      ),
    });
  }
  return { set, findings, runnable };
}

export function createLookup({ journeys, scripts }: JourneySet): JourneyLookup {
  return { journey: (name) => journeys.get(name), script: (id) => scripts.get(id) };
}

interface CheckedJourney {
  readonly journey: Journey;
  readonly findings: readonly Finding[];
  readonly nodes: ReadonlyMap<string, RunnableNode>;
  readonly innerTrees: readonly string[];
  /** Every node that can be come to is runnable. */
  readonly isComplete: boolean;
}

function checkJourney(journey: Journey, options: NodeCheckOptions): CheckedJourney {
  const { name, nodes, entry, place } = journey;
  const reachable = reachableNodes(journey);
  const tooMany = nodes.size > MOST_NODES;
  const checked = tooMany ? [] : [...nodes.values()].map((node) => checkNode(name, node, options));
  const runnable = new Map(
    checked.flatMap(({ node, runnable: ready }) => (ready === undefined ? [] : [[node.id, ready] as const])),
  );
  const findings: Finding[] = [];
  if (tooMany)
    findings.push(finding('malformed', 'the tree has more than 1,000 nodes', place, { tree: name }));
  if (entry === undefined || (!isStaticId(entry) && !nodes.has(entry))) {
    const message =
      entry === undefined ? 'the tree does not say where it begins' : 'the first node does not exist';
    findings.push(finding('noEntry', message, within(place, 'entryNodeId'), { tree: name }));
  }
  const ofNodes = checked.flatMap((one) => findingsOf(journey, one, reachable));
  const circles = tooMany ? [] : checkCycles(journey, runnable, reachable);
  return {
    journey,
    findings: [...findings, ...ofNodes, ...circles],
    nodes: runnable,
    innerTrees: innerTreesOf([...runnable.values()].filter(({ id }) => reachable.has(id))),
    isComplete: [...reachable].every((id) => !nodes.has(id) || runnable.has(id)),
  };
}

function findingsOf(
  journey: Journey,
  checked: CheckedNode,
  reachable: ReadonlySet<string>,
): readonly Finding[] {
  const { node, findings } = checked;
  if (reachable.has(node.id)) return [...findings, ...checkConnections(journey, checked)];
  const about = { tree: journey.name, node: node.id };
  return [
    finding('unreachable', `no way leads to ${node.displayName}`, node.place, about),
    ...findings.map((one) => ({ ...one, severity: 'warning' as const })),
  ];
}

function innerTreesOf(nodes: readonly RunnableNode[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ type, config }) => type.innerTree?.(config) ?? []))];
}

/** The trees a tree runs, and those they run, itself included. */
function treesFrom(name: string, checked: ReadonlyMap<string, CheckedJourney>): ReadonlySet<string> {
  const seen = new Set([name]);
  for (const tree of seen) for (const inner of checked.get(tree)?.innerTrees ?? []) seen.add(inner);
  return seen;
}

function findRecursion(journey: Journey, checked: ReadonlyMap<string, CheckedJourney>): readonly Finding[] {
  const inner = checked.get(journey.name)?.innerTrees ?? [];
  const recursive = inner.some((tree) => treesFrom(tree, checked).has(journey.name));
  return recursive
    ? [finding('innerTreeRecursion', 'the tree contains itself', journey.place, { tree: journey.name })]
    : [];
}
