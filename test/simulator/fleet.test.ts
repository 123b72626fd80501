import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDevices } from '../../src/simulator/addDevices.ts';
import {
  fleetDevice,
  fleetId,
  fleetNumber,
  fleetProperty,
  LARGEST_FLEET,
} from '../../src/simulator/fleet.ts';
import { MANAGED_DEVICE_DEFAULTS } from '../../src/simulator/managedDeviceEntity.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { ManagedDeviceEntity } from '../../src/simulator/managedDeviceEntity.ts';
import type { Json, SimulatorClient } from './simulatorClient.ts';

const SIZE = 100_000;
const LIST = '/v1.0/deviceManagement/managedDevices';
const now = Date.parse('2026-06-15T12:00:00Z');
let client: SimulatorClient;
let token: string;

beforeAll(async () => {
  client = await startSimulatorClient({
    now: () => now,
    world: createWorld({ now: () => now, fleetSize: SIZE }),
  });
  token = await client.appToken();
});
afterAll(() => client.close());
beforeEach(() => client.simulator.reset());

const get = (path: string) => client.graph(path, token);
const rows = (json: Json) => json['value'] as unknown as Record<string, unknown>[];

async function allPages(path: string): Promise<{ calls: number; found: Record<string, unknown>[] }> {
  const found: Record<string, unknown>[] = [];
  let calls = 0;
  for (let next: string | undefined = path; next !== undefined; calls += 1) {
    const { json } = await get(next);
    found.push(...rows(json));
    next = (json['@odata.nextLink'] as string | undefined)?.slice(client.simulator.origin.length);
  }
  return { calls, found };
}

describe('a device of a fleet', () => {
  const facts = { createdAt: now, tenant: { domain: 'contoso.example' } };

  test('is the same one each time, and has every property in the order of Graph', () => {
    expect(fleetDevice(77, facts)).toEqual(fleetDevice(77, facts));
    expect(Object.keys(fleetDevice(77, facts).properties)).toEqual(Object.keys(MANAGED_DEVICE_DEFAULTS));
  });

  test('says one by one what it says as a whole', () => {
    for (const number of [1, 2, 3, 48, SIZE]) {
      const { properties } = fleetDevice(number, facts);
      const names = Object.keys(properties) as (keyof ManagedDeviceEntity)[];
      expect(Object.fromEntries(names.map((name) => [name, fleetProperty(name, number, facts)]))).toEqual(
        properties,
      );
    }
  });

  test('has a number that can be read from its id', () => {
    expect(fleetNumber('c', fleetId('c', LARGEST_FLEET))).toBe(LARGEST_FLEET);
    for (const id of [fleetId('a', 1), fleetId('c', 0), fleetId('c', LARGEST_FLEET + 1), 'cf000000', '']) {
      expect(fleetNumber('c', id)).toBeUndefined();
    }
  });

  test('is found by its id and by its Entra id, and the one behind the last is not', async () => {
    const { json } = await get(`${LIST}/${fleetId('c', SIZE)}`);
    expect(json['deviceName']).toBe('FLEET-100000');
    const listed = await get(`${LIST}?$filter=azureADDeviceId eq '${fleetId('a', SIZE)}'`);
    expect(rows(listed.json).map(({ id }) => id)).toEqual([fleetId('c', SIZE)]);
    const entra = await get(`/v1.0/devices(deviceId='${fleetId('a', 5)}')`);
    expect(entra.json['displayName']).toBe('FLEET-000005');
    expect((await get(`/v1.0/devices/${textOf(entra.json['id'])}`)).json['deviceId']).toBe(fleetId('a', 5));
    expect((await get(`${LIST}/${fleetId('c', SIZE + 1)}`)).status).toBe(404);
    expect((await get(`/v1.0/devices(deviceId='${fleetId('a', SIZE + 1)}')`)).status).toBe(404);
  });
});

describe('a list of 100,000 devices', () => {
  test('comes in pages of 1,000, every device once, in the order of names', async () => {
    const started = performance.now();
    const { calls, found } = await allPages(`${LIST}?$top=1000&$select=id,deviceName`);
    const own = client.simulator.world.devices.size;
    expect(calls).toBe(Math.ceil((SIZE + own) / 1000));
    expect(found).toHaveLength(SIZE + own);
    expect(new Set(found.map(({ id }) => id)).size).toBe(SIZE + own);
    const names = found.map(({ deviceName }) => String(deviceName));
    expect(names).toEqual([...names].sort());
    // A page takes a few milliseconds; the bound only tells it from one that looks at every device.
    expect((performance.now() - started) / calls).toBeLessThan(100);
  });

  test('goes on from a link, wherever that is', async () => {
    const { json } = await get(
      `${LIST}?$top=2&$select=deviceName&$skiptoken=LastDeviceName%3d%27FLEET-099999%27%2cLastDeviceId%3d%27${fleetId('c', 99_999)}%27`,
    );
    expect(rows(json).map(({ deviceName }) => deviceName)).toEqual(['FLEET-100000', 'LAPTOP-ACARTER']);
  });

  test('a selection gives the named properties in the order of Graph', async () => {
    const { json } = await get(
      `${LIST}?$top=1&$select=complianceState,id&$filter=contains(deviceName,'FLEET')`,
    );
    expect(rows(json)).toEqual([{ id: fleetId('c', 1), complianceState: 'compliant' }]);
    expect(Object.keys(rows(json)[0] ?? {})).toEqual(['id', 'complianceState']);
    expect((await get(`${LIST}?$top=1&$select=bogus`)).status).toBe(400);
  });

  test('without a selection and in beta a row is the whole device', async () => {
    const filter = "$filter=serialNumber eq 'FLEET-SN-000042'";
    const plain = rows((await get(`${LIST}?${filter}`)).json)[0] ?? {};
    expect(plain).toEqual(fleetDevice(42, client.simulator.world).properties);
    const beta = rows((await get(`${LIST.replace('v1.0', 'beta')}?${filter}&$select=skuFamily`)).json);
    expect(beta).toEqual([{ skuFamily: 'Enterprise' }]);
  });

  test.each([
    ['gt', 2],
    ['ge', 3],
  ])('lastSyncDateTime %s gives what checked in since', async (operator, hours) => {
    const { found } = await allPages(
      `${LIST}?$select=lastSyncDateTime,deviceName&$filter=lastSyncDateTime ${operator} 2026-06-15T10:00:00Z and contains(deviceName,'FLEET')`,
    );
    const perHour = SIZE / 48;
    expect(Math.abs(found.length - hours * perHour)).toBeLessThan(hours + 1);
    expect(found.every(({ lastSyncDateTime }) => String(lastSyncDateTime) >= '2026-06-15T10:00:00Z')).toBe(
      true,
    );
  });
});

describe('changing a fleet', () => {
  const id = fleetId('c', 1234);

  test('a device that is changed stays changed, and stands once in the list', async () => {
    const changed = await client.control('PATCH', `/devices/${id}`, {
      deviceName: 'AAA-FIRST',
      complianceState: 'error',
    });
    expect(changed.status).toBe(200);
    expect((await get(`${LIST}/${id}`)).json['complianceState']).toBe('error');
    const first = await get(`${LIST}?$top=1&$select=deviceName`);
    expect(rows(first.json)).toEqual([{ deviceName: 'AAA-FIRST' }]);
    const there = await get(`${LIST}?$select=id&$filter=azureADDeviceId eq '${fleetId('a', 1234)}'`);
    expect(rows(there.json)).toEqual([{ id }]);
    const before = await get(
      `${LIST}?$top=1&$select=deviceName&$skiptoken=LastDeviceName%3d%27FLEET-001233%27%2cLastDeviceId%3d%27${fleetId('c', 1233)}%27`,
    );
    expect(rows(before.json)).toEqual([{ deviceName: 'FLEET-001235' }]);
  });

  test('one that is removed is gone from everywhere, until a reset', async () => {
    expect((await client.control('DELETE', `/devices/${id}`)).status).toBe(204);
    expect((await client.control('DELETE', `/devices/${id}`)).status).toBe(404);
    expect((await get(`${LIST}/${id}`)).status).toBe(404);
    const listed = await get(`${LIST}?$filter=azureADDeviceId eq '${fleetId('a', 1234)}'`);
    expect(rows(listed.json)).toEqual([]);
    await client.control('POST', '/reset');
    expect((await get(`${LIST}/${id}`)).status).toBe(200);
  });

  test('one that was changed can be removed', async () => {
    await client.control('PATCH', `/devices/${id}`, { notes: 'x' });
    expect((await client.control('DELETE', `/devices/${id}`)).status).toBe(204);
    expect((await get(`${LIST}/${id}`)).status).toBe(404);
  });

  test('its Entra record can be changed', async () => {
    const entraId = fleetId('a', 1234);
    await client.control('PATCH', `/entraDevices/${entraId}`, { accountEnabled: false });
    expect((await get(`/v1.0/devices(deviceId='${entraId}')`)).json['accountEnabled']).toBe(false);
  });

  test('an id it uses cannot be added again', async () => {
    expect((await client.control('POST', '/devices', { id })).status).toBe(409);
  });

  test('devices that are added are numbered behind it', () => {
    const [added] = addDevices(client.simulator.world, 1);
    expect(added?.properties.id).toBe(fleetId('c', SIZE + 1));
  });

  test('the state names its size, and no device of it', async () => {
    const { json } = await client.control('GET', '/state');
    expect(json['fleet']).toEqual({ size: SIZE, removed: 0 });
    expect(json['devices']).toHaveLength(client.simulator.world.devices.size);
  });
});
