import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDevices } from '../../src/simulator/addDevices.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../../src/simulator/managedDeviceEntity.ts';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { Json, SimulatorClient } from './simulatorClient.ts';

const LIST = '/v1.0/deviceManagement/managedDevices';
const DEVICE = `${LIST}/${deviceIds.compliant}`;
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

async function idsOf(filter: string): Promise<unknown[]> {
  const { json } = await get(`${LIST}?$filter=${encodeURIComponent(filter)}`);
  return rows(json).map(({ id }) => id);
}

async function allPages(path: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { json } = await get(next);
    found.push(...rows(json));
    next = (json['@odata.nextLink'] as string | undefined)?.slice(client.simulator.origin.length);
  }
  return found;
}

describe('one device', () => {
  test('is the bare entity with every property in order', async () => {
    const { status, json } = await get(DEVICE);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['@odata.context', ...Object.keys(MANAGED_DEVICE_DEFAULTS)]);
    expect(json['@odata.context']).toBe(
      `${client.simulator.origin}/v1.0/$metadata#deviceManagement/managedDevices/$entity`,
    );
    expect(json['complianceState']).toBe('compliant');
  });

  test.each([
    `${LIST}('${deviceIds.compliant}')`,
    `${LIST}%28%27${deviceIds.compliant}%27%29`,
    `/v1.0/deviceManagement/manageddevices/${deviceIds.compliant.toUpperCase()}`,
    `/beta/devicemanagement/MANAGEDDEVICES/${deviceIds.compliant}`,
  ])('is found at %s', async (path) => {
    const { status, json } = await get(path);
    expect(status).toBe(200);
    expect(json['id']).toBe(deviceIds.compliant);
  });

  test('tells select-only properties only when they are named', async () => {
    const plain = await get(DEVICE);
    expect(plain.json).toMatchObject({ notes: null, ethernetMacAddress: null, physicalMemoryInBytes: 0 });
    const named = await get(`${DEVICE}?$select=id,ethernetMacAddress,physicalMemoryInBytes`);
    expect(named.json).toEqual({
      '@odata.context': expect.stringContaining(
        '#deviceManagement/managedDevices(id,ethernetMacAddress,physicalMemoryInBytes)/$entity',
      ) as string,
      id: deviceIds.compliant,
      ethernetMacAddress: '00155D000001',
      physicalMemoryInBytes: 17_179_869_184,
    });
    const listed = await get(`${LIST}?$select=id,ethernetMacAddress,physicalMemoryInBytes`);
    expect(rows(listed.json)[0]).toMatchObject({ ethernetMacAddress: null, physicalMemoryInBytes: 0 });
  });

  test('beta has more, with select-only properties of its own', async () => {
    const path = DEVICE.replace('v1.0', 'beta');
    expect((await get(path)).json).toMatchObject({ hardwareInformation: null, joinType: 'azureADJoined' });
    expect((await get(`${path}?$select=hardwareInformation`)).json).toMatchObject({
      hardwareInformation: { manufacturer: 'Dell Inc.' },
    });
  });

  test('a name that the version does not have is 400', async () => {
    const { status, json } = await get(`${DEVICE}?$select=id,joinType`);
    expect(status).toBe(400);
    expect(json['error']?.['message']).toContain("Could not find a property named 'joinType'");
  });

  test('beta expands detectedApps, v1.0 does not', async () => {
    const { json } = await get(`${DEVICE.replace('v1.0', 'beta')}?$expand=detectedApps`);
    expect(json['detectedApps']).toHaveLength(6);
    expect((await get(`${DEVICE}?$expand=detectedApps`)).status).toBe(400);
    const list = await get(`${LIST.replace('v1.0', 'beta')}?$expand=detectedApps`);
    expect(rows(list.json)[0]).not.toHaveProperty('detectedApps');
  });

  test.each([
    ['11111111-1111-4111-8111-111111111111', 404, 'ResourceNotFound'],
    ['not-a-guid', 400, 'BadRequest'],
  ])('%s is %i with nested JSON', async (id, status, code) => {
    const answer = await get(`${LIST}/${id}`);
    expect(answer.status).toBe(status);
    expect(answer.json['error']?.['code']).toBe(code);
    expect(JSON.parse(textOf(answer.json['error']?.['message']))).toMatchObject({
      _version: 3,
      Message: expect.stringMatching(/^An error has occurred - Operation ID/) as string,
    });
  });
});

describe('the list', () => {
  test('comes whole on one page of up to 1000, with the size of the page', async () => {
    const { json } = await get(LIST);
    expect(rows(json)).toHaveLength(client.simulator.world.devices.size);
    expect(json['@odata.count']).toBe(client.simulator.world.devices.size);
    expect(json).not.toHaveProperty('@odata.nextLink');
    expect(Object.keys(json)).toEqual(['@odata.context', '@odata.count', 'value']);
  });

  test('pages by device name and id, odd names included, and every row comes once', async () => {
    addDevices(client.simulator.world, 5);
    const found = await allPages(`${LIST}?$top=2`);
    const names = found.map(({ deviceName }) => String(deviceName));
    expect(new Set(found.map(({ id }) => id)).size).toBe(client.simulator.world.devices.size);
    expect(found).toHaveLength(client.simulator.world.devices.size);
    expect(names).toEqual([...names].sort());
  });

  test('the link is a keyset token in lower-case percent codes and keeps the query', async () => {
    const { json } = await get(`${LIST}?$top=1&$select=id,deviceName`);
    expect(json['@odata.count']).toBe(1);
    expect(json['@odata.nextLink']).toBe(
      `${client.simulator.origin}${LIST}?$top=1&$select=id%2CdeviceName&$skiptoken=LastDeviceName%3d%27LAPTOP-ACARTER%27%2cLastDeviceId%3d%27${deviceIds.compliant}%27`,
    );
  });

  test('never gives more than 1000 rows', async () => {
    addDevices(client.simulator.world, 1000);
    for (const path of [LIST, `${LIST}?$top=5000`]) {
      const { json } = await get(path);
      expect(rows(json)).toHaveLength(1000);
      expect(json).toHaveProperty('@odata.nextLink');
    }
  });

  test('ignores $skip', async () => {
    const { json } = await get(`${LIST}?$skip=10`);
    expect(rows(json)).toHaveLength(client.simulator.world.devices.size);
  });

  test.each([
    '$top=0',
    '$top=x',
    '$skiptoken=nonsense',
    '$filter=complianceState eq',
    "$filter=roleScopeTagIds eq '0'",
    '$select=bogus',
  ])('%s is 400', async (query) => {
    expect((await get(`${LIST}?${query}`)).status).toBe(400);
  });
});

describe('filters', () => {
  test('by Entra id, two rows if two devices have it', async () => {
    expect(await idsOf("azureADDeviceId eq 'e0000002-0000-4000-8000-000000000002'")).toEqual([
      deviceIds.noncompliant,
    ]);
    const shared = await idsOf("azureADDeviceId eq 'E0000009-0000-4000-8000-000000000009'");
    expect(shared).toEqual([deviceIds.reenrolled, deviceIds.ghost]);
  });

  test('quotes are doubled', async () => {
    expect(await idsOf(`deviceName eq 'Zoë''s "Büro", Gerät №7 – 東京'`)).toEqual([deviceIds.unicode]);
  });

  test('hazard 1: an unsupported filter is ignored', async () => {
    const all = client.simulator.world.devices.size;
    expect(await idsOf("userId eq 'nobody'")).toHaveLength(all);
    expect(await idsOf("wiFiMacAddress eq '000000000000'")).toHaveLength(all);
  });

  test('hazard 2: an empty key matches everything', async () => {
    const all = client.simulator.world.devices.size;
    expect(await idsOf("userPrincipalName eq ''")).toHaveLength(all);
    expect(await idsOf("azureADDeviceId eq ''")).toHaveLength(all);
  });

  test('hazard 3: or takes only the first Entra id', async () => {
    expect(
      await idsOf(
        "azureADDeviceId eq 'e0000002-0000-4000-8000-000000000002' or azureADDeviceId eq 'e0000001-0000-4000-8000-000000000001'",
      ),
    ).toEqual([deviceIds.noncompliant]);
  });

  test('an Entra id together with $count is refused', async () => {
    const filter = encodeURIComponent("azureADDeviceId eq 'e0000002-0000-4000-8000-000000000002'");
    expect((await get(`${LIST}?$filter=${filter}&$count=true`)).status).toBe(400);
  });

  test('a filter survives paging', async () => {
    const found = await allPages(
      `${LIST}?$top=1&$filter=${encodeURIComponent("complianceState eq 'noncompliant'")}`,
    );
    expect(found.map(({ id }) => id)).toEqual([
      deviceIds.ghost,
      deviceIds.noncompliant,
      deviceIds.ambiguousTwo,
    ]);
  });
});
