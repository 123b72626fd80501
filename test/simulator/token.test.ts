import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, GRAPH_SCOPE, startSimulatorClient, textOf } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

let client: SimulatorClient;
let secretForm: Record<string, string>;
let userForm: Record<string, string>;

beforeAll(async () => {
  client = await startSimulatorClient({ dnsNames: ['simulator'] });
});
afterAll(() => client.close());
beforeEach(() => {
  client.simulator.reset();
  const [app] = client.simulator.world.apps;
  const [user] = client.simulator.world.users;
  const clientId = app?.clientId ?? '';
  const secret = app?.secrets[0]?.value ?? '';
  secretForm = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    scope: GRAPH_SCOPE,
  };
  userForm = {
    grant_type: 'password',
    client_id: clientId,
    client_secret: secret,
    username: user?.userPrincipalName ?? '',
    password: user?.password ?? '',
    scope: `${GRAPH_SCOPE} openid profile offline_access`,
    client_info: '1',
  };
});

function defaultApp() {
  const [app] = client.simulator.world.apps;
  if (app === undefined) throw new Error('no app');
  return app;
}

describe('discovery', () => {
  test.each(['id', 'domain'] as const)('knows the tenant by its %s', async (key) => {
    const { origin, world } = client.simulator;
    const tenant = world.tenant[key];
    const { status, json } = await client.get(`/${tenant}/v2.0/.well-known/openid-configuration`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      issuer: `${origin}/${tenant}/v2.0`,
      token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
      jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    });
  });

  test('names the host by which it was asked', async () => {
    const { json } = await client.get(
      `/${client.simulator.world.tenant.id}/v2.0/.well-known/openid-configuration`,
      {
        host: 'simulator:8443',
      },
    );
    expect(json['token_endpoint']).toContain('https://simulator:8443/');
  });

  test('refuses an unknown tenant', async () => {
    const { status, json } = await client.get('/other.example/v2.0/.well-known/openid-configuration');
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] });
  });

  test('publishes the key', async () => {
    const { json } = await client.get(`/${client.simulator.world.tenant.id}/discovery/v2.0/keys`);
    expect(json['keys']?.[0]).toMatchObject({ kty: 'EC', alg: 'ES256' });
  });
});

describe('client_credentials with a secret', () => {
  test('gives a token with the granted roles', async () => {
    const { status, json, headers } = await client.token(secretForm);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['token_type', 'expires_in', 'ext_expires_in', 'access_token']);
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 });
    expect(headers['cache-control']).toContain('no-store');
    const claims = claimsOf(json['access_token']);
    expect(claims).toMatchObject({
      aud: 'https://graph.microsoft.com',
      appid: defaultApp().clientId,
      tid: client.simulator.world.tenant.id,
      roles: defaultApp().roles,
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3599);
  });

  test('takes the secret by HTTP Basic, form-encoded', async () => {
    defaultApp().secrets = [{ value: 'a b:c%+ä', expired: false }];
    const { client_secret: _unused, client_id: clientId, ...form } = secretForm;
    const pair = `${clientId}:${encodeURIComponent('a b:c%+ä')}`;
    const answer = await client.token(form, {
      headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    });
    expect(answer.status).toBe(200);
  });

  test('works with the domain instead of the tenant id', async () => {
    const { status } = await client.token(secretForm, {
      tenant: client.simulator.world.tenant.domain.toUpperCase(),
    });
    expect(status).toBe(200);
  });

  test('takes its lifetime and refresh_in from the world', async () => {
    client.simulator.world.tokens = {
      lifetimeSeconds: 700,
      refreshInSeconds: 300,
      managedIdentityLifetimeSeconds: 1,
    };
    const { json } = await client.token(secretForm);
    expect(json).toMatchObject({ expires_in: 700, refresh_in: 300 });
  });

  test('gives a token without roles if there is no consent', async () => {
    defaultApp().consented = false;
    const { status, json } = await client.token(secretForm);
    expect(status).toBe(200);
    expect(claimsOf(json['access_token'])).not.toHaveProperty('roles');
  });

  test('gives a token for the simulator itself as Graph', async () => {
    const { json } = await client.token({ ...secretForm, scope: `${client.simulator.origin}/.default` });
    expect(claimsOf(json['access_token'])['aud']).toBe(client.simulator.origin);
    const answer = await client.graph('/v1.0/deviceManagement', textOf(json['access_token']));
    expect(answer.status).toBe(200);
  });
});

describe('errors of client_credentials', () => {
  test.each<[string, number, number, string, () => Record<string, string> | void]>([
    ['wrong secret', 7000215, 401, 'invalid_client', () => ({ client_secret: 'wrong' })],
    [
      'expired secret',
      7000222,
      401,
      'invalid_client',
      () => defaultApp().secrets.forEach((s) => (s.expired = true)),
    ],
    [
      'unknown app',
      700016,
      400,
      'unauthorized_client',
      () => ({ client_id: '11111111-1111-4111-8111-111111111111' }),
    ],
    [
      'no service principal',
      7000229,
      400,
      'invalid_client',
      () => void (defaultApp().servicePrincipal = false),
    ],
    [
      'scope that is no default',
      70011,
      400,
      'invalid_scope',
      () => ({ scope: 'https://graph.microsoft.com/User.Read' }),
    ],
    [
      'scopes of two resources',
      70011,
      400,
      'invalid_scope',
      () => ({ scope: `${GRAPH_SCOPE} https://management.azure.com/.default` }),
    ],
    [
      'unknown resource',
      500011,
      400,
      'invalid_resource',
      () => ({ scope: 'https://graph.example/.default' }),
    ],
    ['no scope', 900144, 400, 'invalid_request', () => ({ scope: '' })],
    ['unknown grant', 70003, 400, 'unsupported_grant_type', () => ({ grant_type: 'device_code' })],
    ['no grant', 900144, 400, 'invalid_request', () => ({ grant_type: '' })],
  ])('%s is AADSTS%i', async (_name, code, status, error, change) => {
    const answer = await client.token({ ...secretForm, ...change() });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error, error_codes: [code] });
    expect(answer.json['error_description']).toMatch(
      new RegExp(
        `^AADSTS${code}: .+ Trace ID: \\S{36} Correlation ID: \\S{36} Timestamp: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ$`,
      ),
    );
    expect(answer.text).not.toContain(secretForm['client_secret']);
  });

  test('no credential is 7000218', async () => {
    const { client_secret: _none, ...form } = secretForm;
    const { status, json } = await client.token(form);
    expect([status, json['error'], json['error_codes']]).toEqual([401, 'invalid_client', [7000218]]);
  });

  test('unknown tenant is 90002; common has no tenant', async () => {
    expect((await client.token(secretForm, { tenant: 'other.example' })).json).toMatchObject({
      error: 'invalid_request',
      error_codes: [90002],
    });
    expect((await client.token(secretForm, { tenant: 'common' })).json).toMatchObject({
      error_codes: [50059],
    });
  });

  test('the correlation id is the caller’s', async () => {
    const id = 'c0ffee00-1111-4222-8333-444444444444';
    const { json } = await client.token({ ...secretForm, client_secret: 'wrong', 'client-request-id': id });
    expect(json['correlation_id']).toBe(id);
  });

  test('a body of another type is answered like an empty form, not with 415', async () => {
    const { json } = await client.token({}, { headers: { 'content-type': 'application/json' } });
    expect(json).toMatchObject({ error_codes: [900144] });
  });
});

describe('password grant', () => {
  test('gives all that MSAL asks for', async () => {
    const { status, json } = await client.token(userForm);
    expect(status).toBe(200);
    const { users, tenant } = client.simulator.world;
    expect(claimsOf(json['access_token'])).toMatchObject({
      scp: defaultApp().scopes.join(' '),
      oid: users[0]?.objectId,
    });
    expect(claimsOf(json['id_token'])).toMatchObject({
      aud: defaultApp().clientId,
      preferred_username: users[0]?.userPrincipalName,
      ver: '2.0',
    });
    expect(JSON.parse(Buffer.from(textOf(json['client_info']), 'base64url').toString())).toEqual({
      uid: users[0]?.objectId,
      utid: tenant.id,
    });
    expect(json['scope']).toContain('https://graph.microsoft.com/User.Read');
    expect(json['refresh_token']).toEqual(expect.any(String));
  });

  test('works with a bare permission, without a secret, at organizations', async () => {
    const { client_secret: _none, ...form } = userForm;
    const scope = 'DeviceManagementManagedDevices.Read.All';
    const { status, json } = await client.token({ ...form, scope }, { tenant: 'organizations' });
    expect(status).toBe(200);
    expect(json).not.toHaveProperty('refresh_token');
    expect(json).not.toHaveProperty('id_token');
    expect(claimsOf(json['access_token'])['scp']).toBe(scope);
  });

  test('a refresh token gives a new token, an invented one 70000', async () => {
    const first = await client.token(userForm);
    const form = {
      grant_type: 'refresh_token',
      client_id: defaultApp().clientId,
      client_secret: userForm['client_secret'] ?? '',
      refresh_token: textOf(first.json['refresh_token']),
      scope: `${GRAPH_SCOPE} offline_access`,
    };
    const second = await client.token(form);
    expect(second.status).toBe(200);
    expect(second.json['access_token']).not.toBe(first.json['access_token']);
    expect((await client.token({ ...form, refresh_token: 'no' })).json).toMatchObject({
      error: 'invalid_grant',
      error_codes: [70000],
    });
  });

  test.each<[string, number, string | undefined, () => Record<string, string> | void]>([
    ['wrong password', 50126, undefined, () => ({ password: 'wrong' })],
    ['unknown user', 50126, undefined, () => ({ username: 'nobody@contoso.example' })],
    ['no consent', 65001, 'consent_required', () => void (defaultApp().consented = false)],
    ['permission that was not granted', 65001, 'consent_required', () => ({ scope: 'Mail.Read' })],
  ])('%s is AADSTS%i', async (_name, code, suberror, change) => {
    const { status, json } = await client.token({ ...userForm, ...change() });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: 'invalid_grant', error_codes: [code] });
    expect(json['suberror']).toBe(suberror);
  });

  test('an account with MFA is 50076 with basic_action and claims', async () => {
    const mfa = client.simulator.world.users.find(({ mfaRequired }) => mfaRequired);
    const { status, json } = await client.token({
      ...userForm,
      username: mfa?.userPrincipalName ?? '',
      password: mfa?.password ?? '',
    });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: 'invalid_grant', suberror: 'basic_action', error_codes: [50076] });
    expect(JSON.parse(textOf(json['claims']))).toHaveProperty('access_token');
  });

  test('needs a credential unless the app is a public client', async () => {
    defaultApp().publicClient = false;
    const { client_secret: _none, ...form } = userForm;
    expect((await client.token(form)).json).toMatchObject({ error_codes: [7000218] });
  });
});
