import { afterEach, describe, expect, test } from 'vitest';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { DEVICE_ID, fakeDirectory, managedDevice } from '../support/fakeDirectory.ts';
import { API_KEY, OTHER_KEY, testApp } from '../support/testApp.ts';

let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const GOOD_BODY = {
  node: 'default',
  request: { headers: { 'x-intune': [`CN=${DEVICE_ID}`] } },
  sharedState: {},
};

async function post(
  body: InjectOptions['payload'],
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  app ??= testApp().app;
  return app.inject({
    method: 'POST',
    url: '/v1/decisions',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
}

describe('POST /v1/decisions', () => {
  test('answers with a flat decision', async () => {
    const response = await post(GOOD_BODY);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.json()).toMatchObject({
      outcome: 'Compliant',
      outcomeId: 'COMPLIANT',
      deviceId: DEVICE_ID,
      sharedState: { INTUNE_complianceState: 'compliant' },
    });
  });

  test.each([
    [{}, false],
    [{ recheck: false }, false],
    [{ recheck: true }, true],
  ])('%j hands the wish for a recheck on', async (more, wish) => {
    const wishes: unknown[] = [];
    const directory = fakeDirectory([managedDevice()]);
    ({ app } = testApp({
      ...directory,
      findManagedDevice: (id, options) => {
        wishes.push(options.recheck);
        return directory.findManagedDevice(id, options);
      },
    }));
    await post({ ...GOOD_BODY, ...more });
    expect(wishes).toEqual([wish]);
  });

  test.each(['true', 1, null, {}])('a wish for a recheck that is %j is a 400', async (recheck) => {
    const response = await post({ ...GOOD_BODY, recheck });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ errors: [{ pointer: '/recheck' }] });
  });

  test('an Error is a decision, too', async () => {
    const response = await post({ request: { headers: { 'x-intune': ['nonsense'] } } });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ outcome: 'Error', reason: 'deviceIdMalformed' });
  });

  test('never echoes the shared state that came in', async () => {
    const response = await post({
      ...GOOD_BODY,
      sharedState: { marker: 'do-not-echo', INTUNE_deviceName: 'do-not-echo' },
    });
    expect(response.body).not.toContain('do-not-echo');
  });

  test('takes a header as text as well as a list', async () => {
    expect((await post({ request: { headers: { 'X-Intune': DEVICE_ID } } })).json()).toMatchObject({
      outcome: 'Compliant',
    });
  });

  test('defaults to the node "default" and to nothing presented', async () => {
    expect((await post({})).json()).toMatchObject({ outcome: 'NoId', node: 'default' });
  });
});

describe('callers', () => {
  test.each([
    ['no key', ''],
    ['an unknown key', 'Bearer igk_unknown_0123456789abcdefghijklmnop'],
    ['a short key', 'Bearer short'],
    ['another scheme', `Basic ${API_KEY}`],
    ['a key with more behind it', `Bearer ${API_KEY} x`],
    ['two keys', `Bearer ${API_KEY}, Bearer ${API_KEY}`],
    ['a huge key', `Bearer ${'x'.repeat(5_000)}`],
  ])('with %s are refused', async (_, authorization) => {
    const response = await post(GOOD_BODY, { authorization });
    expect(response.statusCode).toBe(401);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(response.json()).toMatchObject({ type: 'urn:intune-gate:problem:unauthenticated', status: 401 });
  });

  test('are told before the body is looked at', async () => {
    expect((await post('{', { authorization: '' })).statusCode).toBe(401);
    expect((await post('x'.repeat(1_000_000), { authorization: '' })).statusCode).toBe(401);
  });

  test('may ask their own nodes only', async () => {
    expect((await post(GOOD_BODY, { authorization: `Bearer ${OTHER_KEY}` })).statusCode).toBe(403);
  });

  test('learn about a node that does not exist', async () => {
    const response = await post({ ...GOOD_BODY, node: 'nowhere' });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ errors: [{ pointer: '/node' }] });
  });
});

describe('a body', () => {
  const deep = `{"sharedState":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`;
  test.each<[string, InjectOptions['payload'], number]>([
    ['empty', '', 400],
    ['blank', '  ', 400],
    ['cut', '{"node":', 400],
    ['a list', '[]', 400],
    ['text', '"x"', 400],
    ['null', 'null', 400],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['nested deeply', deep, 400],
    ['with __proto__', '{"sharedState":{"__proto__":{"x":1}}}', 400],
    ['with __proto__ in escapes', '{"sharedState":{"\\u005f_proto__":{"x":1}}}', 400],
    ['with constructor', '{"request":{"headers":{"constructor":["x"]}}}', 400],
    ['with a key twice', `{"request":{"headers":{"x-intune":["${DEVICE_ID}"],"x-intune":["x"]}}}`, 400],
    ['with a key twice in escapes', `{"node":"default","\\u006eode":"x"}`, 400],
    ['too large', JSON.stringify({ sharedState: { a: 'x'.repeat(70_000) } }), 413],
  ])('that is %s is refused', async (_, body, status) => {
    const response = await post(body);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ status, detail: expect.any(String) as string });
    expect(response.body).not.toMatch(/\bat .*:\d+:\d+/);
  });

  test.each<[string, object, string]>([
    ['an unknown field', { sharedstate: {} }, '/sharedstate'],
    ['a wrong type', { request: { headers: { 'x-intune': 7 } } }, '/request/headers/x-intune'],
    ['no node name', { node: '' }, '/node'],
    ['no address', { request: { peerAddress: 'here' } }, '/request/peerAddress'],
    [
      'thousands of headers',
      { request: { headers: Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`h${i}`, 'x'])) } },
      '/request/headers',
    ],
    ['a huge header', { request: { headers: { a: 'x'.repeat(20_000) } } }, '/request/headers/a'],
    ['shared state that is a list', { sharedState: [] }, '/sharedState'],
  ])('with %s is refused by name', async (_, body, pointer) => {
    const response = await post(body);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer).toBe(pointer);
  });

  test('must be JSON by its content type', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).statusCode).toBe(415);
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-8' })).statusCode).toBe(200);
  });
});

describe('everything else', () => {
  test('health is open and says nothing', async () => {
    app = testApp().app;
    expect((await app.inject('/livez')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ok' });
  });

  test('unknown routes and methods are problems', async () => {
    app = testApp().app;
    expect((await app.inject('/nowhere')).statusCode).toBe(404);
    const wrongMethod = await app.inject('/v1/decisions');
    expect(wrongMethod.statusCode).toBe(405);
    expect(wrongMethod.headers['allow']).toBe('POST');
  });

  test('more header lines than any proxy sends are refused', async () => {
    const headers = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, '1']));
    expect((await post(GOOD_BODY, headers)).statusCode).toBe(431);
  });

  test('the contract can be read', async () => {
    app = testApp().app;
    const openapi = (await app.inject('/openapi.json')).json<{ openapi: string; paths: object }>();
    expect(openapi.openapi).toBe('3.1.0');
    // Operations on devices and groups, and events, have tests of their own.
    expect(
      Object.keys(openapi.paths).filter(
        (path) => !/^\/(v1\/(devices|groups|operations|approvals|history|events)|mcp)/.test(path),
      ),
    ).toEqual([
      '/v1/decisions',
      '/auth/request',
      '/auth/policies/{policy}/request',
      '/auth/forward',
      '/auth/policies/{policy}/forward',
      '/auth/ext-authz/{path}',
      '/auth/policies/{policy}/ext-authz/{path}',
      '/v1/device',
      '/v1/device/recheck',
      '/.well-known/ssf-configuration',
      '/livez',
      '/readyz',
      '/metrics',
      '/health',
    ]);
  });
});

describe('the log', () => {
  test('has one line per decision, without the device, the user or the key', async () => {
    const built = testApp(
      fakeDirectory([managedDevice({ properties: { userPrincipalName: 'acarter@contoso.example' } })]),
    );
    app = built.app;
    await post({ ...GOOD_BODY, sharedState: { username: 'acarter' } });
    await app.close();
    const lines = built.log.filter((line) => line.includes('"decision"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      node: 'default',
      caller: 'journeys',
      outcome: 'Compliant',
      reason: 'compliant',
      durationMs: expect.any(Number) as number,
    });
    expect(built.log.join('')).not.toMatch(new RegExp(`${DEVICE_ID}|acarter|${API_KEY}`));
  });

  test('does not repeat what malformed requests hold', async () => {
    const built = testApp();
    app = built.app;
    await post('{"marker-in-body":');
    await post({ 'marker-in-body': 1 });
    expect(built.log.join('')).not.toContain('marker-in-body');
  });
});
