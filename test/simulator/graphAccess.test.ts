import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

const DEVICE = `/v1.0/deviceManagement/managedDevices/${deviceIds.compliant}`;
let client: SimulatorClient;
let time = Date.now();

beforeAll(async () => {
  client = await startSimulatorClient({ now: () => time });
});
afterAll(() => client.close());
beforeEach(() => client.simulator.reset());

function app() {
  const [first] = client.simulator.world.apps;
  if (first === undefined) throw new Error('no app');
  return first;
}

describe('401 of the gateway', () => {
  test.each<[string, Record<string, string>]>([
    ['Access token is empty.', {}],
    ['Access token is empty.', { authorization: 'Basic abc' }],
    ['CompactToken parsing failed with error code: 80049217', { authorization: 'Bearer abc' }],
  ])('%s', async (message, headers) => {
    const answer = await client.get(DEVICE, headers);
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ error: { code: 'InvalidAuthenticationToken', message } });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="", authorization_uri="/);
  });

  test('a token of another simulator', async () => {
    const other = await startSimulatorClient();
    const token = await other.appToken();
    await other.close();
    expect((await client.graph(DEVICE, token)).status).toBe(401);
  });

  test('a changed token', async () => {
    const [header, , signature] = (await client.appToken()).split('.');
    const claims = Buffer.from(JSON.stringify({ aud: 'https://graph.microsoft.com', exp: 9e9 })).toString(
      'base64url',
    );
    expect((await client.graph(DEVICE, `${header}.${claims}.${signature}`)).status).toBe(401);
  });

  test('an expired token', async () => {
    const token = await client.appToken();
    const start = time;
    time += 3_599_000;
    const answer = await client.graph(DEVICE, token);
    time = start;
    expect(answer.json['error']?.['message']).toBe('Lifetime validation failed, the token is expired.');
  });

  test('a token for something else', async () => {
    const { json } = await client.token({
      grant_type: 'client_credentials',
      client_id: app().clientId,
      client_secret: app().secrets[0]?.value ?? '',
      scope: 'https://management.azure.com/.default',
    });
    const answer = await client.graph(DEVICE, textOf(json['access_token']));
    expect(answer.json['error']?.['message']).toBe('Access token validation failure. Invalid audience.');
  });
});

describe('permissions', () => {
  test.each([
    [DEVICE, 'DeviceManagementManagedDevices.Read.All, DeviceManagementManagedDevices.ReadWrite.All'],
    ['/v1.0/deviceManagement/managedDevices', 'DeviceManagementManagedDevices.Read.All'],
    [
      `/beta/deviceManagement/managedDevices/${deviceIds.compliant}/detectedApps`,
      'DeviceManagementManagedDevices.Read.All',
    ],
    [`${DEVICE}/deviceCompliancePolicyStates`, 'DeviceManagementConfiguration.Read.All'],
    ['/v1.0/deviceManagement?$select=settings', 'DeviceManagementConfiguration.Read.All'],
  ])('%s without roles is 403 and names %s', async (path, scopes) => {
    app().roles = [];
    const { status, json } = await client.graph(path);
    expect(status).toBe(403);
    expect(json['error']?.['code']).toBe('Forbidden');
    const message = textOf(json['error']?.['message']);
    expect(message).toMatch(/^\{\r\n {2}"_version": 3,\r\n/);
    const inner = JSON.parse(message) as { Message: string };
    expect(inner.Message).toContain(`Application must have one of the following scopes: ${scopes}`);
    expect(inner.Message).toContain(textOf(json['error']?.['innerError']?.['client-request-id']));
  });

  test('Entra refuses in its own words', async () => {
    app().roles = ['DeviceManagementManagedDevices.Read.All'];
    const { status, json } = await client.graph('/v1.0/devices');
    expect(status).toBe(403);
    expect(json['error']).toMatchObject({
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
    });
  });

  test('a new grant needs a new token', async () => {
    app().roles = [];
    const token = await client.appToken();
    app().roles = ['DeviceManagementManagedDevices.ReadWrite.All'];
    expect((await client.graph(DEVICE, token)).status).toBe(403);
    expect((await client.graph(DEVICE)).status).toBe(200);
  });
});

describe('401 although the token is good', () => {
  async function expectRefusal(token?: string) {
    const { status, json, headers } = await client.graph(DEVICE, token);
    expect(status).toBe(401);
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(json['error']?.['code']).toBe('UnknownError');
    const middle = JSON.parse(textOf(json['error']?.['message'])) as { ErrorCode: string; Message: string };
    expect(middle.ErrorCode).toBe('Forbidden');
    const inner = JSON.parse(middle.Message) as { Message: string; HttpHeaders: string };
    expect(inner.Message).toContain('An error has occurred - Operation ID');
    expect(JSON.parse(inner.HttpHeaders)).toHaveProperty('WWW-Authenticate');
  }

  test('tenant without licence', async () => {
    client.simulator.world.tenant.licensed = false;
    await expectRefusal();
    expect((await client.graph('/v1.0/devices')).status).toBe(200);
  });

  test('user without a role inside Intune; another user passes', async () => {
    const { users } = client.simulator.world;
    const without = users.find(({ intuneRole }) => !intuneRole);
    const withRole = users.find(({ intuneRole, mfaRequired }) => intuneRole && !mfaRequired);
    if (without === undefined || withRole === undefined) throw new Error('no users');
    await expectRefusal(await client.userToken(without));
    expect((await client.graph(DEVICE, await client.userToken(withRole))).status).toBe(200);
  });
});

describe('addresses and headers', () => {
  test.each([
    ['/v1.0/deviceManagement/nothing', 400, 'BadRequest', "Resource not found for the segment 'nothing'."],
    ['/v1.0/nowhere/else', 400, 'BadRequest', "Resource not found for the segment 'nowhere'."],
    [`${DEVICE}/detectedApps`, 400, 'BadRequest', "Resource not found for the segment 'detectedApps'."],
    ['/deviceManagement/managedDevices', 404, 'ResourceNotFound', 'Invalid version: devicemanagement'],
    ['/v2.0/deviceManagement', 404, 'ResourceNotFound', 'Invalid version: v2.0'],
  ])('%s is %i', async (path, status, code, message) => {
    const answer = await client.graph(path);
    expect(answer.status).toBe(status);
    expect(answer.json['error']).toMatchObject({ code, message });
  });

  test('the usual headers are there; without client-request-id it equals request-id', async () => {
    const { headers } = await client.graph(DEVICE);
    expect(headers['client-request-id']).toBe(headers['request-id']);
    expect(headers['date']).toBe(new Date(time).toUTCString());
    expect(JSON.parse(String(headers['x-ms-ags-diagnostic']))).toHaveProperty('ServerInfo.DataCenter');
    expect(headers['strict-transport-security']).toBeDefined();
  });

  test('client-request-id is echoed, in errors too; the error date has no Z', async () => {
    const id = 'c0ffee00-0000-4000-8000-000000000001';
    const { headers, json } = await client.get(DEVICE, { 'client-request-id': id });
    expect(headers['client-request-id']).toBe(id);
    expect(json['error']?.['innerError']).toEqual({
      date: new Date(time).toISOString().slice(0, 19),
      'request-id': headers['request-id'],
      'client-request-id': id,
    });
  });
});
