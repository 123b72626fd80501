import { finding, type Finding, type FindingCode } from '../finding.ts';
import { within } from '../format/pieces.ts';
import type { JourneyNode, Place } from '../journey.ts';
import type { Json } from '../json.ts';
import type { CheckContext, NodeType } from '../nodeType.ts';
import type { RunnableNode } from '../runnableJourney.ts';
import { resolveVariables, type FindVariable } from './resolveVariables.ts';

export interface NodeCheckOptions {
  readonly types: ReadonlyMap<string, NodeType>;
  /** Undefined where variables are not known, as on the command line. */
  readonly findVariable: FindVariable | undefined;
  readonly context: Omit<CheckContext, 'nodeId'>;
}

export interface CheckedNode {
  readonly node: JourneyNode;
  /** Undefined for a type this engine does not have. */
  readonly type: NodeType | undefined;
  /** Undefined if anything keeps the node from running. */
  readonly runnable: RunnableNode | undefined;
  readonly findings: readonly Finding[];
}

/** Checks one node by itself: its type, its settings, and the nodes in it if it is a page. */
export function checkNode(tree: string, node: JourneyNode, options: NodeCheckOptions): CheckedNode {
  const about = { tree, node: node.id };
  const type = options.types.get(node.type);
  if (type === undefined) {
    const message = `the node type ${node.type === '' ? '(none)' : node.type} is not supported`;
    return {
      node,
      type,
      runnable: undefined,
      findings: [finding('unknownType', message, node.place, about)],
    };
  }
  const settings = checkSettings(node, type, options);
  const children = type.holdsNodes === true ? checkChildren(tree, node, options) : NO_CHILDREN;
  const findings = [
    ...settings.findings.map(({ code, message, place }) => finding(code, message, place, about)),
    ...children.findings,
  ];
  if (settings.config === undefined || children.nodes === undefined) {
    return { node, type, runnable: undefined, findings };
  }
  const last = children.nodes.at(-1);
  return {
    node,
    type,
    findings,
    runnable: {
      id: node.id,
      displayName: node.displayName,
      type,
      config: settings.config.value,
      outcomes: last === undefined ? type.outcomes(settings.config.value) : last.outcomes,
      connections: node.connections,
      children: children.nodes,
    },
  };
}

const NO_CHILDREN = { nodes: [], findings: [] };

function checkChildren(
  tree: string,
  page: JourneyNode,
  options: NodeCheckOptions,
): { readonly nodes: readonly RunnableNode[] | undefined; readonly findings: readonly Finding[] } {
  if (page.children.length === 0) {
    const empty = finding('emptyPage', 'the page has no nodes', page.configurationPlace, {
      tree,
      node: page.id,
    });
    return { nodes: undefined, findings: [empty] };
  }
  const checked = page.children.map((child) => checkNode(tree, child, options));
  const misplaced = checked.flatMap(({ node, type }) =>
    type?.notInPage === true
      ? [
          finding('notAllowedInPage', `a ${node.type} cannot stand in a page`, node.place, {
            tree,
            node: node.id,
          }),
        ]
      : [],
  );
  const nodes = checked.map(({ runnable }) => runnable).filter((node) => node !== undefined);
  return {
    nodes: nodes.length === checked.length && misplaced.length === 0 ? nodes : undefined,
    findings: [...checked.flatMap(({ findings }) => findings), ...misplaced],
  };
}

/** Most findings of one kind about one node. Nobody reads more, and a file could hold a million. */
const MOST_FINDINGS = 100;

interface SettingsFinding {
  readonly code: FindingCode;
  readonly message: string;
  readonly place: Place;
}

function checkSettings(
  node: JourneyNode,
  type: NodeType,
  { findVariable, context }: NodeCheckOptions,
): { readonly config?: { readonly value: unknown }; readonly findings: readonly SettingsFinding[] } {
  const place = node.configurationPlace;
  const { value, unresolved } = resolveVariables(node.configuration ?? {}, findVariable ?? (() => undefined));
  const parsed = type.configuration.safeParse(value);
  if (node.configuration === undefined && !parsed.success) {
    return {
      findings: [{ code: 'missingConfiguration', message: 'the settings of the node are missing', place }],
    };
  }
  const findings: SettingsFinding[] = unresolved
    .slice(0, MOST_FINDINGS)
    .map(({ path, name }) =>
      findVariable === undefined
        ? { code: 'variableNotChecked', message: `${name} is not known here`, place: within(place, ...path) }
        : { code: 'unresolvedVariable', message: `${name} is not configured`, place: within(place, ...path) },
    );
  if (!parsed.success) {
    const told = new Set(unresolved.map(({ path }) => JSON.stringify(path)));
    const others = parsed.error.issues
      .map(({ path, message }) => ({ keys: path.map(keyOf), message }))
      .filter(({ keys }) => !startsAt(keys, told));
    for (const { keys, message } of others.slice(0, MOST_FINDINGS)) {
      findings.push({
        code: 'badConfiguration',
        message: describeIssue(message, valueAt(value, keys)),
        place: within(place, ...keys),
      });
    }
    return { findings };
  }
  const problems = type.check?.(parsed.data, { ...context, nodeId: node.id }) ?? [];
  for (const { code, at, message } of problems) findings.push({ code, message, place: within(place, ...at) });
  return problems.length > 0 || unresolved.length > 0
    ? { findings }
    : { config: { value: parsed.data }, findings };
}

function describeIssue(message: string, value: Json | undefined): string {
  return value === undefined ? 'is missing' : message;
}

function valueAt(value: Json, path: readonly (string | number)[]): Json | undefined {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current as Json;
}

/** Does a path lead to or through one of those? */
function startsAt(path: readonly (string | number)[], places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  return [...path, ''].some((_, length) => places.has(JSON.stringify(path.slice(0, length))));
}

function keyOf(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
