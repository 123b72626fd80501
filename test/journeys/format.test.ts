import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findJourneyFiles } from '../../src/journeys/format/findJourneyFiles.ts';
import { readJourneys, type JourneyFile } from '../../src/journeys/format/readJourneys.ts';
import { scriptText } from '../../src/journeys/format/scriptText.ts';
import type { Journey, JourneyNode } from '../../src/journeys/journey.ts';
import { FAILURE, SUCCESS, treeExport } from '../support/journeyFixtures.ts';

const SCRIPT = 'outcome = "true";\nlogger.message("läuft");';

/** One tree with a page and a script, as frodo writes it; every layout below says the same. */
const frodo = treeExport('Sample', {
  nodes: {
    'page-1': {
      type: 'PageNode',
      to: { outcome: 'script-1' },
      config: { pageHeader: {}, pageDescription: {} },
      page: [
        { id: 'child-1', type: 'UsernameCollectorNode' },
        { id: 'child-2', type: 'ValidatedPasswordNode', config: { validateInput: true } },
      ],
    },
    'script-1': {
      type: 'ScriptedDecisionNode',
      to: { true: SUCCESS, false: FAILURE },
      config: { script: 's-1', outcomes: ['true', 'false'] },
    },
  },
  tree: {
    description: 'null',
    identityResource: 'managed/alpha_user',
    uiConfig: { categories: '["Authentication"]' },
  },
  scripts: {
    's-1': {
      _id: 's-1',
      name: 'Decide',
      script: SCRIPT.split('\n'),
      language: 'JAVASCRIPT',
      evaluatorVersion: '2.0',
      context: 'SCRIPTED_DECISION_NODE',
    },
  },
});
const script = frodo.scripts['s-1'] as Record<string, unknown>;
const { tree, nodes, innerNodes } = frodo;
const json = (name: string, value: unknown): JourneyFile => ({ name, content: JSON.stringify(value) });

const allNodes = { ...nodes, ...innerNodes };
const plain = (id: string) =>
  Object.fromEntries(Object.entries(allNodes[id] ?? {}).filter(([key]) => key !== '_type' && key !== '_id'));
const amsterFile = (type: string, data: Record<string, unknown>) =>
  json(`${type}/${String(data['_id'])}.json`, {
    metadata: {
      realm: '/alpha',
      amsterVersion: '7.5',
      entityType: type,
      entityId: data['_id'],
      pathParams: {},
    },
    data,
  });

const LAYOUTS: readonly (readonly [string, readonly JourneyFile[]])[] = [
  ['frodo, single', [json('a.json', { meta: { origin: 'x' }, ...frodo, themes: [], emailTemplates: {} })]],
  [
    'frodo, single, older spelling',
    [
      json('a.json', {
        tree,
        nodes,
        innernodes: innerNodes,
        scripts: { 's-1': { ...script, script: Buffer.from(SCRIPT).toString('base64') } },
      }),
    ],
  ],
  ['frodo, multi', [json('a.json', { meta: {}, trees: { Sample: frodo } })]],
  [
    'frodo, script as JSON text',
    [json('a.json', { ...frodo, scripts: { 's-1': { ...script, script: JSON.stringify(SCRIPT) } } })],
  ],
  [
    'frodo, script in a file',
    [
      json('x/a.json', { ...frodo, scripts: { 's-1': { ...script, script: 'file://Decide.script.js' } } }),
      { name: 'x/Decide.script.js', content: SCRIPT },
    ],
  ],
  [
    'AM, one object per file',
    [
      json('t.json', { ...tree, _rev: '1' }),
      ...Object.entries(allNodes).map(([id, node]) => json(`${id}.json`, node)),
      json('s.json', script),
    ],
  ],
  [
    'AM, query results',
    [
      json('t.json', { result: [{ ...tree, _rev: '1' }], resultCount: 1 }),
      json('n.json', { result: Object.values(allNodes) }),
      json('s.json', { result: [script] }),
    ],
  ],
  [
    'AM, a tree with inner nodes beside it, and loose ones',
    [
      json('t.json', { ...tree, innernodes: innerNodes }),
      ...Object.entries(nodes).map(([id, node]) => json(`${id}.json`, node)),
      json('s.json', script),
    ],
  ],
  [
    'Amster',
    [
      amsterFile('AuthTree', tree),
      ...Object.values(allNodes).map((node) => amsterFile((node['_type'] as { _id: string })._id, node)),
      amsterFile('Scripts', script),
    ],
  ],
  [
    'flat',
    [
      json('f.json', {
        tree,
        nodes: Object.keys(allNodes).map((id) => ({ _id: id, nodeType: 'x', details: plain(id) })),
      }),
      json('s.json', script),
    ],
  ],
  [
    'inline',
    [
      json('i.json', {
        ...tree,
        nodes: Object.fromEntries(
          Object.entries(tree.nodes).map(([id, node]) => [
            id,
            {
              ...(node as object),
              config:
                id === 'page-1'
                  ? {
                      ...plain(id),
                      nodes: ['child-1', 'child-2'].map((child) => ({
                        _id: child,
                        nodeType: child === 'child-1' ? 'UsernameCollectorNode' : 'ValidatedPasswordNode',
                        displayName: child,
                        _properties: plain(child),
                      })),
                    }
                  : plain(id),
            },
          ]),
        ),
      }),
      json('s.json', script),
    ],
  ],
  ['a list of exports', [json('l.json', [frodo])]],
  [
    'a byte order mark and Windows line ends',
    [
      {
        name: 'w.json',
        content: Buffer.from(`\uFEFF${JSON.stringify(frodo, null, 2).replaceAll('\n', '\r\n')}`),
      },
    ],
  ],
];

const shapeOf = (node: JourneyNode): unknown => ({
  id: node.id,
  type: node.type,
  connections: Object.fromEntries(node.connections),
  settings: Object.fromEntries(
    Object.entries(node.configuration ?? {}).filter(([key]) => !key.startsWith('_') && key !== 'nodes'),
  ),
  children: node.children.map(shapeOf),
});

function only(journeys: ReadonlyMap<string, Journey>): Journey {
  const [journey] = journeys.values();
  if (journey === undefined || journeys.size !== 1) throw new Error(`${journeys.size} journeys`);
  return journey;
}

const expected = only(readJourneys([json('a.json', frodo)]).set.journeys);

describe('layouts', () => {
  test.each(LAYOUTS)('%s', (_, files) => {
    const { set, findings } = readJourneys(files);
    expect(findings).toEqual([]);
    const journey = only(set.journeys);
    expect(journey).toMatchObject({ name: 'Sample', description: '', enabled: true, entry: 'page-1' });
    expect([...journey.nodes.values()].map(shapeOf)).toEqual([...expected.nodes.values()].map(shapeOf));
    expect(journey.nodes.get('page-1')?.children.map(({ type }) => type)).toEqual([
      'UsernameCollectorNode',
      'ValidatedPasswordNode',
    ]);
    expect(journey.nodes.get('page-1')?.children[1]?.configuration).toMatchObject({ validateInput: true });
    expect(set.scripts.get('s-1')?.text).toBe(SCRIPT);
  });

  test('several trees in one file keep their own settings, even under the same ids', () => {
    const two = (choices: string[]) =>
      treeExport('x', { nodes: { n: { type: 'ChoiceCollectorNode', config: { choices } } } });
    const { set } = readJourneys([
      json('m.json', {
        trees: {
          A: { ...two(['a']), tree: { ...two([]).tree, _id: 'A' } },
          B: { ...two(['b']), tree: { ...two([]).tree, _id: 'B' } },
        },
      }),
    ]);
    expect(
      ['A', 'B'].map((name) => set.journeys.get(name)?.nodes.get('n')?.configuration?.['choices']),
    ).toEqual([['a'], ['b']]);
  });

  test('places are JSON pointers into the file', () => {
    const { set } = readJourneys([
      json('m.json', { trees: { 'a/b~c': { ...frodo, tree: { ...tree, _id: 'a/b~c' } } } }),
    ]);
    const node = set.journeys.get('a/b~c')?.nodes.get('page-1');
    expect(node?.place).toEqual({ file: 'm.json', path: '/trees/a~1b~0c/tree/nodes/page-1' });
    expect(node?.configurationPlace.path).toBe('/trees/a~1b~0c/nodes/page-1');
    expect(node?.children[0]?.configurationPlace.path).toBe('/trees/a~1b~0c/innerNodes/child-1');
  });
});

describe('quirks', () => {
  test.each<[string, object, object]>([
    ['no nodes', { nodes: undefined }, { entry: 'page-1' }],
    ['no coordinates', {}, {}],
    [
      'minutes',
      { treeTimeout: 7, maximumSessionTime: 0, maximumIdleTime: null },
      { treeTimeout: 7, maximumSessionTime: undefined, maximumIdleTime: undefined },
    ],
    [
      'flags',
      { enabled: false, innerTreeOnly: true, mustRun: true, noSession: true },
      { enabled: false, innerTreeOnly: true, mustRun: true, noSession: true },
    ],
    ['nothing but a name and a beginning', { nodes: {}, entryNodeId: SUCCESS }, { entry: SUCCESS }],
  ])('%s', (_, change, result) => {
    const { set, findings } = readJourneys([json('a.json', { ...frodo, tree: { ...tree, ...change } })]);
    expect(findings).toEqual([]);
    expect(only(set.journeys)).toMatchObject(result);
  });
});

describe('findings', () => {
  test.each<[string, string | object, string, string]>([
    ['no JSON', '{', 'unreadable', ''],
    ['an empty file', '', 'unreadable', ''],
    ['a key twice', '{"tree":{},"tree":{}}', 'unreadable', ''],
    ['something else', { name: 'package' }, 'unrecognised', ''],
    ['a number', '7', 'unrecognised', ''],
    ['an empty list', '[]', 'unrecognised', ''],
    ['a tree without a name', { tree: { nodes: {} }, nodes: {} }, 'malformed', '/tree'],
    ['a flag that is text', { ...frodo, tree: { ...tree, enabled: 'yes' } }, 'malformed', '/tree/enabled'],
    [
      'minutes that are none',
      { ...frodo, tree: { ...tree, treeTimeout: -1 } },
      'malformed',
      '/tree/treeTimeout',
    ],
    ['nodes that are a text', { ...frodo, tree: { ...tree, nodes: 'x' } }, 'malformed', '/tree/nodes'],
    ['a node that is none', { ...frodo, tree: { ...tree, nodes: { a: 1 } } }, 'malformed', '/tree/nodes/a'],
    [
      'a node without a type',
      { tree: { ...tree, nodes: { a: {} } }, nodes: {} },
      'malformed',
      '/tree/nodes/a',
    ],
    [
      'connections that are a list',
      { ...frodo, tree: { ...tree, nodes: { a: { nodeType: 'x', connections: [] } } } },
      'malformed',
      '/tree/nodes/a/connections',
    ],
    [
      'a connection to a number',
      { ...frodo, tree: { ...tree, nodes: { a: { nodeType: 'x', connections: { o: 1 } } } } },
      'malformed',
      '/tree/nodes/a/connections/o',
    ],
    ['settings that are a list', { ...frodo, nodes: { 'page-1': [] } }, 'malformed', '/nodes/page-1'],
    [
      'a child without an id',
      { ...frodo, nodes: { 'page-1': { nodes: [{}] } } },
      'malformed',
      '/nodes/page-1/nodes/0',
    ],
    ['a script without text', { ...frodo, scripts: { s: { name: 'x' } } }, 'malformed', '/scripts/s'],
    [
      'a script whose file is missing',
      { ...frodo, scripts: { s: { script: 'file://gone.js' } } },
      'malformed',
      '/scripts/s',
    ],
  ])('%s', (_, content, code, path) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const { findings } = readJourneys([{ name: 'f.json', content: text }]);
    expect(findings).toContainEqual(
      expect.objectContaining({ code, path, file: 'f.json', severity: 'error' }),
    );
  });

  test('two trees of one name', () => {
    const { findings } = readJourneys([json('a.json', frodo), json('b.json', frodo)]);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'duplicateJourney', file: 'b.json', tree: 'Sample' }),
    ]);
  });

  test('a file that is too large is not looked at', () => {
    const { findings } = readJourneys([{ name: 'big.json', content: Buffer.alloc(16_777_217, 32) }]);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'unreadable', message: 'the file is larger than 16 MiB' }),
    ]);
  });
});

describe('script text', () => {
  test.each<[string, unknown, string | undefined]>([
    ['lines', ['a', 'b'], 'a\nb'],
    ['base64', Buffer.from('outcome = "true"; // ä').toString('base64'), 'outcome = "true"; // ä'],
    ['a JSON text', '"a\\nb"', 'a\nb'],
    ['plain text', 'outcome = 1;', 'outcome = 1;'],
    ['a quoted beginning that is no JSON', '"use strict"; x', '"use strict"; x'],
    ['a file', 'file://scripts/x.js', 'from file'],
    ['a file there is not', 'file://y.js', undefined],
    ['a number', 7, undefined],
    ['a list with more than lines', ['a', 1], undefined],
  ])('%s', (_, value, text) => {
    expect(scriptText(value as never, new Map([['x.js', 'from file']]))).toBe(text);
  });
});

describe('folders', () => {
  const root = mkdtempSync(join(tmpdir(), 'intune-gate-test-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  test('as configuration managers write them: one file per object, one folder per page', () => {
    const base = 'realms/alpha/journeys/Sample';
    write(`${base}/Sample.json`, JSON.stringify(tree));
    write(`${base}/nodes/Page - page-1.json`, JSON.stringify(nodes['page-1']));
    write(`${base}/nodes/Script - script-1.json`, JSON.stringify(nodes['script-1']));
    write(`${base}/nodes/Page - page-1/Username - child-1.json`, JSON.stringify(innerNodes['child-1']));
    write(`${base}/nodes/Page - page-1/Password - child-2.json`, JSON.stringify(innerNodes['child-2']));
    write('realms/alpha/scripts/Decide.json', JSON.stringify({ ...script, script: 'file://Decide.js' }));
    write('realms/alpha/scripts/Decide.js', SCRIPT);
    write('realms/alpha/other.json', '{"unrelated":true}');
    write('README.txt', 'no JSON');
    const found = findJourneyFiles(root);
    const { set, findings } = readJourneys(found.ok ? found.files : []);
    expect(findings).toEqual([]);
    expect([...only(set.journeys).nodes.values()].map(shapeOf)).toEqual(
      [...expected.nodes.values()].map(shapeOf),
    );
    expect(set.scripts.get('s-1')?.text).toBe(SCRIPT);
  });

  test.each([
    ['nothing', 'gone.json', 'there is no such file'],
    ['a device', '/dev/null', 'it is no regular file'],
  ])('%s', (_, path, problem) => {
    expect(findJourneyFiles(path.startsWith('/') ? path : join(root, path))).toEqual({ ok: false, problem });
  });
});
