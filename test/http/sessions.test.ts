import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { InjectOptions } from 'fastify';
import { parseAmPath, realmPath } from '../../src/http/am/amPath.ts';
import { parseCookies } from '../../src/http/am/sessionCookie.ts';
import { journeyFile, LOGIN } from '../support/journeyFixtures.ts';
import { answered, callAuthenticate, testJourneys, type ClientStep } from '../support/testJourneys.ts';

const { app } = testJourneys({ files: [journeyFile({ Login: LOGIN })], config: { default: 'Login' } });
afterAll(() => app.close());

let token = '';
beforeEach(async () => {
  const step = (await callAuthenticate(app, undefined)).json<ClientStep>();
  token = (await callAuthenticate(app, answered(step, ['alice', 'correct horse']))).json<{
    tokenId: string;
  }>().tokenId;
});

const DENIED = { code: 401, reason: 'Unauthorized', message: 'Access Denied' };

async function act(
  action: string,
  options: { headers?: Record<string, string>; payload?: InjectOptions['payload'] } = {},
) {
  return app.inject({
    method: 'POST',
    url: `/json/realms/root/sessions/?_action=${action}`,
    headers: { 'content-type': 'application/json', ...options.headers },
    ...(options.payload === undefined ? {} : { payload: options.payload }),
  });
}
const cookie = () => ({ cookie: `a=b; iPlanetDirectoryPro=${token}`, 'x-requested-with': 'test' });

describe('getSessionInfo', () => {
  test.each([
    ['the body', () => ({ payload: { tokenId: token } })],
    ['the cookie', () => ({ headers: cookie() })],
    ['a header named after the cookie', () => ({ headers: { iPlanetDirectoryPro: token } })],
  ])('tells of the session in %s', async (_, options) => {
    expect((await act('getSessionInfo', options())).json()).toEqual({
      username: 'alice',
      universalId: 'id=alice,ou=user',
      realm: '/',
      latestAccessTime: '2026-11-21T12:00:00Z',
      maxIdleExpirationTime: '2026-11-21T12:30:00Z',
      maxSessionExpirationTime: '2026-11-21T14:00:00Z',
      properties: {
        AMCtxId: expect.any(String) as unknown,
        AuthLevel: '0',
        AuthType: 'DataStore',
        Service: 'Login',
      },
    });
  });

  test('denies without one', async () => {
    for (const options of [
      {},
      { payload: { tokenId: 'x' } },
      { headers: { iPlanetDirectoryPro: `${token}x` } },
    ]) {
      const response = await act('getSessionInfo', options);
      expect([response.statusCode, response.json()]).toEqual([401, DENIED]);
    }
  });
});

describe('logout', () => {
  test('ends the session, and takes the cookie away', async () => {
    const response = await act('logout', { headers: cookie() });
    expect(response.json()).toEqual({ result: 'Successfully logged out' });
    expect(response.headers['set-cookie']).toBe(
      'iPlanetDirectoryPro=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    expect((await act('logout', { headers: cookie() })).json()).toEqual(DENIED);
    expect((await act('validate', { headers: cookie() })).json()).toEqual({ valid: false });
  });

  test('is not done for another site that only makes the browser send its cookie', async () => {
    const response = await act('logout', { headers: { cookie: `iPlanetDirectoryPro=${token}` } });
    expect(response.statusCode).toBe(403);
    expect((await act('validate', { headers: cookie() })).json()).toMatchObject({ valid: true });
  });

  test('goes by no cookie that is there twice', async () => {
    const response = await act('logout', {
      headers: { ...cookie(), cookie: `iPlanetDirectoryPro=${token}; iPlanetDirectoryPro=x` },
    });
    expect(response.json()).toEqual(DENIED);
  });
});

test('validate and refresh', async () => {
  expect((await act('validate', { payload: { tokenId: token } })).json()).toEqual({
    valid: true,
    sessionUid: expect.any(String) as unknown,
    uid: 'alice',
    realm: '/',
  });
  expect((await act('refresh', { headers: cookie() })).json()).toMatchObject({ username: 'alice' });
  for (const action of ['other', '', 'logout&_action=validate']) {
    expect((await act(action, { headers: cookie() })).statusCode).toBe(400);
  }
});

test('serverinfo names the cookie', async () => {
  const response = await app.inject({
    method: 'GET',
    url: '/json/serverinfo/*',
    headers: { 'accept-api-version': 'resource=1.1' },
  });
  expect(response.headers['content-api-version']).toBe('resource=1.1');
  expect(response.json()).toMatchObject({
    _id: '*',
    cookieName: 'iPlanetDirectoryPro',
    secureCookie: true,
    realm: '/',
    forgotPassword: 'false',
    zeroPageLogin: { enabled: false },
  });
  expect(
    (await app.inject({ method: 'GET', url: '/json/realms/root/serverinfo/version' })).json(),
  ).toMatchObject({ _id: 'version' });
});

describe('the well-known document', () => {
  const URL_PATH = '/oauth2/realms/root/.well-known/openid-configuration';
  test('leads clients back to where they came from', async () => {
    const response = await app.inject({
      method: 'GET',
      url: URL_PATH,
      headers: { host: 'gate.example:8080' },
    });
    expect(response.json()).toMatchObject({
      issuer: 'http://gate.example:8080/oauth2/realms/root',
      authorization_endpoint: 'http://gate.example:8080/oauth2/realms/root/authorize',
      token_endpoint: 'http://gate.example:8080/oauth2/realms/root/access_token',
      jwks_uri: 'http://gate.example:8080/oauth2/realms/root/connect/jwk_uri',
    });
  });

  test('has the configured origin, whatever the Host header says', async () => {
    const other = testJourneys({
      files: [journeyFile({ Login: LOGIN })],
      config: { realm: '/alpha', publicUrl: 'https://login.example' },
    });
    const response = await other.app.inject({
      method: 'GET',
      url: '/oauth2/realms/root/realms/alpha/.well-known/openid-configuration',
      headers: { host: 'evil.example' },
    });
    expect(response.json<{ issuer: string }>().issuer).toBe(
      'https://login.example/oauth2/realms/root/realms/alpha',
    );
    await other.app.close();
  });

  test('is not made from a Host header that is none', async () => {
    const response = await app.inject({ method: 'GET', url: URL_PATH, headers: { host: 'a"b' } });
    expect(response.statusCode).toBe(400);
  });

  test('names endpoints that say they are not there', async () => {
    const response = await app.inject({ method: 'POST', url: '/oauth2/realms/root/access_token' });
    expect(response.json()).toMatchObject({ code: 404 });
  });
});

test.each([
  ['authenticate', { realm: undefined, resource: 'authenticate' }],
  ['realms/root/authenticate', { realm: '/', resource: 'authenticate' }],
  ['realms/root/realms/a/realms/b/sessions/', { realm: '/a/b', resource: 'sessions' }],
  ['realms/root/serverinfo/%2A', { realm: '/', resource: 'serverinfo/*' }],
  ['realms/alpha/authenticate', undefined],
  ['realms', undefined],
  ['realms/root/realms/..%2F/authenticate', undefined],
  ['%', undefined],
])('the path %s', (path, parsed) => {
  expect(parseAmPath(path)).toEqual(parsed);
});

test('realm paths and cookies', () => {
  expect([realmPath('/'), realmPath('/alpha')]).toEqual(['realms/root', 'realms/root/realms/alpha']);
  expect([...parseCookies('a=1; b="2"; c; a=3; =4')]).toEqual([
    ['b', '2'],
    ['', '4'],
  ]);
});
