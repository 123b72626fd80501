import { FAILURE_ID, SUCCESS_ID } from '../../src/journeys/journey.ts';
import type { JourneyFile } from '../../src/journeys/format/readJourneys.ts';

/** Ends of trees, short to write. */
export const SUCCESS = SUCCESS_ID;
export const FAILURE = FAILURE_ID;

/** One node of a tree as tests write it: its type, where its outcomes lead, its settings, and for pages the nodes in it. */
export interface NodeFixture {
  readonly type: string;
  readonly to?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly page?: readonly { readonly id: string; readonly type: string; readonly config?: object }[];
}

export interface TreeFixture {
  /** Default: the first node. */
  readonly entry?: string;
  readonly nodes: Readonly<Record<string, NodeFixture>>;
  /** More keys of the tree. */
  readonly tree?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, unknown>>;
}

/** One tree in frodo's single form. */
export function treeExport(name: string, { entry, nodes, tree, scripts = {} }: TreeFixture) {
  const settings = Object.entries(nodes).map(([id, { type, config = {}, page }]) => [
    id,
    {
      _id: id,
      ...config,
      ...(page === undefined
        ? {}
        : { nodes: page.map((child) => ({ _id: child.id, nodeType: child.type, displayName: child.id })) }),
      _type: { _id: type, name: type, collection: true },
    },
  ]);
  const children = Object.values(nodes).flatMap(({ page = [] }) =>
    page.map(({ id, type, config }) => [
      id,
      { _id: id, ...config, _type: { _id: type, name: type, collection: true } },
    ]),
  );
  return {
    tree: {
      _id: name,
      enabled: true,
      entryNodeId: entry ?? Object.keys(nodes)[0],
      nodes: Object.fromEntries(
        Object.entries(nodes).map(([id, { type, to = {} }]) => [
          id,
          { connections: to, displayName: id, nodeType: type, x: 0, y: 0 },
        ]),
      ),
      ...tree,
    },
    nodes: Object.fromEntries(settings) as Record<string, Record<string, unknown>>,
    innerNodes: Object.fromEntries(children) as Record<string, Record<string, unknown>>,
    scripts,
  };
}

/** Several trees as one file in frodo's multi form. */
export function journeyFile(trees: Readonly<Record<string, TreeFixture>>, name = 'test.json'): JourneyFile {
  const exports = Object.entries(trees).map(([tree, fixture]) => [tree, treeExport(tree, fixture)]);
  return { name, content: JSON.stringify({ trees: Object.fromEntries(exports) as object }) };
}

/** Name and password on one page, checked; wrong ones fail. */
export const LOGIN: TreeFixture = {
  nodes: {
    page: {
      type: 'PageNode',
      to: { outcome: 'check' },
      config: { pageHeader: { en: 'Sign in' }, pageDescription: { en: 'Who are you?' }, stage: 'Login' },
      page: [
        { id: 'username', type: 'UsernameCollectorNode' },
        { id: 'password', type: 'PasswordCollectorNode' },
      ],
    },
    check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
  },
};
