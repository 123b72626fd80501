import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import Fastify from 'fastify';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { controlRoutes } from '../../src/simulator/routes/control.ts';
import { createRequestLog } from '../../src/simulator/requestLog.ts';
import { createThrottleMeter } from '../../src/simulator/throttleMeter.ts';
import { createTokenSigner } from '../../src/simulator/tokenSigner.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { startSimulatorClient } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startSimulatorClient();
});
afterAll(() => client.close());
beforeEach(() => client.simulator.reset());

describe('access', () => {
  test.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Basic wrong' }],
  ])('%s is 401', async (_name, headers) => {
    const answer = await client.get('/control/state', headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test('a Graph token is no control key', async () => {
    expect((await client.graph('/control/state')).status).toBe(401);
  });

  test.each([
    ['127.0.0.1', 200],
    ['::1', 200],
    ['::ffff:127.0.0.5', 200],
    ['10.0.0.7', 403],
    ['::ffff:10.0.0.7', 403],
  ])('a caller at %s gets %i', async (remoteAddress, status) => {
    const app = Fastify();
    const now = Date.now;
    const context = {
      world: createWorld({ now }),
      now,
      signer: createTokenSigner({ now }),
      log: createRequestLog(),
      throttle: createThrottleMeter({ now }),
      closing: new AbortController().signal,
      reset: () => undefined,
    };
    await app.register(controlRoutes({ context, key: 'k' }));
    const answer = await app.inject({
      url: '/control/requests',
      remoteAddress,
      headers: { authorization: 'Bearer k', 'x-forwarded-for': '127.0.0.1' },
    });
    expect(answer.statusCode).toBe(status);
    await app.close();
  });

  test('an unknown route is 404', async () => {
    expect((await client.control('GET', '/nothing')).status).toBe(404);
  });
});

describe('devices', () => {
  const path = `/devices/${deviceIds.compliant}`;

  test('PATCH merges and answers the device; Graph sees it', async () => {
    const { status, json } = await client.control('PATCH', path, {
      complianceState: 'noncompliant',
      notes: 'told only by $select',
      azureADDeviceId: null,
      note: 'changed',
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: deviceIds.compliant,
      complianceState: 'noncompliant',
      notes: 'told only by $select',
      note: 'changed',
    });
    const graph = await client.graph(`/v1.0/deviceManagement/managedDevices/${deviceIds.compliant}`);
    expect(graph.json).toMatchObject({ complianceState: 'noncompliant', azureADDeviceId: null, notes: null });
  });

  test('PATCH takes a state nobody knows, and apps', async () => {
    const { status } = await client.control('PATCH', path, {
      complianceState: 'somethingNew',
      detectedApps: [{ id: 'x', displayName: 'X' }],
    });
    expect(status).toBe(200);
    const apps = await client.graph(
      `/beta/deviceManagement/managedDevices/${deviceIds.compliant}/detectedApps`,
    );
    expect(apps.json['value']).toMatchObject([{ displayName: 'X', version: '' }]);
  });

  test.each<[string, unknown, string]>([
    ['unknown property', { complianceStat: 'x' }, 'complianceStat'],
    ['wrong type', { isEncrypted: 'yes' }, 'isEncrypted'],
    ['null where Graph never has it', { complianceState: null }, 'complianceState'],
    ['another id', { id: '11111111-1111-4111-8111-111111111111' }, 'id'],
    ['wrong apps', { detectedApps: [{ id: 'x' }] }, 'detectedApps.0.displayName'],
    ['wrong note', { note: 1 }, 'note'],
    ['no object', [], ''],
  ])('%s is 400, names the field and changes nothing', async (_name, body, field) => {
    const before = structuredClone(client.simulator.world.devices.get(deviceIds.compliant));
    const { status, json } = await client.control('PATCH', path, body);
    expect(status).toBe(400);
    expect(json['errors']).toMatchObject([{ field }]);
    expect(client.simulator.world.devices.get(deviceIds.compliant)).toEqual(before);
  });

  test('a body that is no JSON is 400', async () => {
    const answer = await client.control('PATCH', path);
    expect(answer.status).toBe(400);
    expect(answer.json['status']).toBe(400);
  });

  test('an unknown device is 404', async () => {
    expect((await client.control('PATCH', '/devices/11111111-1111-4111-8111-111111111111', {})).status).toBe(
      404,
    );
    expect((await client.control('DELETE', '/devices/11111111-1111-4111-8111-111111111111')).status).toBe(
      404,
    );
  });

  test('POST adds a device with its Entra record, DELETE removes it', async () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000001';
    const azureADDeviceId = 'bbbbbbbb-0000-4000-8000-000000000001';
    const created = await client.control('POST', '/devices', {
      id,
      azureADDeviceId,
      complianceState: 'compliant',
      deviceName: 'NEW',
    });
    expect(created.status).toBe(201);
    expect((await client.control('POST', '/devices', { id })).status).toBe(409);
    expect((await client.graph(`/v1.0/deviceManagement/managedDevices/${id}`)).json).toMatchObject({
      deviceName: 'NEW',
    });
    expect((await client.graph(`/v1.0/devices(deviceId='${azureADDeviceId}')`)).status).toBe(200);
    expect((await client.control('DELETE', `/devices/${id}`)).status).toBe(204);
    expect((await client.graph(`/v1.0/deviceManagement/managedDevices/${id}`)).status).toBe(404);
  });

  test('POST makes an id if none is given and refuses one that is none', async () => {
    const { json } = await client.control('POST', '/devices', {});
    expect(json['id']).toMatch(/^[0-9a-f-]{36}$/);
    const refused = await client.control('POST', '/devices', { id: 'x' });
    expect([refused.status, refused.json['errors']?.[0]?.['field']]).toEqual([400, 'id']);
  });
});

describe('the rest of the world', () => {
  test('Entra devices', async () => {
    const path = '/entraDevices/e0000001-0000-4000-8000-000000000001';
    const { status, json } = await client.control('PATCH', path, {
      accountEnabled: false,
      isCompliant: null,
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ accountEnabled: false, isCompliant: null });
    expect(
      (await client.control('PATCH', path, { accountEnabled: 'no' })).json['errors']?.[0]?.['field'],
    ).toBe('accountEnabled');
    expect((await client.control('PATCH', '/entraDevices/none', {})).status).toBe(404);
  });

  test('tenant', async () => {
    const { json } = await client.control('PATCH', '/tenant', { settings: { secureByDefault: false } });
    expect(json['settings']).toEqual({
      deviceComplianceCheckinThresholdDays: 30,
      isScheduledActionEnabled: true,
      secureByDefault: false,
    });
    const wrong = await client.control('PATCH', '/tenant', { settings: { secureByDefult: false } });
    expect([wrong.status, wrong.json['errors']?.[0]?.['field']]).toEqual([400, 'settings.secureByDefult']);
  });

  test('tokens', async () => {
    await client.control('PATCH', '/tokens', { lifetimeSeconds: 700 });
    expect(client.simulator.world.tokens.lifetimeSeconds).toBe(700);
    expect((await client.control('PATCH', '/tokens', { lifetimeSeconds: 0 })).status).toBe(400);
  });

  test('apps, without repeating secrets', async () => {
    const { clientId } = client.app;
    const answer = await client.control('PATCH', `/apps/${clientId}`, {
      roles: [],
      secrets: [{ value: 'brand-new', expired: true }],
    });
    expect(answer.json).toMatchObject({ roles: [], secrets: [{ expired: true }] });
    expect(answer.text).not.toContain('brand-new');
    expect(client.simulator.world.apps[0]?.secrets).toEqual([{ value: 'brand-new', expired: true }]);
    const wrong = await client.control('PATCH', `/apps/${clientId}`, { certificates: ['nonsense'] });
    expect([wrong.status, wrong.json['errors']?.[0]?.['field']]).toEqual([400, 'certificates.0']);
    expect((await client.control('PATCH', '/apps/none', {})).status).toBe(404);
  });

  test('users, without repeating passwords', async () => {
    const upn = client.simulator.world.users[0]?.userPrincipalName ?? '';
    const answer = await client.control('PATCH', `/users/${upn}`, {
      password: 'new-password',
      intuneRole: false,
    });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('new-password');
    expect(client.simulator.world.users[0]).toMatchObject({ password: 'new-password', intuneRole: false });
    expect((await client.control('PATCH', '/users/none', {})).status).toBe(404);
  });

  test('state shows everything but secrets', async () => {
    const { text, json } = await client.control('GET', '/state');
    expect(json['devices']).toHaveLength(client.simulator.world.devices.size);
    for (const { secrets } of client.simulator.world.apps) expect(text).not.toContain(secrets[0]?.value);
    for (const { password } of client.simulator.world.users) expect(text).not.toContain(password);
  });

  test('reset goes back to the start, in the same world object', async () => {
    const { world } = client.simulator;
    await client.control('DELETE', `/devices/${deviceIds.compliant}`);
    await client.control('PATCH', '/tenant', { licensed: false });
    await client.control('POST', '/faults', { fault: { kind: 'reset' } });
    expect((await client.control('POST', '/reset')).status).toBe(204);
    expect(client.simulator.world).toBe(world);
    expect(world.devices.has(deviceIds.compliant)).toBe(true);
    expect(world.tenant.licensed).toBe(true);
    expect(world.faults).toEqual([]);
  });
});

describe('faults', () => {
  test('are added with an id, and removed', async () => {
    const rule = {
      match: { endpoint: 'token' },
      times: 1,
      skip: 0,
      fault: { kind: 'status', status: 429, retryAfter: '1' },
    };
    const { status, json } = await client.control('POST', '/faults', rule);
    expect(status).toBe(201);
    expect(json).toMatchObject({ id: expect.any(String) as string, ...rule });
    expect((await client.token({})).status).toBe(429);
    expect((await client.token({})).status).toBe(400);
    expect((await client.control('DELETE', '/faults')).status).toBe(204);
    expect(client.simulator.world.faults).toEqual([]);
  });

  test.each<[unknown, string]>([
    [{ fault: { kind: 'explode' } }, 'fault.kind'],
    [{ fault: { kind: 'status', status: 99 } }, 'fault.status'],
    [{ fault: { kind: 'status', status: 500, retryAfter: 'a\r\nb' } }, 'fault.retryAfter'],
    [{ fault: { kind: 'slow' } }, 'fault.delayMs'],
    [{ match: { endpoint: 'nowhere' }, fault: { kind: 'hang' } }, 'match.endpoint'],
    [{ times: 0, fault: { kind: 'hang' } }, 'times'],
    [{}, 'fault'],
  ])('%j is 400 at %s', async (body, field) => {
    const { status, json } = await client.control('POST', '/faults', body);
    expect(status).toBe(400);
    expect(json['errors']).toMatchObject([{ field }]);
  });

  test('do not reach the control routes', async () => {
    await client.control('POST', '/faults', { fault: { kind: 'status', status: 500 } });
    expect((await client.control('GET', '/state')).status).toBe(200);
  });
});

describe('the request log', () => {
  test('shows method, path, endpoint, device and status; no secret and no control request', async () => {
    await client.graph(`/v1.0/deviceManagement/managedDevices/${deviceIds.compliant}?$select=id`);
    const { json, text } = await client.control('GET', '/requests');
    const secret = client.simulator.world.apps[0]?.secrets[0]?.value ?? 'none';
    expect(json['requests']).toMatchObject([
      { method: 'POST', endpoint: 'token', status: 200 },
      {
        method: 'GET',
        path: `/v1.0/deviceManagement/managedDevices/${deviceIds.compliant}`,
        query: '$select=id',
        endpoint: 'managedDevice',
        deviceId: deviceIds.compliant,
        status: 200,
      },
    ]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('eyJ');
    expect((await client.control('DELETE', '/requests')).status).toBe(204);
    expect(client.simulator.requests()).toEqual([]);
  });

  test('keeps the newest only', () => {
    const log = createRequestLog({ limit: 3 });
    for (let at = 1; at <= 10; at += 1) log.add({ at, method: 'GET', path: '/', endpoint: 'other' })(200);
    expect(log.list().map(({ at }) => at)).toEqual([8, 9, 10]);
  });
});
