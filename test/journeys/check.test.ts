import { describe, expect, test } from 'vitest';
import { checkJourneys, type CheckOptions } from '../../src/journeys/check/checkJourneys.ts';
import { resolveVariables } from '../../src/journeys/check/resolveVariables.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { createJourneyClient } from '../support/journeyClient.ts';
import {
  FAILURE,
  journeyFile,
  LOGIN,
  SUCCESS,
  type NodeFixture,
  type TreeFixture,
} from '../support/journeyFixtures.ts';
import { testJourneys } from '../support/testJourneys.ts';

const check = (trees: Readonly<Record<string, TreeFixture>>, options: Partial<CheckOptions> = {}) =>
  checkJourneys(readJourneys([journeyFile(trees)]), { types: NODE_TYPES, ...options });

const state = (to: string): NodeFixture => ({ type: 'SetStateNode', to: { outcome: to } });
const message = (to: string): NodeFixture => ({ type: 'MessageNode', to: { true: to, false: FAILURE } });
const inner = (tree: string, config = {}): NodeFixture => ({
  type: 'InnerTreeEvaluatorNode',
  to: { true: SUCCESS, false: FAILURE },
  config: { tree, ...config },
});

type Row = readonly [what: string, tree: TreeFixture, finding: object, runs: boolean];

const ROWS: readonly Row[] = [
  [
    'a type there is not',
    { nodes: { a: { type: 'WebAuthnRegistrationNode', to: { success: SUCCESS } } } },
    {
      severity: 'error',
      code: 'unknownType',
      node: 'a',
      path: '/trees/T/tree/nodes/a',
      message: 'the node type WebAuthnRegistrationNode is not supported',
    },
    false,
  ],
  [
    'a type there is not, where nobody comes',
    { nodes: { a: state(SUCCESS), b: { type: 'NoSuchNode' } } },
    { severity: 'warning', code: 'unknownType', node: 'b' },
    true,
  ],
  [
    'a type there is not, in a page',
    {
      nodes: { p: { type: 'PageNode', to: { outcome: SUCCESS }, page: [{ id: 'c', type: 'ConsentNode' }] } },
    },
    { severity: 'error', code: 'unknownType', node: 'c', path: '/trees/T/nodes/p/nodes/0' },
    false,
  ],
  [
    'a node nobody comes to',
    { nodes: { a: state(SUCCESS), b: state(SUCCESS) } },
    { severity: 'warning', code: 'unreachable', node: 'b', path: '/trees/T/tree/nodes/b' },
    true,
  ],
  [
    'an outcome that leads nowhere',
    { nodes: { a: { type: 'SetStateNode' } } },
    {
      severity: 'warning',
      code: 'unconnectedOutcome',
      node: 'a',
      path: '/trees/T/tree/nodes/a/connections',
      message: 'outcome leads nowhere',
    },
    true,
  ],
  [
    'a connection to nothing',
    { nodes: { a: state('gone') } },
    { severity: 'error', code: 'danglingConnection', path: '/trees/T/tree/nodes/a/connections/outcome' },
    false,
  ],
  [
    'a connection to the start',
    { nodes: { a: state('startNode') } },
    { severity: 'error', code: 'danglingConnection' },
    false,
  ],
  [
    'a connection of no outcome',
    { nodes: { a: { type: 'SetStateNode', to: { outcome: SUCCESS, other: FAILURE } } } },
    { severity: 'warning', code: 'unknownOutcome', path: '/trees/T/tree/nodes/a/connections/other' },
    true,
  ],
  [
    'no beginning',
    { nodes: { a: state(SUCCESS) }, tree: { entryNodeId: null } },
    { severity: 'error', code: 'noEntry', path: '/trees/T/tree/entryNodeId' },
    false,
  ],
  [
    'a beginning that is not there',
    { nodes: { a: state(SUCCESS) }, entry: 'z' },
    { severity: 'error', code: 'noEntry' },
    false,
  ],
  ['no nodes', { nodes: {}, entry: 'z' }, { severity: 'error', code: 'noEntry' }, false],
  [
    'a circle',
    { nodes: { a: state('b'), b: state('a') } },
    {
      severity: 'error',
      code: 'cycleWithoutInteraction',
      node: 'a',
      message: 'a, b lead in a circle in which nobody is asked',
    },
    false,
  ],
  [
    'a node that leads to itself',
    { nodes: { a: state('a') } },
    { severity: 'error', code: 'cycleWithoutInteraction' },
    false,
  ],
  [
    'a circle that ends by counting',
    { nodes: { a: state('r'), r: { type: 'RetryLimitDecisionNode', to: { Retry: 'a', Reject: FAILURE } } } },
    { severity: 'warning', code: 'cycleMayNotAsk' },
    true,
  ],
  [
    'a circle that may ask, with a way around the node that counts',
    {
      nodes: {
        v: {
          type: 'OathTokenVerifierNode',
          to: { successOutcome: 'v', failureOutcome: 'r', notRegisteredOutcome: FAILURE },
        },
        r: { type: 'RetryLimitDecisionNode', to: { Retry: 'v', Reject: FAILURE } },
      },
    },
    {
      severity: 'warning',
      code: 'cycleMayNotAsk',
      message: 'v, r lead in a circle in which perhaps nobody is asked',
    },
    true,
  ],
  [
    'a missing setting',
    { nodes: { a: { type: 'SetSuccessUrlNode', to: { outcome: SUCCESS } } } },
    {
      severity: 'error',
      code: 'badConfiguration',
      path: '/trees/T/nodes/a/successUrl',
      message: 'is missing',
    },
    false,
  ],
  [
    'a setting of another kind',
    {
      nodes: {
        a: { type: 'ModifyAuthLevelNode', to: { outcome: SUCCESS }, config: { authLevelIncrement: 'three' } },
      },
    },
    { severity: 'error', code: 'badConfiguration', path: '/trees/T/nodes/a/authLevelIncrement' },
    false,
  ],
  [
    'a bad setting in a page',
    {
      nodes: {
        p: {
          type: 'PageNode',
          to: { outcome: SUCCESS },
          page: [{ id: 'c', type: 'MessageNode', config: { message: 7 } }],
        },
      },
    },
    { severity: 'error', code: 'badConfiguration', node: 'c', path: '/trees/T/innerNodes/c/message' },
    false,
  ],
  [
    'no choices',
    { nodes: { a: { type: 'ChoiceCollectorNode' } } },
    { severity: 'error', code: 'badConfiguration', path: '/trees/T/nodes/a/choices' },
    false,
  ],
  [
    'a detail that would replace the token',
    {
      nodes: {
        a: {
          type: 'SetSuccessDetailsNode',
          to: { outcome: SUCCESS },
          config: { successDetails: { tokenId: 'x' } },
        },
      },
    },
    { severity: 'error', code: 'badConfiguration', path: '/trees/T/nodes/a/successDetails/tokenId' },
    false,
  ],
  [
    'an inner tree there is not',
    { nodes: { a: inner('Gone') } },
    { severity: 'error', code: 'missingInnerTree', path: '/trees/T/nodes/a/tree' },
    false,
  ],
  [
    'itself inside',
    { nodes: { a: inner('T') } },
    { severity: 'error', code: 'innerTreeRecursion', tree: 'T' },
    false,
  ],
  [
    'an empty page',
    { nodes: { p: { type: 'PageNode', page: [] } } },
    { severity: 'error', code: 'emptyPage', node: 'p' },
    false,
  ],
  [
    'a page in a page',
    { nodes: { p: { type: 'PageNode', to: { outcome: SUCCESS }, page: [{ id: 'c', type: 'PageNode' }] } } },
    { severity: 'error', code: 'notAllowedInPage', node: 'c' },
    false,
  ],
  [
    'an inner tree in a page',
    {
      nodes: {
        p: {
          type: 'PageNode',
          to: { outcome: SUCCESS },
          page: [{ id: 'c', type: 'InnerTreeEvaluatorNode', config: { tree: 'x' } }],
        },
      },
    },
    { severity: 'error', code: 'notAllowedInPage', node: 'c' },
    false,
  ],
];

describe('a tree with', () => {
  test.each(ROWS)('%s', (_, tree, finding, runs) => {
    const { findings, runnable } = check({ T: tree });
    expect(findings).toContainEqual(expect.objectContaining({ file: 'test.json', tree: 'T', ...finding }));
    expect(runnable.has('T')).toBe(runs);
  });

  test.each<[string, TreeFixture]>([
    ['a login', LOGIN],
    ['a circle in which somebody is asked', { nodes: { a: message('b'), b: state('a') } }],
    [
      'a circle through a page that asks',
      { nodes: { p: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 's' } }, s: state('p') } },
    ],
    ['a choice of one, beside a circle', { nodes: { a: message(SUCCESS) } }],
    ['success at once', { nodes: {}, entry: SUCCESS }],
  ])('%s is fine', (_, tree) => {
    const { findings, runnable } = check({ T: tree });
    expect(findings).toEqual([]);
    expect(runnable.has('T')).toBe(true);
  });

  test('node settings missing from every file', () => {
    const content = JSON.stringify({
      _id: 'T',
      entryNodeId: 'a',
      nodes: { a: { nodeType: 'SetSuccessUrlNode', connections: { outcome: SUCCESS } } },
    });
    const { findings } = checkJourneys(readJourneys([{ name: 't.json', content }]), { types: NODE_TYPES });
    expect(findings).toEqual([
      expect.objectContaining({ code: 'missingConfiguration', node: 'a', path: '/nodes/a' }),
    ]);
  });
});

describe('inner trees', () => {
  test('that may not run keep the outer one from running', () => {
    const { runnable } = check({
      A: { nodes: { a: inner('B') } },
      B: { nodes: { b: state('gone') } },
      C: LOGIN,
    });
    expect([...runnable.keys()]).toEqual(['C']);
  });

  test('that are switched off, too', () => {
    const { findings } = check({
      A: { nodes: { a: inner('B') } },
      B: { ...LOGIN, tree: { enabled: false } },
    });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'disabledInnerTree', tree: 'A' }));
  });

  test('that contain each other', () => {
    const { findings, runnable } = check({
      A: { nodes: { a: inner('B') } },
      B: { nodes: { b: inner('A') } },
    });
    expect(findings.filter(({ code }) => code === 'innerTreeRecursion').map(({ tree }) => tree)).toEqual([
      'A',
      'B',
    ]);
    expect(runnable.size).toBe(0);
  });

  test('nobody comes to do no harm', () => {
    const { runnable } = check({ A: { nodes: { a: state(SUCCESS), b: inner('Gone') } } });
    expect(runnable.has('A')).toBe(true);
  });
});

test('more trees than any realm has are not looked at', () => {
  const trees = Object.fromEntries(
    Array.from({ length: 2_001 }, (_, index) => [`T${index}`, { nodes: {}, entry: SUCCESS }]),
  );
  const { findings, runnable } = check(trees);
  expect(findings).toEqual([
    expect.objectContaining({ code: 'malformed', message: 'there are more than 2,000 trees' }),
  ]);
  expect(runnable.size).toBe(0);
});

describe('a file that is made to be hard to check', () => {
  test('tells so much about one node and no more', () => {
    const many = (value: unknown) =>
      Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`k${index}`, value]));
    const { findings, runnable } = check({
      Settings: {
        nodes: { a: { type: 'SetStateNode', to: { outcome: SUCCESS }, config: { attributes: many(5) } } },
      },
      Outcomes: {
        nodes: { a: { type: 'SetStateNode', to: { ...(many(SUCCESS) as object), outcome: SUCCESS } } },
      },
    });
    expect(findings.filter(({ code }) => code === 'badConfiguration')).toHaveLength(100);
    expect(findings.filter(({ code }) => code === 'unknownOutcome')).toHaveLength(150_000);
    expect([...runnable.keys()]).toEqual(['Outcomes']);
  });

  test('takes time for each connection, and not for each way along them', () => {
    const names = Array.from({ length: 400 }, (_, index) => `n${index}`);
    const all = Object.fromEntries(names.map((name) => [name, name]));
    const { findings } = check({
      Dense: {
        nodes: Object.fromEntries(
          names.map((name) => [name, { type: 'SetStateNode', to: { ...all, outcome: SUCCESS } }]),
        ),
      },
    });
    expect(findings.filter(({ code }) => code === 'cycleWithoutInteraction')).toHaveLength(1);
  });

  test('or for each way through inner trees', async () => {
    const inside = (tree: string, to: string): NodeFixture => ({
      type: 'InnerTreeEvaluatorNode',
      config: { tree },
      to: { true: to, false: FAILURE },
    });
    const trees = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `T${index}`,
        { nodes: { a: inside(`T${index + 1}`, 'b'), b: inside(`T${index + 1}`, SUCCESS) } },
      ]),
    );
    const { app } = testJourneys({ files: [journeyFile({ ...trees, T40: LOGIN })] });
    const start = (tree: string) => createJourneyClient(() => app).start(tree);
    // It is eight trees deep, and then more than may be inside one another.
    expect(await start('T32')).toHaveProperty('authId');
    expect(await start('T0')).toMatchObject({ code: 401 });
  });
});

describe('the version', () => {
  const versionOf = (trees: Readonly<Record<string, TreeFixture>>) => check(trees).runnable.get('A')?.version;
  const tree = (config: object, to = SUCCESS): TreeFixture => ({
    nodes: { a: { type: 'SetStateNode', to: { outcome: to }, config: { attributes: config } } },
  });

  test('changes with settings, connections and inner trees, and with nothing else', () => {
    const base = versionOf({ A: tree({ a: '1', b: '2' }) });
    expect(base).toMatch(/^[\w-]{22}$/);
    expect(versionOf({ A: tree({ b: '2', a: '1' }), B: LOGIN })).toBe(base);
    expect(versionOf({ A: { ...tree({ a: '1', b: '2' }), tree: { description: 'other' } } })).toBe(base);
    expect(versionOf({ A: tree({ a: '1', b: '3' }) })).not.toBe(base);
    expect(versionOf({ A: tree({ a: '1', b: '2' }, FAILURE) })).not.toBe(base);
    const outer = { nodes: { a: inner('B') } };
    expect(versionOf({ A: outer, B: tree({}) })).not.toBe(versionOf({ A: outer, B: tree({ x: '' }) }));
  });
});

describe('environment variables', () => {
  const values: Readonly<Record<string, string>> = {
    'esv.url': 'https://x',
    'esv.n': '7',
    'esv.no': 'false',
    'esv.list': 'a, b',
    'esv.bad': 'x',
  };
  const find = (name: string) => values[name];

  test.each<[unknown, unknown, number]>([
    [{ $string: '&{esv.url}' }, 'https://x', 0],
    ['&{esv.url}/path?n=&{esv.n}', 'https://x/path?n=7', 0],
    [{ $int: '&{esv.n}' }, 7, 0],
    [{ $bool: '&{esv.no}' }, false, 0],
    [{ $list: '&{esv.list}' }, ['a', 'b'], 0],
    [{ $int: '&{esv.bad}' }, null, 1],
    [{ $string: '&{esv.gone}' }, null, 1],
    [{ a: { $string: '&{esv.gone}' }, b: 1 }, { b: 1 }, 1],
    [{ $string: 'a', other: 1 }, { $string: 'a', other: 1 }, 0],
    [[{ $string: '&{esv.n}' }, null, true], ['7', null, true], 0],
  ])('%o is %o', (value, resolved, missing) => {
    const result = resolveVariables(value as never, find);
    expect(result.value).toEqual(resolved);
    expect(result.unresolved).toHaveLength(missing);
  });

  const tree: TreeFixture = {
    nodes: {
      a: {
        type: 'SetSuccessUrlNode',
        to: { outcome: SUCCESS },
        config: { successUrl: { $string: '&{esv.url}' } },
      },
    },
  };

  test('that are known are used', () => {
    expect(check({ T: tree }, { findVariable: find }).findings).toEqual([]);
  });

  test('that are not configured are an error', () => {
    const { findings, runnable } = check({ T: tree }, { findVariable: () => undefined });
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'unresolvedVariable',
        severity: 'error',
        path: '/trees/T/nodes/a/successUrl',
      }),
    ]);
    expect(runnable.size).toBe(0);
  });

  test('that nobody knows here are a warning', () => {
    const { findings, runnable } = check({ T: tree });
    expect(findings).toEqual([expect.objectContaining({ code: 'variableNotChecked', severity: 'warning' })]);
    expect(runnable.size).toBe(0);
  });
});
