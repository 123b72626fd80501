import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { request } from 'undici';
import { groupIds } from '../../src/simulator/defaultGroups.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulatorClient, textOf, type Json, type SimulatorClient } from './simulatorClient.ts';

/** Groups, actions and batches, as Graph has them. */
let client: SimulatorClient;
let now = Date.UTC(2026, 10, 21, 12);
let token = '';

beforeAll(async () => {
  client = await startSimulatorClient({ now: () => now });
});
afterAll(() => client.close());
beforeEach(async () => {
  client.simulator.reset();
  token = await client.appToken();
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Json; headers: Record<string, unknown> }> {
  const answer = await request(`${client.simulator.origin}/v1.0${path.replaceAll(' ', '%20')}`, {
    dispatcher: client.agent,
    method: method as 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.body.text();
  return {
    status: answer.statusCode,
    headers: answer.headers,
    json: (text === '' ? undefined : JSON.parse(text)) as Json,
  };
}
/** The app has this permission, and no other. */
async function grant(role: string): Promise<void> {
  const [app] = client.simulator.world.apps;
  if (app !== undefined) app.roles = [role];
  token = await client.appToken();
}

const EVENTUAL = { consistencylevel: 'eventual' };
const DEVICE = `/deviceManagement/managedDevices/${deviceIds.compliant}`;

describe('groups', () => {
  test('are found by name without letter case, by eq, or, and in', async () => {
    for (const filter of [
      "displayName eq 'STAFF'",
      "displayName in ('staff')",
      "displayName eq 'Staff' or displayName eq 'x'",
    ]) {
      const { json } = await ask('GET', `/groups?$filter=${filter}`);
      expect((json['value'] as unknown as { id: string }[]).map(({ id }) => id)).toEqual([
        groupIds.staff,
        groupIds.lowerStaff,
      ]);
    }
    expect(
      (await ask('GET', "/groups?$filter=displayName eq 'Alex'' laptops'")).json['value']?.[0]?.['id'],
    ).toBe(groupIds.laptops);
  });

  test('that are asked for wrongly are refused, as the directory does', async () => {
    const sixteen = Array.from({ length: 16 }, (_, index) => `'${index}'`).join(',');
    for (const filter of [
      "startswith(displayName,'S')",
      `displayName in (${sixteen})`,
      `displayName eq '${'x'.repeat(121)}'`,
    ]) {
      expect((await ask('GET', `/groups?$filter=${filter}`)).json).toMatchObject({
        error: { code: 'Request_UnsupportedQuery' },
      });
    }
  });

  test('tell members of every kind, counted on the first page alone', async () => {
    const path = `/groups/${groupIds.laptops}/members?$top=5&$count=true`;
    expect((await ask('GET', path)).status).toBe(400);
    const first = await ask('GET', path, undefined, EVENTUAL);
    expect(first.json).toMatchObject({ '@odata.count': client.simulator.world.entraDevices.size });
    const next = new URL(textOf(first.json['@odata.nextLink']));
    const second = await ask('GET', `/${next.pathname.slice(6)}${next.search}`, undefined, EVENTUAL);
    expect(second.json).not.toHaveProperty(['@odata.count']);
    expect(second.json['value']?.[0]).toMatchObject({ '@odata.type': '#microsoft.graph.device' });
    const staff = await ask('GET', `/groups/${groupIds.staff}/members?$select=displayName,deviceId`);
    expect(staff.json['value']).toMatchObject([
      { '@odata.type': '#microsoft.graph.user', displayName: 'Alex Carter' },
      { '@odata.type': '#microsoft.graph.user' },
      { '@odata.type': '#microsoft.graph.device', deviceId: expect.any(String) as string },
    ]);
    expect((await ask('GET', `/groups/${deviceIds.compliant}/members`)).json).toMatchObject({
      error: { code: 'Request_ResourceNotFound' },
    });
  });

  test('tell nothing but kind and id of what the app may not read', async () => {
    await grant('GroupMember.Read.All');
    const { json } = await ask('GET', `/groups/${groupIds.staff}/members`);
    for (const row of json['value'] as unknown as object[])
      expect(Object.keys(row)).toEqual(['@odata.type', 'id']);
    await grant('User.Read.All');
    expect((await ask('GET', '/groups')).json).toMatchObject({
      error: { code: 'Authorization_RequestDenied' },
    });
  });

  test('membership goes through other groups, for users by either key and for devices by object id', async () => {
    const groupIdsAsked = [groupIds.staff, groupIds.everybody, groupIds.otherContractors, groupIds.empty];
    const body = { groupIds: groupIdsAsked };
    const [, carter] = client.simulator.world.users;
    for (const key of [carter?.objectId, carter?.userPrincipalName.toUpperCase()]) {
      const { json } = await ask('POST', `/users/${key ?? ''}/checkMemberGroups`, body);
      expect(json['value']).toEqual(groupIdsAsked.slice(0, 3));
    }
    const [device] = client.simulator.world.entraDevices.values();
    expect(
      (await ask('POST', `/devices/${device?.id ?? ''}/checkMemberGroups`, body)).json['value'],
    ).toHaveLength(3);
    // Three ids name a device; this is not the one.
    expect((await ask('POST', `/devices/${device?.deviceId ?? ''}/checkMemberGroups`, body)).status).toBe(
      404,
    );
    expect(
      (
        await ask('POST', `/users/${carter?.objectId ?? ''}/checkMemberGroups`, {
          groupIds: Array.from({ length: 21 }, () => groupIds.staff),
        })
      ).status,
    ).toBe(400);
    expect((await ask('GET', `/users/${carter?.objectId ?? ''}/checkMemberGroups`)).status).toBe(405);
  });

  test('can be changed by control, circles included', async () => {
    const id = '6a0f0000-0000-4000-8000-0000000000ff';
    const [, carter] = client.simulator.world.users;
    const made = await client.control('PUT' as 'POST', `/groups/${id}`, {
      displayName: 'Ring',
      members: [groupIds.everybody],
    });
    expect(made.status).toBe(200);
    await client.control('PUT' as 'POST', `/groups/${groupIds.everybody}`, {
      displayName: 'Everybody',
      members: [id, carter?.objectId],
    });
    const { json } = await ask('POST', `/users/${carter?.objectId ?? ''}/checkMemberGroups`, {
      groupIds: [id],
    });
    expect(json['value']).toEqual([id]);
    expect((await client.control('DELETE', `/groups/${id}`)).status).toBe(204);
  });
});

test('the devices of a user are listed by either key', async () => {
  const { json } = await ask('GET', '/users/ACARTER@contoso.example/managedDevices');
  expect(json['value']?.[0]?.['userPrincipalName']).toBe('acarter@contoso.example');
  expect((await ask('GET', '/users/none@contoso.example/managedDevices')).status).toBe(404);
});

describe('actions', () => {
  const results = async () =>
    (await ask('GET', `${DEVICE}?$select=deviceActionResults,managementState,lastSyncDateTime`)).json;

  test('are taken up, pending, active and done, as time goes by', async () => {
    expect(await ask('POST', `${DEVICE}/remoteLock`)).toMatchObject({ status: 204, json: undefined });
    const state = async () =>
      (
        (await results())['deviceActionResults'] as unknown as { actionName: string; actionState: string }[]
      ).find(({ actionName }) => actionName === 'remoteLock')?.actionState;
    expect(await state()).toBe('pending');
    now += 1_000;
    expect(await state()).toBe('active');
    now += 1_000;
    expect(await state()).toBe('done');
    expect((await results())['lastSyncDateTime']).toBe(new Date(now).toISOString().replace('.000', ''));
  });

  test('wipe and retire change the management state, and take what they take', async () => {
    expect(
      (await ask('POST', `${DEVICE}/wipe`, { keepUserData: true, macOsUnlockCode: '123456' })).status,
    ).toBe(204);
    expect((await results())['managementState']).toBe('wipePending');
    now += 2_000;
    expect((await results())['managementState']).toBe('wipeIssued');
    for (const body of [
      { obliterationBehavior: 'default' },
      { macOsUnlockCode: '1' },
      { keepUserData: 'yes' },
    ]) {
      expect((await ask('POST', `${DEVICE}/wipe`, body)).status).toBe(400);
    }
  });

  test('need a permission of their own, a device, and the right method', async () => {
    expect((await ask('GET', `${DEVICE}/syncDevice`)).status).toBe(405);
    expect((await ask('POST', DEVICE)).status).toBe(405);
    expect((await ask('POST', `${DEVICE}/explode`)).status).toBe(400);
    expect(
      (await ask('POST', '/deviceManagement/managedDevices/11111111-2222-4333-8444-555555555555/syncDevice'))
        .status,
    ).toBe(404);
    await grant('DeviceManagementManagedDevices.ReadWrite.All');
    const refused = await ask('POST', `${DEVICE}/syncDevice`);
    expect(refused.status).toBe(403);
    expect(textOf(refused.json['error']?.['message'])).toContain('PrivilegedOperations.All');
  });

  test('a record is deleted; with a service that wants it retired before, only then', async () => {
    client.simulator.world.service.deleteNeedsRetire = true;
    expect((await ask('DELETE', DEVICE)).status).toBe(400);
    await ask('POST', `${DEVICE}/retire`);
    now += 2_000;
    expect((await ask('DELETE', DEVICE)).status).toBe(204);
    expect((await ask('GET', DEVICE)).status).toBe(404);
  });
});

describe('$batch', () => {
  const get = (id: string, url: string) => ({ id, method: 'GET', url });

  test('answers each part by itself, in no order to rely on', async () => {
    const requests = [
      get('1', DEVICE),
      get('2', '/deviceManagement/managedDevices/11111111-2222-4333-8444-555555555555'),
      get('3', '/nonsense'),
      { id: '4', method: 'POST', url: '/groups', body: {} },
      { ...get('5', DEVICE), dependsOn: ['3'] },
    ];
    const { status, json } = await ask('POST', '/$batch', { requests });
    expect(status).toBe(200);
    const responses = json['responses'] as unknown as { id: string; status: number; body: Json }[];
    expect(responses.map(({ id }) => id)).not.toEqual(['1', '2', '3', '4', '5']);
    expect(Object.fromEntries(responses.map((one) => [one.id, one.status]))).toEqual({
      1: 200,
      2: 404,
      3: 400,
      4: 400,
      5: 424,
    });
    expect(responses.find(({ id }) => id === '1')?.body['id']).toBe(deviceIds.compliant);
  });

  test('throttles parts, each counted, with a Retry-After of their own', async () => {
    client.simulator.world.service.throttling = { requests: 5, windowSeconds: 20, retryAfter: 'whole' };
    const requests = Array.from({ length: 8 }, (_, index) => get(String(index), DEVICE));
    const { status, json } = await ask('POST', '/$batch', { requests });
    expect(status).toBe(200);
    const responses = json['responses'] as unknown as { status: number; headers: Record<string, string> }[];
    const throttled = responses.filter((one) => one.status === 429);
    expect(throttled).toHaveLength(3);
    expect(throttled[0]?.headers).toMatchObject({ 'retry-after': '20' });
  });

  test('takes at most 20 parts with different ids', async () => {
    const many = (count: number, id = (index: number) => `id${index}`) => ({
      requests: Array.from({ length: count }, (_, index) => get(id(index), DEVICE)),
    });
    expect((await ask('POST', '/$batch', many(20))).status).toBe(200);
    expect((await ask('POST', '/$batch', many(21))).status).toBe(400);
    expect(
      (
        await ask(
          'POST',
          '/$batch',
          many(2, (index) => (index === 0 ? 'a' : 'A')),
        )
      ).status,
    ).toBe(400);
    expect((await ask('POST', '/$batch', { requests: 'x' })).status).toBe(400);
    expect((await ask('GET', '/$batch')).status).toBe(405);
  });
});
