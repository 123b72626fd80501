import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { Json, SimulatorClient } from './simulatorClient.ts';

let client: SimulatorClient;
let token: string;

beforeAll(async () => {
  client = await startSimulatorClient();
  token = await client.appToken();
});
afterAll(() => client.close());
beforeEach(() => client.simulator.reset());

const get = (path: string) => client.graph(path, token);
const rows = (json: Json) => json['value'] as unknown as Record<string, unknown>[];

describe('detectedApps', () => {
  const path = (id: string) => `/beta/deviceManagement/managedDevices/${id}/detectedApps`;

  test('comes in pages of 20', async () => {
    const sizes: number[] = [];
    const names = new Set<unknown>();
    for (let next: string | undefined = path(deviceIds.manyApps); next !== undefined;) {
      const { json } = await get(next);
      sizes.push(rows(json).length);
      for (const { displayName } of rows(json)) names.add(displayName);
      next = (json['@odata.nextLink'] as string | undefined)?.slice(client.simulator.origin.length);
    }
    expect(sizes).toEqual([20, 20, 17]);
    expect(names.size).toBe(57);
  });

  test('works in the key form too, and has every property', async () => {
    const { json } = await get(
      `/beta/deviceManagement/manageddevices('${deviceIds.compliant}')/detectedApps`,
    );
    expect(rows(json)).toHaveLength(6);
    expect(Object.keys(rows(json)[0] ?? {})).toEqual([
      'id',
      'displayName',
      'version',
      'sizeInByte',
      'deviceCount',
      'publisher',
      'platform',
    ]);
    expect(rows(json)[0]?.['id']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of an unknown device is 404, of a device without apps empty', async () => {
    expect((await get(path('11111111-1111-4111-8111-111111111111'))).status).toBe(404);
    expect(rows((await get(path(deviceIds.error))).json)).toEqual([]);
  });
});

describe('deviceCompliancePolicyStates', () => {
  const path = `/v1.0/deviceManagement/managedDevices/${deviceIds.noncompliant}/deviceCompliancePolicyStates`;

  test('has one row for each policy and user, without settings', async () => {
    const { json } = await get(path);
    expect(rows(json).map(({ displayName, state }) => [displayName, state])).toEqual([
      ['Windows baseline', 'nonCompliant'],
      ['Windows baseline', 'nonCompliant'],
      ['Built-in Device Compliance Policy', 'compliant'],
    ]);
    for (const row of rows(json)) {
      expect(row['settingStates']).toEqual([]);
      expect(row).not.toHaveProperty('userPrincipalName');
    }
    const beta = await get(path.replace('v1.0', 'beta'));
    expect(rows(beta.json).map(({ userPrincipalName }) => userPrincipalName)).toContain('System account');
  });

  test.each(['v1.0', 'beta'])('settings are told at their own address in %s', async (version) => {
    const [row] = rows((await get(path)).json);
    const settings = `${path.replace('v1.0', version)}/${textOf(row?.['id'])}/settingStates`;
    const { json } = await get(settings);
    expect(rows(json)).toHaveLength(6);
    const failed = rows(json).filter(({ state }) => state === 'nonCompliant');
    expect(failed.map(({ setting }) => setting)).toContain('Windows10CompliancePolicy.BitLockerEnabled');
    const userId = textOf(rows(json)[0]?.['userId']);
    expect(rows((await get(`${settings}?$filter=(userId eq '${userId}')`)).json)).toHaveLength(3);
  });

  test('of an unknown policy is 404', async () => {
    expect((await get(`${path}/nothing/settingStates`)).status).toBe(404);
  });
});

test('deviceManagement tells the tenant switches', async () => {
  const { json } = await get('/v1.0/deviceManagement?$select=settings');
  expect(json['settings']).toEqual({
    deviceComplianceCheckinThresholdDays: 30,
    isScheduledActionEnabled: true,
    secureByDefault: true,
  });
  expect(Object.keys(json)).toEqual(['@odata.context', 'settings']);
});

describe('Entra devices', () => {
  const deviceId = 'e0000019-0000-4000-8000-000000000019';

  test.each([
    `/v1.0/devices(deviceId='${deviceId}')`,
    `/v1.0/devices(deviceId='${deviceId.toUpperCase()}')`,
    `/v1.0/devices%28deviceId%3D%27${deviceId}%27%29`,
    '/v1.0/devices/0b1ec719-0000-4000-8000-000000000019',
  ])('%s', async (path) => {
    const { status, json } = await get(path);
    expect(status).toBe(200);
    expect(json).toMatchObject({ deviceId, accountEnabled: false });
    expect(json['id']).not.toBe(deviceId);
  });

  test('by filter, with $select', async () => {
    const { json } = await get(
      `/v1.0/devices?$filter=deviceId eq '${deviceId}'&$select=deviceId,accountEnabled`,
    );
    expect(rows(json)).toEqual([{ deviceId, accountEnabled: false }]);
    expect(
      rows((await get("/v1.0/devices?$filter=deviceId eq '11111111-1111-4111-8111-111111111111'")).json),
    ).toEqual([]);
  });

  test('another filter is refused, unlike in Intune', async () => {
    const { status, json } = await get("/v1.0/devices?$filter=model eq 'x'");
    expect(status).toBe(400);
    expect(json['error']?.['code']).toBe('Request_UnsupportedQuery');
  });

  test('an unknown one is Request_ResourceNotFound', async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const { status, json } = await get(`/v1.0/devices(deviceId='${id}')`);
    expect(status).toBe(404);
    expect(json['error']).toMatchObject({
      code: 'Request_ResourceNotFound',
      message: `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    });
  });

  test('all of them, in pages', async () => {
    const { json } = await get('/v1.0/devices?$top=5');
    expect(rows(json)).toHaveLength(5);
    const next = textOf(json['@odata.nextLink']).slice(client.simulator.origin.length);
    expect(rows((await get(next)).json)[0]?.['id']).not.toBe(rows(json)[0]?.['id']);
  });
});
