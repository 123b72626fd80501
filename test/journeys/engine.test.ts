import { afterEach, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createJourneyMemory } from '../../src/composeJourneys.ts';
import type { JourneyRun } from '../../src/journeys/engine/journeyRun.ts';
import { createRunSealer } from '../../src/journeys/seal/runSealer.ts';
import type { NodeType } from '../../src/journeys/nodeType.ts';
import { defineNodeType, SINGLE_OUTCOME } from '../../src/journeys/nodeType.ts';
import { ask, goTo } from '../../src/journeys/nodeResult.ts';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import { NO_SETTINGS } from '../../src/journeys/nodes/settings.ts';
import { NOW } from '../support/fakeDirectory.ts';
import {
  FAILURE,
  journeyFile,
  LOGIN,
  SUCCESS,
  type NodeFixture,
  type TreeFixture,
} from '../support/journeyFixtures.ts';
import {
  answered,
  callAuthenticate,
  testJourneys,
  type ClientStep,
  type TestJourneysOptions,
} from '../support/testJourneys.ts';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

function open(trees: Readonly<Record<string, TreeFixture>>, options: Partial<TestJourneysOptions> = {}) {
  const gate = testJourneys({ files: [journeyFile(trees)], config: { default: 'T' }, ...options });
  apps.push(gate.app);
  const sealer = createRunSealer({ secrets: [gate.memory.secret], realm: '/', now: () => NOW });
  return {
    ...gate,
    /** What a client holds, opened. */
    runOf: async (step: ClientStep): Promise<JourneyRun> => {
      const opened = await sealer.open(step.authId);
      if (!opened.ok) throw new Error(opened.fault);
      return opened.run;
    },
    start: async () => (await callAuthenticate(gate.app, undefined)).json<ClientStep>(),
    next: async (step: ClientStep, values: readonly unknown[]) =>
      (await callAuthenticate(gate.app, answered(step, values))).json<
        ClientStep & { tokenId?: string; code?: number }
      >(),
  };
}

const page = { ...LOGIN.nodes['page'], type: 'PageNode' };
const message = (to: string): NodeFixture => ({ type: 'MessageNode', to: { true: to, false: FAILURE } });
const GOOD = ['alice', 'correct horse'];

/** A node type for one test. */
function nodeType(definition: Partial<NodeType> & Pick<NodeType, 'run'>): NodeType {
  return defineNodeType({
    type: 'TestNode',
    displayName: 'Test',
    configuration: NO_SETTINGS,
    outcomes: () => SINGLE_OUTCOME,
    asks: () => 'sometimes',
    ...definition,
  });
}

describe('state between steps', () => {
  test('keeps what later nodes declare, in secure, and forgets the rest', async () => {
    const put = nodeType({
      run({ state }) {
        state.putTransient('password', 'correct horse');
        state.putTransient('other', 'x');
        state.putShared('username', 'alice');
        return goTo('outcome');
      },
    });
    const { start, next, runOf } = open(
      {
        T: {
          nodes: {
            put: { type: 'TestNode', to: { outcome: 'ask' } },
            ask: message('check'),
            check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
          },
        },
      },
      { types: [put] },
    );
    const step = await start();
    const run = await runOf(step);
    expect(run.frames).toEqual([{ tree: 'T', node: 'ask', secure: { password: 'correct horse' } }]);
    expect(run.shared).toEqual({ realm: '/', username: 'alice' });
    // The token itself shows none of it.
    expect(Buffer.from(step.authId.split('.')[1] ?? '', 'base64url').toString()).not.toContain('horse');
    expect(await next(step, [0])).toHaveProperty('tokenId');
  });

  test('of a page is that of its nodes', async () => {
    const { start, runOf, next } = open({
      T: { nodes: { page: { ...page, to: { outcome: 'm' } }, m: message(SUCCESS) } },
    });
    const second = await next(await start(), GOOD);
    const run = await runOf(second);
    expect(run.shared).toMatchObject({ username: 'alice', pageNodeCallbacks: { 0: 0, 1: 1 } });
    // Nobody needs the password any more.
    expect(run.frames[0]?.secure).toEqual({});
  });

  test('that grows too large fails the journey', async () => {
    const grow = nodeType({
      run({ state }) {
        state.putShared('big', 'x'.repeat(200_000));
        return goTo('outcome');
      },
    });
    const { start } = open(
      { T: { nodes: { a: { type: 'TestNode', to: { outcome: 'm' } }, m: message(SUCCESS) } } },
      { types: [grow] },
    );
    expect(await start()).toMatchObject({ code: 401, message: 'Login failure' });
  });

  test('holds any key a node writes', async () => {
    const odd = nodeType({
      run({ state }) {
        for (const key of ['__proto__', 'constructor', 'toString']) state.putShared(key, { polluted: true });
        return goTo('outcome');
      },
    });
    const { start, next, runOf } = open(
      {
        T: {
          nodes: { a: { type: 'TestNode', to: { outcome: 'm' } }, m: message('m2'), m2: message(SUCCESS) },
        },
      },
      { types: [odd] },
    );
    const run = await runOf(await next(await start(), [0]));
    expect(Object.keys(run.shared)).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('inner trees', () => {
  const inner = (tree: string, config = {}): NodeFixture => ({
    type: 'InnerTreeEvaluatorNode',
    to: { true: 'after', false: FAILURE, error: 'broken' },
    config: { tree, ...config },
  });
  const after: NodeFixture = { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } };

  test('share shared state; transient state of the inner one stays inside', async () => {
    const { start, next } = open({
      T: { nodes: { in: inner('Ask'), after } },
      Ask: { nodes: { page: { ...page, to: { outcome: SUCCESS } } } },
    });
    // The password was collected inside, so the check outside has none, which is a fault.
    expect(await next(await start(), GOOD)).toMatchObject({ code: 401 });
  });

  test('get what they declare, and what the outer one needs outlives their questions', async () => {
    const { start, next, runOf } = open({
      T: { nodes: { page: { ...page, to: { outcome: 'in' } }, in: inner('Inner'), after } },
      Inner: {
        nodes: {
          check: { type: 'DataStoreDecisionNode', to: { true: 'm', false: FAILURE } },
          m: message(SUCCESS),
        },
      },
    });
    const step = await next(await start(), GOOD);
    const { frames } = await runOf(step);
    expect(frames.map(({ tree, node, secure }) => [tree, node, Object.keys(secure)])).toEqual([
      ['T', 'in', ['password']],
      ['Inner', 'm', []],
    ]);
    expect(await next(step, [0])).toHaveProperty('tokenId');
  });

  test.each([
    [true, { tokenId: expect.any(String) as unknown }],
    [false, { code: 401 }],
  ])('that break are an outcome where that is shown: %s', async (displayErrorOutcome, end) => {
    const { start } = open({
      T: {
        nodes: {
          in: inner('Inner', { displayErrorOutcome }),
          after,
          broken: {
            type: 'SetStateNode',
            to: { outcome: SUCCESS },
            config: { attributes: { username: 'alice' } },
          },
        },
      },
      Inner: { nodes: { check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS } } } },
    });
    expect(await start()).toMatchObject(end);
  });

  test('may be inside one another', async () => {
    const { start } = open({
      T: {
        nodes: {
          in: inner('A'),
          after: {
            type: 'SetStateNode',
            to: { outcome: SUCCESS },
            config: { attributes: { username: 'bob' } },
          },
        },
      },
      A: { nodes: { in: { ...inner('B'), to: { true: SUCCESS, false: FAILURE } } } },
      B: { nodes: { s: { type: 'SetStateNode', to: { outcome: SUCCESS } } } },
    });
    expect(await start()).toHaveProperty('tokenId');
  });
});

describe('pages', () => {
  test('are shown again as a whole while one node still asks, and number their callbacks', async () => {
    const tree: TreeFixture = {
      nodes: {
        p: {
          type: 'PageNode',
          to: { true: 'check', false: FAILURE },
          page: [
            { id: 'meta', type: 'MetadataNode', config: { attributes: ['realm'] } },
            { id: 'u', type: 'UsernameCollectorNode' },
            { id: 'w', type: 'PasswordCollectorNode' },
            { id: 'm', type: 'MessageNode' },
          ],
        },
        check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
      },
    };
    const { start, next } = open({ T: tree });
    const first = await start();
    const shape = (step: ClientStep) => step.callbacks.map(({ type, _id }) => `${String(_id)} ${type}`);
    const all = [
      '0 MetadataCallback',
      '1 NameCallback',
      '2 PasswordCallback',
      '3 TextOutputCallback',
      '4 ConfirmationCallback',
    ];
    expect(shape(first)).toEqual(all);
    expect(first.callbacks[2]?.input).toEqual([{ name: 'IDToken3', value: '' }]);
    const again = await next(first, ['', 'correct horse', 0]);
    expect(shape(again)).toEqual(all);
    expect(again.callbacks[2]?.input).toEqual([{ name: 'IDToken3', value: '' }]);
    expect(await next(again, ['alice', 'correct horse', 0])).toHaveProperty('tokenId');
  });

  test('have the outcomes of their last node', async () => {
    const tree: TreeFixture = {
      nodes: {
        p: {
          type: 'PageNode',
          to: { b: 's' },
          page: [{ id: 'c', type: 'ChoiceCollectorNode', config: { choices: ['a', 'b'] } }],
        },
        s: { type: 'SetStateNode', to: { outcome: SUCCESS }, config: { attributes: { username: 'alice' } } },
      },
    };
    const { start, next, composed } = open({ T: tree });
    expect(
      composed.checked.runnable
        .get('T')
        ?.nodes.get('p')
        ?.outcomes.map(({ id }) => id),
    ).toEqual(['a', 'b']);
    expect(await next(await start(), [1])).toHaveProperty('tokenId');
    // The other outcome leads nowhere.
    expect(await next(await start(), [0])).toMatchObject({ code: 401 });
  });

  test('with nothing but metadata are a fault', async () => {
    const { start } = open({
      T: {
        nodes: {
          p: { type: 'PageNode', to: { outcome: SUCCESS }, page: [{ id: 'm', type: 'MetadataNode' }] },
        },
      },
    });
    expect(await start()).toMatchObject({ code: 401, message: 'Login failure' });
  });

  test('let a node that decides wait for those before it', async () => {
    const tree: TreeFixture = {
      nodes: {
        p: {
          type: 'PageNode',
          to: { true: SUCCESS, false: FAILURE },
          page: [
            { id: 'u', type: 'UsernameCollectorNode' },
            { id: 'w', type: 'PasswordCollectorNode' },
            { id: 'd', type: 'DataStoreDecisionNode' },
          ],
        },
      },
    };
    const { start, next } = open({ T: tree });
    expect(await next(await start(), GOOD)).toHaveProperty('tokenId');
    expect(await next(await start(), ['alice', 'wrong'])).toMatchObject({ code: 401 });
  });
});

describe('bounds', () => {
  test('a node that never ends is given up', async () => {
    let aborted = false;
    const stuck = nodeType({
      run: ({ signal }) =>
        new Promise<never>(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    });
    const { start } = open(
      { T: { nodes: { a: { type: 'TestNode', to: { outcome: SUCCESS } } } } },
      { types: [stuck], config: { default: 'T', nodeDeadlineMs: 100 } },
    );
    expect(await start()).toMatchObject({ code: 401, message: 'Login failure' });
    expect(aborted).toBe(true);
  });

  test.each<[string, NodeType['run']]>([
    [
      'throws',
      () => {
        throw new Error('with a secret');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('x'))],
    ['has an outcome it does not have', () => goTo('other')],
    ['asks nothing', () => ask([])],
    [
      'waits for a link where there is no page for it',
      () => ({ is: 'suspend', notify: () => Promise.resolve('') }),
    ],
    ['enters a tree there is not', () => ({ is: 'enter', tree: 'gone' })],
    [
      'writes an object that cannot be merged',
      ({ state }) => {
        state.mergeShared({ a: { b: 1 } });
        return goTo('outcome');
      },
    ],
  ])('a node that %s fails the login', async (_, run) => {
    const { start } = open(
      { T: { nodes: { a: { type: 'TestNode', to: { outcome: SUCCESS, other: SUCCESS } } } } },
      { types: [nodeType({ run })] },
    );
    expect(await start()).toEqual({
      code: 401,
      reason: 'Unauthorized',
      message: 'Login failure',
      detail: { failureUrl: '' },
    });
  });

  test('a circle that was let through ends', async () => {
    const silent = nodeType({ run: () => goTo('outcome') });
    const { start, composed } = open(
      {
        T: {
          nodes: {
            a: { type: 'TestNode', to: { outcome: 'b' } },
            b: { type: 'TestNode', to: { outcome: 'a' } },
          },
        },
      },
      { types: [silent] },
    );
    expect(composed.checked.findings).toEqual([expect.objectContaining({ code: 'cycleMayNotAsk' })]);
    expect(await start()).toMatchObject({ code: 401 });
  });

  test('nobody is asked for ever', async () => {
    const again = nodeType({ run: () => ask([callbacks.name('Again')]) });
    const { start, next } = open(
      { T: { nodes: { a: { type: 'TestNode', to: { outcome: SUCCESS } } } } },
      { types: [again] },
    );
    let step: ClientStep & { code?: number } = await start();
    let steps = 1;
    while (step.code === undefined) {
      step = await next(step, ['x']);
      steps += 1;
    }
    expect(steps).toBe(201);
  });
});

describe('the end', () => {
  test('has what nodes gathered on the way', async () => {
    const { start, composed } = open({
      T: {
        nodes: {
          who: {
            type: 'SetStateNode',
            to: { outcome: 'level' },
            config: { attributes: { username: 'alice' } },
          },
          level: { type: 'ModifyAuthLevelNode', to: { outcome: 'props' }, config: { authLevelIncrement: 2 } },
          props: {
            type: 'SetSessionPropertiesNode',
            to: { outcome: 'url' },
            config: { properties: { team: '{"id":7}' }, maxSessionTime: 60, maxIdleTime: 10 },
          },
          url: {
            type: 'SetSuccessUrlNode',
            to: { outcome: 'details' },
            config: { successUrl: 'https://home.example' },
          },
          details: {
            type: 'SetSuccessDetailsNode',
            to: { outcome: SUCCESS },
            config: { successDetails: { hello: 'world' }, sessionProperties: { team: 'team', gone: 'gone' } },
          },
        },
      },
    });
    const end = (await start()) as unknown as { tokenId: string };
    expect(end).toEqual({
      tokenId: expect.any(String) as unknown,
      successUrl: 'https://home.example',
      realm: '/',
      team: { id: 7 },
      hello: 'world',
    });
    expect((await composed.surface.sessions.find(end.tokenId))?.session).toMatchObject({
      authLevel: 2,
      properties: { team: '{"id":7}' },
      idleMinutes: 10,
      expiresAt: NOW + 3_600_000,
      service: 'T',
    });
  });

  test('is a failure where two people have proved something', async () => {
    const gate = open({
      T: {
        nodes: {
          page: { ...page, to: { outcome: 'check' } },
          check: { type: 'DataStoreDecisionNode', to: { true: 'page2', false: FAILURE } },
          page2: {
            type: 'PageNode',
            to: { outcome: 'check2' },
            page: [
              { id: 'username2', type: 'UsernameCollectorNode' },
              { id: 'password2', type: 'PasswordCollectorNode' },
            ],
          },
          check2: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
        },
      },
    });
    const both = async (second: readonly string[]) =>
      gate.next(await gate.next(await gate.start(), GOOD), second);
    expect(await both(GOOD)).toHaveProperty('tokenId');
    expect(await both(['bob', 'battery staple'])).toMatchObject({ code: 401 });
  });

  test('forgets the failed attempts of who logs in, and of nobody else', async () => {
    const memory = createJourneyMemory(() => NOW);
    const gate = open(
      {
        T: {
          nodes: {
            page: { ...page, to: { outcome: 'check' } },
            check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: 'again' } },
            again: { type: 'RetryLimitDecisionNode', to: { Retry: 'page', Reject: FAILURE } },
          },
        },
      },
      { memory },
    );
    const again = await gate.next(await gate.start(), ['bob', 'a guess']);
    expect(await gate.next(await gate.next(again, ['alice', 'mistyped']), GOOD)).toHaveProperty('tokenId');
    expect(await memory.attempts.read('user / again bob')).toBe(1);
    expect(await memory.attempts.read('user / again alice')).toBe(0);
  });

  test('is no session that no browser would keep', async () => {
    const { start } = open({
      T: {
        nodes: {
          who: { type: 'SetStateNode', to: { outcome: 'p' }, config: { attributes: { username: 'alice' } } },
          p: {
            type: 'SetSessionPropertiesNode',
            to: { outcome: SUCCESS },
            config: { properties: { a: 'x'.repeat(4_000) } },
          },
        },
      },
    });
    expect(await start()).toMatchObject({ code: 401 });
  });

  test('takes the times of the tree where no node says', async () => {
    const { start, composed } = open({
      T: {
        nodes: {
          who: {
            type: 'SetStateNode',
            to: { outcome: SUCCESS },
            config: { attributes: { username: 'alice' } },
          },
        },
        tree: { maximumSessionTime: 7, maximumIdleTime: 3 },
      },
    });
    const end = (await start()) as unknown as { tokenId: string };
    expect((await composed.surface.sessions.find(end.tokenId))?.session).toMatchObject({
      idleMinutes: 3,
      expiresAt: NOW + 7 * 60_000,
    });
  });
});
