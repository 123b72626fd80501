import { afterEach, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { callbacks } from '../../src/journeys/callbacks/callback.ts';
import type { IdentityStore } from '../../src/identity/identityStore.ts';
import { NOBODY } from '../../src/identity/nobody.ts';
import { createJourneyMemory } from '../../src/composeJourneys.ts';
import { DEVICE_ID, fakeDirectory, managedDevice, NOW, OTHER_ID } from '../support/fakeDirectory.ts';
import { FAILURE, journeyFile, LOGIN, SUCCESS, type TreeFixture } from '../support/journeyFixtures.ts';
import { testApp } from '../support/testApp.ts';
import {
  answered,
  callAuthenticate,
  CLIENT_ID,
  TENANT_ID,
  testJourneys,
  type ClientStep,
  type TestJourneysOptions,
} from '../support/testJourneys.ts';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

function open(trees: Readonly<Record<string, TreeFixture>>, options: Partial<TestJourneysOptions> = {}) {
  const gate = testJourneys({ files: [journeyFile(trees)], ...options });
  apps.push(gate.app);
  return gate;
}

const start = (app: FastifyInstance, tree: string, query = '', headers: Record<string, string> = {}) =>
  callAuthenticate(app, undefined, {
    query: `?authIndexType=service&authIndexValue=${tree}${query}`,
    headers,
  });

const GOOD = ['alice', 'correct horse'];
const LOGIN_FAILURE = {
  code: 401,
  reason: 'Unauthorized',
  message: 'Login failure',
  detail: { failureUrl: '' },
};
const badRequest = (message: string) => ({ code: 400, reason: 'Bad Request', message });

async function login(
  app: FastifyInstance,
  tree = 'Login',
  headers: Record<string, string> = {},
): Promise<string> {
  const step = (await start(app, tree, '', headers)).json<ClientStep>();
  const end = await callAuthenticate(app, answered(step, GOOD), { headers });
  return end.json<{ tokenId: string }>().tokenId;
}

describe('a step', () => {
  test('of a page has AM’s body', async () => {
    const { app } = open({ Login: LOGIN });
    const response = await start(app, 'Login');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      authId: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as unknown,
      callbacks: [
        {
          type: 'NameCallback',
          output: [{ name: 'prompt', value: 'User Name' }],
          input: [{ name: 'IDToken1', value: '' }],
          _id: 0,
        },
        {
          type: 'PasswordCallback',
          output: [{ name: 'prompt', value: 'Password' }],
          input: [{ name: 'IDToken2', value: '' }],
          _id: 1,
        },
      ],
      stage: 'Login',
      header: 'Sign in',
      description: 'Who are you?',
    });
  });

  test('of a node that stands alone has no _id, and read-only callbacks count', async () => {
    const { app } = open({
      Ask: { nodes: { m: { type: 'MessageNode', to: { true: SUCCESS, false: FAILURE } } } },
    });
    expect((await start(app, 'Ask')).json<ClientStep>().callbacks).toEqual([
      {
        type: 'TextOutputCallback',
        output: [
          { name: 'message', value: 'Default message' },
          { name: 'messageType', value: '0' },
        ],
      },
      {
        type: 'ConfirmationCallback',
        output: [
          { name: 'prompt', value: '' },
          { name: 'messageType', value: 0 },
          { name: 'options', value: ['Yes', 'No'] },
          { name: 'optionType', value: -1 },
          { name: 'defaultOption', value: 1 },
        ],
        input: [{ name: 'IDToken2', value: 1 }],
      },
    ]);
  });

  test('carries AM’s headers and the transaction id', async () => {
    const { app } = open({ Login: LOGIN });
    const { headers } = await start(app, 'Login', '', { 'x-forgerock-transactionid': 'abc-123' });
    expect(headers).toMatchObject({
      'content-api-version': 'resource=2.1',
      expires: '0',
      pragma: 'no-cache',
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'x-forgerock-transactionid': 'abc-123',
    });
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['cache-control']).toContain('private');
    const odd = await start(app, 'Login', '', { 'x-forgerock-transactionid': 'a b' });
    expect(odd.headers['x-forgerock-transactionid']).toBeUndefined();
  });

  test('has an authId with the claims AM’s clients read, and nothing else to read', async () => {
    const { app } = open({ Login: LOGIN });
    const { authId } = (await start(app, 'Login')).json<ClientStep>();
    const claims = JSON.parse(Buffer.from(authId.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(claims).toEqual({
      otk: expect.any(String) as unknown,
      authIndexType: 'service',
      authIndexValue: 'Login',
      realm: '/',
      sessionId: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/) as unknown,
      exp: NOW / 1_000 + 300,
      iat: NOW / 1_000,
    });
  });
});

describe('success', () => {
  test('gives a token, and the same in a cookie that is safe by default', async () => {
    const { app } = open({ Login: LOGIN });
    const step = (await start(app, 'Login')).json<ClientStep>();
    const response = await callAuthenticate(app, answered(step, GOOD));
    expect(response.statusCode).toBe(200);
    const body = response.json<{ tokenId: string }>();
    expect(body).toEqual({ tokenId: expect.any(String) as unknown, successUrl: '/', realm: '/' });
    expect(response.headers['set-cookie']).toBe(
      `iPlanetDirectoryPro=${body.tokenId}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  test.each([
    ['&noSession=true', {}],
    ['', { noSession: true }],
  ])('without a session: %s %o', async (query, tree) => {
    const { app } = open({ Login: { ...LOGIN, tree } });
    const step = (await start(app, 'Login', query)).json<ClientStep>();
    // What a client says when it begins holds to the end.
    const response = await callAuthenticate(app, answered(step, GOOD));
    expect(response.json()).toEqual({ message: 'Authentication Successful', successUrl: '/', realm: '/' });
    expect(response.headers['set-cookie']).toBeUndefined();
  });

  test('without a user, or for one that is switched off or unknown, is a failure', async () => {
    const trees = {
      Nobody: { nodes: { s: { type: 'SetStateNode', to: { outcome: SUCCESS } } } },
      Mallory: {
        nodes: {
          s: {
            type: 'SetStateNode',
            to: { outcome: SUCCESS },
            config: { attributes: { username: 'mallory' } },
          },
        },
      },
      Off: {
        nodes: {
          s: { type: 'SetStateNode', to: { outcome: SUCCESS }, config: { attributes: { username: 'off' } } },
        },
      },
    };
    const { app } = open(trees, { users: [{ username: 'off', password: 'x', active: false }] });
    for (const tree of Object.keys(trees)) {
      const response = await start(app, tree);
      expect(response.statusCode).toBe(401);
      expect(response.json()).toEqual(LOGIN_FAILURE);
    }
  });

  test('for another than the one who proved something is a failure', async () => {
    const { app } = open({
      Swap: {
        nodes: {
          page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
          check: { type: 'DataStoreDecisionNode', to: { true: 'swap', false: FAILURE } },
          swap: {
            type: 'SetStateNode',
            to: { outcome: SUCCESS },
            config: { attributes: { username: 'bob' } },
          },
        },
      },
    });
    const step = (await start(app, 'Swap')).json<ClientStep>();
    expect((await callAuthenticate(app, answered(step, GOOD))).json()).toEqual(LOGIN_FAILURE);
  });
});

describe('failure', () => {
  test('of a login is AM’s 401', async () => {
    const { app } = open({ Login: LOGIN });
    for (const values of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
    ]) {
      const step = (await start(app, 'Login')).json<ClientStep>();
      const response = await callAuthenticate(app, answered(step, values));
      expect(response.statusCode).toBe(401);
      expect(response.json()).toEqual(LOGIN_FAILURE);
    }
  });

  test('has the URL, the message and the details that nodes set', async () => {
    const { app } = open({
      Fail: {
        nodes: {
          url: {
            type: 'SetFailureUrlNode',
            to: { outcome: 'details' },
            config: { failureUrl: 'https://help.example' },
          },
          details: {
            type: 'SetFailureDetailsNode',
            to: { outcome: FAILURE },
            config: {
              failureMessage: { en: 'Not today', de: 'Heute nicht' },
              failureDetails: { contact: 'desk', codes: '[1,2]' },
            },
          },
        },
      },
    });
    expect((await start(app, 'Fail', '', { 'accept-language': 'de-AT, en;q=0.5' })).json()).toEqual({
      code: 401,
      reason: 'Unauthorized',
      message: 'Heute nicht',
      detail: { contact: 'desk', codes: [1, 2], failureUrl: 'https://help.example' },
    });
  });

  test('of a node is a generic 401', async () => {
    const identities: IdentityStore = {
      ...NOBODY,
      verifyPassword: () => Promise.reject(new Error('secret detail')),
    };
    const { app } = open({ Login: LOGIN }, { identities });
    const step = (await start(app, 'Login')).json<ClientStep>();
    expect((await callAuthenticate(app, answered(step, GOOD))).json()).toEqual(LOGIN_FAILURE);
  });

  test('to come back in time tells clients to begin again', async () => {
    let now = NOW;
    const { app } = open({ Login: LOGIN }, { now: () => now });
    const step = (await start(app, 'Login')).json<ClientStep>();
    now += 5 * 60_000;
    const response = await callAuthenticate(app, answered(step, GOOD));
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({
      code: 401,
      reason: 'Unauthorized',
      message: 'Session has timed out',
      detail: { errorCode: '110' },
    });
  });

  test('a tree has a time of its own', async () => {
    let now = NOW;
    const { app } = open({ Login: { ...LOGIN, tree: { treeTimeout: 10 } } }, { now: () => now });
    const step = (await start(app, 'Login')).json<ClientStep>();
    now += 9 * 60_000;
    expect((await callAuthenticate(app, answered(step, GOOD))).statusCode).toBe(200);
  });
});

describe('protocol faults', () => {
  test.each([
    ['?authIndexType=module&authIndexValue=Login', 400, badRequest('Unknown Authentication Index Type')],
    [
      '?authIndexType=service&authIndexType=service&authIndexValue=Login',
      400,
      badRequest('Unknown Authentication Index Type'),
    ],
    [
      '?authIndexType=service&authIndexValue=Other',
      401,
      { code: 401, reason: 'Unauthorized', message: 'No Configuration found' },
    ],
    ['', 401, { code: 401, reason: 'Unauthorized', message: 'No Configuration found' }],
    [
      '?authIndexType=service&authIndexValue=Inner',
      401,
      { code: 401, reason: 'Unauthorized', message: 'No Configuration found' },
    ],
    [
      '?authIndexType=service&authIndexValue=Transaction',
      401,
      { code: 401, reason: 'Unauthorized', message: 'No Configuration found' },
    ],
    [
      '?authIndexType=service&authIndexValue=Off',
      401,
      { code: 401, reason: 'Unauthorized', message: 'No Configuration found' },
    ],
  ])('start with %s', async (query, status, body) => {
    const { app } = open({
      Login: LOGIN,
      Inner: { ...LOGIN, tree: { innerTreeOnly: true } },
      Off: { ...LOGIN, tree: { enabled: false } },
      Transaction: { ...LOGIN, tree: { transactionalOnly: true } },
    });
    const response = await callAuthenticate(app, undefined, { query });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual(body);
  });

  test('a default journey runs where none is named', async () => {
    const { app } = open({ Login: LOGIN }, { config: { default: 'Login' } });
    expect((await callAuthenticate(app, {})).json<ClientStep>().callbacks).toHaveLength(2);
  });

  const COUNT = 'Incorrect number of callbacks found in JSON response';
  const TYPE = 'Required callback not found in JSON response';
  test.each<[string, (step: ClientStep) => unknown, string]>([
    ['no callbacks', ({ authId }) => ({ authId }), COUNT],
    ['one too few', (step) => ({ ...step, callbacks: step.callbacks.slice(1) }), COUNT],
    ['one too many', (step) => ({ ...step, callbacks: [...step.callbacks, step.callbacks[0]] }), COUNT],
    ['another order', (step) => ({ ...step, callbacks: step.callbacks.toReversed() }), TYPE],
    [
      'another type',
      (step) => ({
        ...step,
        callbacks: step.callbacks.map((one) => ({ ...one, type: 'HiddenValueCallback' })),
      }),
      TYPE,
    ],
    ['no object', (step) => ({ ...step, callbacks: [1, null] }), TYPE],
    [
      'no input',
      (step) => ({ ...step, callbacks: step.callbacks.map(({ type }) => ({ type })) }),
      'JSON Callback does not include a input field',
    ],
    [
      'an input that is no text',
      (step) => answered(step, [{ a: 1 }, 2]),
      'Invalid value for NameCallback in JSON response',
    ],
    [
      'a huge input',
      (step) => answered(step, ['a'.repeat(20_000), 'b']),
      'Invalid value for NameCallback in JSON response',
    ],
  ])('callbacks with %s', async (_, change, message) => {
    const { app } = open({ Login: LOGIN });
    const step = (await start(app, 'Login')).json<ClientStep>();
    const response = await callAuthenticate(app, change(step) as object);
    expect(response.json()).toEqual(badRequest(message));
    // It used nothing up.
    expect((await callAuthenticate(app, answered(step, GOOD))).statusCode).toBe(200);
  });

  test.each<[string, unknown]>([
    ['no text', 7],
    ['nothing', undefined],
    ['no token', 'abc'],
    ['two parts', 'e30.e30'],
    ['no header', 'x.y.z'],
  ])('an authId that is %s', async (_, authId) => {
    const { app } = open({ Login: LOGIN });
    const response = await callAuthenticate(app, { authId, callbacks: [] });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ message: string }>().message).toMatch(/^Failed to parse JWT, /);
  });

  test('an authId that was changed, or comes from another gate or realm', async () => {
    const { app, memory } = open({ Login: LOGIN });
    const step = (await start(app, 'Login')).json<ClientStep>();
    const elsewhere = open({ Login: LOGIN });
    const otherRealm = open({ Login: LOGIN }, { memory, config: { realm: '/alpha' } });
    const filled = answered(step, GOOD);
    const changed = { ...filled, authId: `${step.authId.slice(0, -4)}AAAA` };
    const alpha = { base: '/json/realms/root/realms/alpha' };
    for (const response of [
      await callAuthenticate(app, changed),
      await callAuthenticate(elsewhere.app, filled),
      await callAuthenticate(otherRealm.app, filled, alpha),
    ]) {
      expect(response.json()).toEqual(badRequest('AuthId JWT Signature not valid'));
    }
  });

  test('a step that was sent before', async () => {
    const { app } = open({ Login: LOGIN });
    const step = (await start(app, 'Login')).json<ClientStep>();
    expect((await callAuthenticate(app, answered(step, ['alice', 'wrong']))).statusCode).toBe(401);
    expect((await callAuthenticate(app, answered(step, GOOD))).json()).toEqual(LOGIN_FAILURE);
  });

  test('a journey that was changed meanwhile begins again', async () => {
    const { app, memory } = open({ Login: LOGIN });
    const step = (await start(app, 'Login')).json<ClientStep>();
    const changed = open(
      {
        Login: {
          ...LOGIN,
          nodes: { ...LOGIN.nodes, more: { type: 'SetStateNode', to: { outcome: SUCCESS } } },
        },
      },
      { memory },
    );
    expect((await callAuthenticate(changed.app, answered(step, GOOD))).json()).toMatchObject({
      detail: { errorCode: '110' },
    });
  });

  test.each([
    ['text/plain', 'hello', 415],
    ['application/xml', '<a/>', 415],
    ['application/json', '{', 400],
    ['application/json', '[]', 400],
    ['application/json', '"x"', 400],
    ['application/json', '{"a":1,"a":2}', 400],
    ['application/json', '', 200],
    ['text/plain', '', 200],
  ])('a body of %s %j is %i', async (type, payload, status) => {
    const { app } = open({ Login: LOGIN }, { config: { default: 'Login' } });
    const response = await callAuthenticate(app, payload, { headers: { 'content-type': type } });
    expect(response.statusCode).toBe(status);
    expect(Object.keys(response.json<object>())).toContain(status === 200 ? 'callbacks' : 'code');
  });

  test.each([
    ['protocol=1.0,resource=2.1', 200],
    ['resource=2.0, protocol=1.0', 200],
    ['resource=9.0', 404],
    ['protocol=7.0', 404],
    ['newest', 400],
  ])('Accept-API-Version %s is %i', async (version, status) => {
    const { app } = open({ Login: LOGIN });
    expect((await start(app, 'Login', '', { 'accept-api-version': version })).statusCode).toBe(status);
  });

  test('other methods, resources and realms', async () => {
    const { app } = open({ Login: LOGIN });
    const get = await app.inject({ method: 'GET', url: '/json/realms/root/authenticate' });
    expect([get.statusCode, get.headers['allow']]).toEqual([405, 'POST']);
    for (const url of [
      '/json/realms/root/users',
      '/json/realms/root/realms/beta/authenticate',
      '/json/realms/alpha/authenticate',
      '/json/authenticate?realm=/beta',
    ]) {
      const response = await app.inject({ method: 'POST', url });
      expect([url, response.statusCode]).toEqual([url, 404]);
      expect(response.json()).toMatchObject({ code: 404, reason: 'Not Found' });
    }
  });

  test('without journeys there is nothing', async () => {
    const { app } = open({ Login: LOGIN });
    const { app: bare } = testApp();
    apps.push(bare);
    expect((await start(app, 'Login')).statusCode).toBe(200);
    expect((await start(bare, 'Login')).json()).toEqual({
      code: 404,
      reason: 'Not Found',
      message: 'Resource not found',
    });
  });
});

describe('realms', () => {
  test.each([
    ['/', '/json/authenticate'],
    ['/', '/json/realms/root/authenticate'],
    ['/', '/json/realms/root/authenticate/'],
    ['/alpha', '/json/realms/root/realms/alpha/authenticate'],
    ['/alpha', '/json/authenticate?realm=/alpha'],
    ['/alpha', '/json/authenticate?realm=alpha'],
  ])('%s is answered at %s', async (realm, url) => {
    const { app } = open({ Login: LOGIN }, { config: { realm, default: 'Login' } });
    expect((await app.inject({ method: 'POST', url })).statusCode).toBe(200);
  });
});

describe('an existing session', () => {
  const token = { headers: {} as Record<string, string> };
  const held = (tokenId: string) => ({ ...token.headers, cookie: `iPlanetDirectoryPro=${tokenId}` });

  test('is enough for the journey it came from', async () => {
    const { app } = open({ Login: LOGIN, Other: LOGIN, Must: { ...LOGIN, tree: { mustRun: true } } });
    const tokenId = await login(app);
    expect((await start(app, 'Login', '', held(tokenId))).json()).toEqual({
      tokenId,
      successUrl: '/',
      realm: '/',
    });
    expect((await start(app, 'Login', '', { iplanetdirectorypro: tokenId })).json()).toMatchObject({
      tokenId,
    });
    // Not where it is forced, must run, or is another journey.
    expect((await start(app, 'Login', '&ForceAuth=true', held(tokenId))).json()).toHaveProperty('authId');
    expect((await start(app, 'Other', '', held(tokenId))).json()).toHaveProperty('authId');
    const must = await login(app, 'Must');
    expect((await start(app, 'Must', '', held(must))).json()).toHaveProperty('authId');
  });

  test('that was ended meanwhile says nobody’s name any more', async () => {
    const { app, composed } = open({
      Login: LOGIN,
      Step: { nodes: { m: { type: 'MessageNode', to: { true: SUCCESS, false: FAILURE } } } },
      StepAndLogin: {
        nodes: { m: { type: 'MessageNode', to: { true: 'page', false: FAILURE } }, ...LOGIN.nodes },
      },
    });
    const { sessions } = composed.surface;
    const tokenId = await login(app);
    const begin = async (tree: string) => (await start(app, tree, '', held(tokenId))).json<ClientStep>();
    const [before, after, anew] = [await begin('Step'), await begin('Step'), await begin('StepAndLogin')];
    expect((await callAuthenticate(app, answered(before, [0]))).json()).toHaveProperty('tokenId');
    const live = await sessions.find(tokenId);
    if (live !== undefined) await sessions.revoke(live.session);
    expect((await callAuthenticate(app, answered(after, [0]))).json()).toEqual(LOGIN_FAILURE);
    const page = (await callAuthenticate(app, answered(anew, [0]))).json<ClientStep>();
    expect((await callAuthenticate(app, answered(page, GOOD))).json()).toHaveProperty('tokenId');
  });

  test('is replaced by the new one, which takes over the properties of the same person', async () => {
    const { app, composed } = open({
      First: {
        nodes: {
          ...LOGIN.nodes,
          check: { type: 'DataStoreDecisionNode', to: { true: 'p', false: FAILURE } },
          p: {
            type: 'SetSessionPropertiesNode',
            to: { outcome: SUCCESS },
            config: { properties: { team: 'red' } },
          },
        },
      },
      Second: LOGIN,
    });
    const { sessions } = composed.surface;
    const first = await login(app, 'First');
    const second = await login(app, 'Second', held(first));
    expect((await sessions.find(second))?.session.properties).toEqual({ team: 'red' });
    expect(await sessions.find(first)).toBeUndefined();
    const step = (await start(app, 'First', '', held(second))).json<ClientStep>();
    const bob = (
      await callAuthenticate(app, answered(step, ['bob', 'battery staple']), { headers: held(second) })
    ).json<{ tokenId: string }>();
    expect((await sessions.find(bob.tokenId))?.session).toMatchObject({
      username: 'bob',
      properties: { team: 'red' },
    });
    expect(await sessions.find(second)).toBeUndefined();
  });

  test('named by sessionUpgradeSSOTokenId has to be good', async () => {
    const { app } = open({ Login: LOGIN });
    const tokenId = await login(app);
    expect((await start(app, 'Login', `&sessionUpgradeSSOTokenId=${tokenId}`)).json()).toMatchObject({
      tokenId,
    });
    expect((await start(app, 'Login', '&sessionUpgradeSSOTokenId=bad')).statusCode).toBe(400);
  });

  test('is not enough for a journey that looks at the device', async () => {
    const { app } = open({ Device: DEVICE });
    const headers = { 'x-intune': `CN=${DEVICE_ID}` };
    const tokenId = await login(app, 'Device', headers);
    expect(tokenId).toEqual(expect.any(String));
    expect((await start(app, 'Device', '', { ...headers, ...held(tokenId) })).json()).toHaveProperty(
      'authId',
    );
  });
});

describe('a level that is asked for', () => {
  /** Whoever has to have more than level 1 is asked once more. */
  const STEPS: TreeFixture = {
    nodes: {
      ...LOGIN.nodes,
      check: { type: 'DataStoreDecisionNode', to: { true: 'one', false: FAILURE } },
      one: { type: 'ModifyAuthLevelNode', to: { outcome: 'target' }, config: { authLevelIncrement: 1 } },
      target: {
        type: 'MetadataNode',
        to: { outcome: 'more' },
        config: { attributes: ['targetAuthLevel'] },
      },
      more: {
        type: 'ChoiceCollectorNode',
        to: { more: 'nine', enough: SUCCESS },
        config: { choices: ['more', 'enough'] },
      },
      nine: { type: 'ModifyAuthLevelNode', to: { outcome: SUCCESS }, config: { authLevelIncrement: 9 } },
    },
  };
  const advice = (condition: string, value: string): string =>
    `?authIndexType=composite_advice&authIndexValue=${encodeURIComponent(`<Advices><AttributeValuePair><Attribute name="${condition}"/><Value>${value}</Value></AttributeValuePair></Advices>`)}`;
  const call = (app: FastifyInstance, query: string, tokenId?: string) =>
    callAuthenticate(app, undefined, {
      query,
      headers: tokenId === undefined ? {} : { cookie: `iPlanetDirectoryPro=${tokenId}` },
    });

  /** Signs in as alice, and takes that choice. @returns what the journey was told it should reach, and the token */
  async function climb(app: FastifyInstance, query: string, choice: number, tokenId?: string) {
    const page = (await call(app, query, tokenId)).json<ClientStep>();
    const told = (await callAuthenticate(app, answered(page, GOOD))).json<ClientStep>();
    const asked = (await callAuthenticate(app, told)).json<ClientStep>();
    const headers = tokenId === undefined ? {} : { cookie: `iPlanetDirectoryPro=${tokenId}` };
    const end = await callAuthenticate(app, answered(asked, [choice]), { headers });
    return { target: told.callbacks[0]?.output[0]?.value, token: end.json<{ tokenId: string }>().tokenId };
  }

  test.each([
    '?authIndexType=level&authIndexValue=10',
    advice('AuthLevelConditionAdvice', '10'),
    advice('AuthLevelConditionAdvice', '/:10'),
  ])('leads from a session of less to a session of more: %.60s', async (query) => {
    const { app, composed } = open({ Steps: STEPS }, { config: { default: 'Steps' } });
    const { sessions } = composed.surface;
    const low = await climb(app, '', 1);
    expect((await sessions.find(low.token))?.session.authLevel).toBe(1);
    // Enough for the journey by name, and not for the level.
    expect((await call(app, '', low.token)).json()).toMatchObject({ tokenId: low.token });
    const high = await climb(app, query, 0, low.token);
    expect(high.target).toEqual({ targetAuthLevel: 10 });
    expect((await sessions.find(high.token))?.session.authLevel).toBe(10);
    expect(await sessions.find(low.token)).toBeUndefined();
    expect((await call(app, query, high.token)).json()).toMatchObject({ tokenId: high.token });
    expect((await call(app, `${query}&ForceAuth=true`, high.token)).json()).toHaveProperty('authId');
  });

  test('does not skip a journey that looks at the device', async () => {
    const { app } = open({ Steps: STEPS, Device: DEVICE }, { config: { default: 'Device' } });
    const { token } = await climb(app, '?authIndexType=service&authIndexValue=Steps', 0);
    expect((await call(app, advice('AuthLevelConditionAdvice', '1'), token)).json()).toHaveProperty('authId');
  });

  test('and a journey by advice', async () => {
    const { app } = open({ Steps: STEPS, Login: LOGIN }, { config: { default: 'Steps' } });
    const tokenId = await login(app);
    const query = advice('AuthenticateToServiceConditionAdvice', '/:Login');
    expect((await call(app, query, tokenId)).json()).toMatchObject({ tokenId });
    expect(
      (await call(app, advice('AuthenticateToServiceConditionAdvice', 'Steps'), tokenId)).json(),
    ).toHaveProperty('authId');
  });

  test.each([
    [advice('AuthLevelConditionAdvice', 'ten'), 401, 'No Configuration found'],
    [advice('AuthLevelConditionAdvice', '/beta:10'), 401, 'No Configuration found'],
    [advice('AuthenticateToServiceConditionAdvice', 'Gone'), 401, 'No Configuration found'],
    [advice('AuthenticateToServiceConditionAdvice', ''), 401, 'No Configuration found'],
    [advice('TransactionConditionAdvice', '5f1d'), 401, 'No Configuration found'],
    ['?authIndexType=composite_advice&authIndexValue=10', 400, 'The composite advice cannot be read'],
    ['?authIndexType=composite_advice', 400, 'The composite advice cannot be read'],
    ['?authIndexType=level', 401, 'No Configuration found'],
    ['?authIndexType=user&authIndexValue=alice', 401, 'No Configuration found'],
    ['?authIndexType=module_instance&authIndexValue=LDAP', 401, 'No Configuration found'],
    ['?authIndexType=Service&authIndexValue=Steps', 400, 'Unknown Authentication Index Type'],
  ])('%.70s is %i', async (query, status, message) => {
    const { app } = open({ Steps: STEPS }, { config: { default: 'Steps' } });
    const response = await call(app, query);
    expect([response.statusCode, response.json<{ message: string }>().message]).toEqual([status, message]);
  });
});

const INTUNE = { azureTenantId: TENANT_ID.toUpperCase(), appRegistrationClientId: CLIENT_ID };
/** The device first, then the person. */
const DEVICE: TreeFixture = {
  nodes: {
    intune: { type: 'IntuneNode', to: { COMPLIANT: 'page', NOID: 'page', ERROR: FAILURE }, config: INTUNE },
    page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
    check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
  },
};

describe('the device', () => {
  const presented = { 'x-intune': `CN=${DEVICE_ID}` };

  test('is sealed into the journey and the session', async () => {
    const { app, composed } = open({ Device: DEVICE });
    const tokenId = await login(app, 'Device', presented);
    const live = await composed.surface.sessions.find(tokenId);
    expect(live?.session.device).toMatchObject({ id: DEVICE_ID, outcome: 'Compliant', reason: 'compliant' });
  });

  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['another', { 'x-intune': `CN=${OTHER_ID}` }],
    ['nonsense', { 'x-intune': 'CN=x' }],
  ])('of a later step must not be %s', async (_, headers) => {
    const { app } = open({ Device: DEVICE });
    const step = (await start(app, 'Device', '', presented)).json<ClientStep>();
    expect((await callAuthenticate(app, answered(step, GOOD), { headers })).json()).toEqual(LOGIN_FAILURE);
  });

  test('that was not presented is proved by no session', async () => {
    const { app, composed } = open({ Device: DEVICE });
    const tokenId = await login(app, 'Device');
    const live = await composed.surface.sessions.find(tokenId);
    expect(live?.session.username).toBe('alice');
    expect(live?.session.device).toBeUndefined();
  });

  test('is not believed from a hop that nobody named', async () => {
    const { app } = open({ Device: DEVICE }, { hop: undefined });
    expect((await start(app, 'Device', '', presented)).json()).toMatchObject({ code: 401 });
  });

  test('that Intune does not know is an Error, as in Ping’s node', async () => {
    const tree: TreeFixture = {
      nodes: {
        intune: { type: 'IntuneNode', to: { ERROR: 'say', UNKNOWN: FAILURE }, config: INTUNE },
        say: {
          type: 'SetFailureDetailsNode',
          to: { outcome: FAILURE },
          config: { failureDetails: { was: 'error' } },
        },
      },
    };
    const { app } = open({ Device: tree }, { directory: fakeDirectory([]) });
    expect((await start(app, 'Device', '', presented)).json()).toMatchObject({ detail: { was: 'error' } });
  });

  test('may be read from state that a request header node wrote, and is bound to that header', async () => {
    const tree: TreeFixture = {
      nodes: {
        header: {
          type: 'RequestHeaderNode',
          to: { outcome: 'intune' },
          config: { allowedHeaders: { 'x-intune': 'device' } },
        },
        intune: {
          type: 'IntuneNode',
          to: { COMPLIANT: 'page' },
          config: { ...INTUNE, inTuneSS: true, inTuneHeader: 'device' },
        },
        page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
        check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
      },
    };
    const { app } = open({ Device: tree });
    const step = (await start(app, 'Device', '', presented)).json<ClientStep>();
    expect((await callAuthenticate(app, answered(step, GOOD))).json()).toEqual(LOGIN_FAILURE);
    expect(await login(app, 'Device', presented)).toEqual(expect.any(String));
  });

  test('of a header that was taken apart is bound to it as well, whatever stands around it', async () => {
    const tree: TreeFixture = {
      nodes: {
        header: {
          type: 'RequestHeaderNode',
          to: { outcome: 'intune' },
          config: { allowedHeaders: { 'x-intune': 'device' }, headersToBeDelimited: ['x-intune'] },
        },
        intune: {
          type: 'IntuneNode',
          to: { COMPLIANT: 'page' },
          config: { ...INTUNE, inTuneSS: true, inTuneHeader: 'device' },
        },
        page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
        check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
      },
    };
    const { app } = open({ Device: tree });
    for (const value of [DEVICE_ID, `${DEVICE_ID}\u00A0`]) {
      const headers = { 'x-intune': value };
      const step = (await start(app, 'Device', '', headers)).json<ClientStep>();
      expect((await callAuthenticate(app, answered(step, GOOD))).json()).toEqual(LOGIN_FAILURE);
      expect(await login(app, 'Device', headers)).toEqual(expect.any(String));
    }
  });

  test('of each IntuneNode has to be presented again, not that of the last alone', async () => {
    const tree: TreeFixture = {
      nodes: {
        intune: { type: 'IntuneNode', to: { COMPLIANT: 'other' }, config: INTUNE },
        other: {
          type: 'IntuneNode',
          to: { COMPLIANT: 'page', NOID: 'page' },
          config: { ...INTUNE, inTuneHeader: 'x-other' },
        },
        page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
        check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: FAILURE } },
      },
    };
    const { app } = open({ Device: tree });
    for (const other of [{}, { 'x-other': `CN=${DEVICE_ID}` }]) {
      for (const former of [{}, { 'x-intune': `CN=${OTHER_ID}` }]) {
        const step = (await start(app, 'Device', '', { ...presented, ...other })).json<ClientStep>();
        const end = await callAuthenticate(app, answered(step, GOOD), { headers: { ...former, ...other } });
        expect(end.json()).toEqual(LOGIN_FAILURE);
      }
      expect(await login(app, 'Device', { ...presented, ...other })).toEqual(expect.any(String));
    }
  });

  test('of a tenant that is not configured keeps the journey from running', () => {
    const { composed } = open({
      Device: {
        nodes: {
          intune: {
            type: 'IntuneNode',
            to: { COMPLIANT: SUCCESS },
            config: { ...INTUNE, appRegistrationClientId: 'other' },
          },
        },
      },
    });
    expect(composed.checked.runnable.has('Device')).toBe(false);
    expect(composed.checked.findings).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'badConfiguration',
        path: '/trees/Device/nodes/intune/appRegistrationClientId',
      }),
    );
  });
});

describe('going back to an older step', () => {
  const RETRY: TreeFixture = {
    nodes: {
      page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
      check: { type: 'DataStoreDecisionNode', to: { true: SUCCESS, false: 'retry' } },
      retry: {
        type: 'RetryLimitDecisionNode',
        to: { Retry: 'page', Reject: FAILURE },
        config: { retryLimit: 1, incrementUserAttributeOnFailure: false },
      },
    },
  };

  test('wins no second guess, even where used steps are forgotten', async () => {
    const memory = { ...createJourneyMemory(() => NOW), usedTokens: { claim: () => Promise.resolve(true) } };
    const { app } = open({ Retry: RETRY }, { memory });
    const first = (await start(app, 'Retry')).json<ClientStep>();
    expect((await callAuthenticate(app, answered(first, ['alice', 'wrong']))).statusCode).toBe(200);
    for (let tries = 0; tries < 3; tries += 1) {
      expect((await callAuthenticate(app, answered(first, ['alice', 'wrong']))).statusCode).toBe(401);
    }
  });
});

describe('a journey that waits for a link', () => {
  const LINK: TreeFixture = {
    nodes: {
      page: { ...LOGIN.nodes['page'], type: 'PageNode', to: { outcome: 'check' } },
      check: { type: 'DataStoreDecisionNode', to: { true: 'link', false: FAILURE } },
      link: { type: 'TestLinkNode', to: { outcome: SUCCESS } },
    },
  };

  test('goes on by the link once, and not with the authId', async () => {
    const { defineNodeType, SINGLE_OUTCOME } = await import('../../src/journeys/nodeType.ts');
    const { goTo, suspend } = await import('../../src/journeys/nodeResult.ts');
    const { NO_SETTINGS } = await import('../../src/journeys/nodes/settings.ts');
    const links: string[] = [];
    const link = defineNodeType({
      type: 'TestLinkNode',
      displayName: 'Link',
      configuration: NO_SETTINGS,
      outcomes: () => SINGLE_OUTCOME,
      asks: () => 'always',
      run: ({ resumed }) =>
        resumed
          ? goTo('outcome')
          : suspend((url) => {
              links.push(url);
              return Promise.resolve('An email has been sent');
            }),
    });
    const { app } = open(
      { Link: LINK },
      { types: [link], config: { resumeUrl: 'https://login.example/?a=1' } },
    );
    const step = (await start(app, 'Link')).json<ClientStep>();
    const waiting = await callAuthenticate(app, answered(step, GOOD));
    expect(waiting.json()).toEqual({
      authId: expect.any(String) as unknown,
      callbacks: [
        {
          type: 'SuspendedTextOutputCallback',
          output: [
            { name: 'message', value: 'An email has been sent' },
            { name: 'messageType', value: '0' },
          ],
        },
      ],
    });
    for (const sent of [[], waiting.json<ClientStep>().callbacks]) {
      const response = await callAuthenticate(app, {
        authId: waiting.json<ClientStep>().authId,
        callbacks: sent,
      });
      expect(response.statusCode).toBe(400);
    }
    const url = new URL(links[0] ?? '');
    expect(url.searchParams.get('a')).toBe('1');
    const query = `?suspendedId=${url.searchParams.get('suspendedId')}`;
    const end = await callAuthenticate(app, undefined, { query });
    expect(end.json()).toMatchObject({ tokenId: expect.any(String) as unknown });
    const again = await callAuthenticate(app, {}, { query });
    expect(again.statusCode).toBe(401);
    expect(again.json<{ message: string }>().message).toBe(
      'org.forgerock.openam.auth.nodes.framework.token.SuspendedAuthSessionException: Token not found. It may have expired.',
    );
    expect(links).toHaveLength(1);
  });
});

describe('cross-origin pages', () => {
  const preflight = (app: FastifyInstance, origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/json/realms/root/authenticate',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-requested-platform',
      },
    });

  test('are let in by exact origin only', async () => {
    const { app } = open({ Login: LOGIN }, { config: { corsOrigins: ['https://app.example'] } });
    expect((await preflight(app, 'https://app.example')).headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('x-requested-platform') as unknown,
      vary: 'Origin',
    });
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil']) {
      expect((await preflight(app, origin)).headers['access-control-allow-origin']).toBeUndefined();
    }
    const step = await start(app, 'Login', '', { origin: 'https://app.example' });
    expect(step.headers['access-control-allow-origin']).toBe('https://app.example');
  });

  test('are not let in by default', async () => {
    const { app } = open({ Login: LOGIN });
    expect(
      (await preflight(app, 'https://app.example')).headers['access-control-allow-origin'],
    ).toBeUndefined();
  });
});

test('every callback of the protocol has the fields AM gives it', () => {
  expect(callbacks.hiddenValue('clientId', 'v').input).toEqual([
    { suffix: '', value: 'clientId', takes: 'text' },
  ]);
  expect(callbacks.pollingWait(8_000, 'Waiting').output).toEqual([
    { name: 'waitTime', value: '8000' },
    { name: 'message', value: 'Waiting' },
  ]);
  expect(callbacks.redirect('https://x', 'GET').output.map(({ name }) => name)).toEqual([
    'redirectUrl',
    'redirectMethod',
    'trackingCookie',
  ]);
  expect(callbacks.textInput('Say').output).toEqual([{ name: 'prompt', value: 'Say' }]);
  expect(callbacks.deviceProfile(true, false, 'm').output.map(({ name }) => name)).toEqual([
    'metadata',
    'location',
    'message',
  ]);
  expect(callbacks.textOutput('m', 'script').output[1]).toEqual({ name: 'messageType', value: '4' });
  expect(managedDevice().complianceState).toBe('compliant');
});
