import type { JourneyFile } from '../../src/journeys/format/readJourneys.ts';

type Entry = Readonly<Record<string, unknown>> & { readonly _id: string };
type Entries = Readonly<Record<string, Entry>>;

/** An export in frodo's form for one tree. */
export interface FrodoExport {
  readonly tree: Entry & {
    readonly nodes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly nodes: Entries;
  readonly innerNodes: Entries;
  readonly scripts: Entries;
}

const file = (name: string, value: unknown): JourneyFile => ({ name, content: JSON.stringify(value) });

/** The same journey in every layout there is, by the name of the layout. */
export const EXPORT_LAYOUTS: Readonly<Record<string, (journey: FrodoExport) => readonly JourneyFile[]>> = {
  'frodo, one tree': (journey) => [file('single.json', journey)],
  'frodo, older spelling': ({ innerNodes, ...journey }) => [
    file('older.json', { ...journey, innernodes: innerNodes }),
  ],
  'frodo, several trees': (journey) => [
    file('multi.json', { meta: {}, trees: { [journey.tree._id]: journey } }),
  ],
  'AM, one object per file': ({ tree, nodes, innerNodes, scripts }) =>
    [tree, ...Object.values({ ...nodes, ...innerNodes }), ...Object.values(scripts)].map((entry) =>
      file(`${entry._id}.json`, entry),
    ),
  'AM, query results': ({ tree, nodes, innerNodes, scripts }) => [
    file('trees.json', { result: [tree] }),
    file('nodes.json', { result: Object.values({ ...nodes, ...innerNodes }) }),
    file('scripts.json', { result: Object.values(scripts) }),
  ],
  Amster: ({ tree, nodes, innerNodes, scripts }) => {
    const write = (entityType: string, data: Entry): JourneyFile =>
      file(`${entityType}/${data._id}.json`, {
        metadata: { realm: '/alpha', amsterVersion: '8.0.2', entityType, entityId: data._id, pathParams: {} },
        data,
      });
    return [
      write('AuthTree', tree),
      ...Object.values({ ...nodes, ...innerNodes }).map((node) => write(typeOf(node), node)),
      ...Object.values(scripts).map((script) => write('Scripts', script)),
    ];
  },
  'a folder per journey': ({ tree, nodes, innerNodes, scripts }) => [
    file(`journeys/${tree._id}/${tree._id}.json`, tree),
    ...Object.values(nodes).map((node) =>
      file(`journeys/${tree._id}/nodes/${typeOf(node)} - ${node._id}.json`, node),
    ),
    ...Object.values(innerNodes).map((node) =>
      file(`journeys/${tree._id}/nodes/Page/${typeOf(node)} - ${node._id}.json`, node),
    ),
    ...Object.values(scripts).map((script) => file(`scripts/${script._id}.json`, script)),
  ],
  'list of nodes beside a tree': ({ tree, nodes, innerNodes, scripts }) => [
    file('flat.json', {
      tree,
      nodes: Object.values({ ...nodes, ...innerNodes }).map(({ _id, _type, ...details }) => ({
        _id,
        nodeType: typeOf({ _id, _type }),
        details,
      })),
    }),
    ...Object.values(scripts).map((script) => file(`${script._id}.json`, script)),
  ],
  'settings inside the tree': ({ tree, nodes, innerNodes, scripts }) => [
    file('inline.json', {
      ...tree,
      nodes: Object.fromEntries(
        Object.entries(tree.nodes).map(([id, node]) => [
          id,
          { ...node, config: inline(nodes[id] ?? {}, innerNodes) },
        ]),
      ),
    }),
    ...Object.values(scripts).map((script) => file(`${script._id}.json`, script)),
  ],
};

function inline(settings: Readonly<Record<string, unknown>>, innerNodes: Entries): object {
  const { nodes } = settings as { readonly nodes?: readonly { readonly _id: string }[] };
  if (nodes === undefined) return settings;
  return {
    ...settings,
    nodes: nodes.map((child) => ({ ...child, _properties: innerNodes[child._id] ?? {} })),
  };
}

function typeOf({ _type }: { readonly _id: string; readonly _type?: unknown }): string {
  return (_type as { readonly _id: string })._id;
}
