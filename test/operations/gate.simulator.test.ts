import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeGate, type Gate } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { buildApp } from '../../src/http/app.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { ConnectorInvoked } from '../../src/operations/operationLog.ts';
import { groupIds } from '../../src/simulator/defaultGroups.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createGateFolder, configWith, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { sha256 } from '../support/testApp.ts';

/** A whole gate in front of the simulated Microsoft, spoken to over HTTP. */
const KEYS = {
  ann: 'igk_ann_0123456789abcdefghijklmnopqrstuvwxyz',
  annToo: 'igk_ann2_0123456789abcdefghijklmnopqrstuvwxy',
  bob: 'igk_bob_0123456789abcdefghijklmnopqrstuvwxyz',
  nobody: 'igk_nobody_0123456789abcdefghijklmnopqrstuv',
  hr: 'igk_hr_0123456789abcdefghijklmnopqrstuvwxyzz',
} as const;

let simulator: Simulator;
let folder: GateFolder;
let gate: Gate;
let app: FastifyInstance;
const events: ConnectorInvoked[] = [];
const lines: string[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
  simulator.world.fleet.size = 250;
  simulator.world.service.actionMs = 0;
  folder = createGateFolder();
  gate = composeGate(loadConfig(folder.config(configOf()), {}), {
    logger: createLogger('trace', { write: (line: string) => void lines.push(line) }),
    operationLog: { record: (event) => void events.push(event) },
  });
  app = buildApp({
    surface: () => gate.surface,
    logger: createLogger('trace', { write: (line: string) => void lines.push(line) }),
    bodyBytes: 262_144,
    listener: { isUnixSocket: false },
  });
});
afterAll(async () => {
  await app.close();
  await gate.close();
  await simulator.close();
  folder.remove();
});
beforeEach(() => {
  simulator.world.faults.length = 0;
  simulator.clearRequests();
  events.length = 0;
});

function configOf(changes: object = {}): Record<string, unknown> {
  return {
    ...configWith(simulatedTenant(simulator, folder)),
    callers: [
      {
        name: 'ann',
        apiKeySha256: [sha256(KEYS.ann), sha256(KEYS.annToo)],
        nodes: ['default'],
        grants: ['READ', 'PROPOSE', 'MUTATE', 'APPROVE'],
      },
      { name: 'bob', apiKeySha256: [sha256(KEYS.bob)], grants: ['READ', 'APPROVE'] },
      { name: 'nobody', apiKeySha256: [sha256(KEYS.nobody)], nodes: ['default'] },
      { name: 'hr', apiKeySha256: [sha256(KEYS.hr)], grants: ['READ', 'PERSONAL'] },
      { name: 'journeys', apiKeySha256: [sha256('x'.repeat(40))], nodes: ['default'] },
    ],
    operations: { deadlineMs: 5_000 },
    ...changes,
  };
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly json: never;
}

async function send(
  who: keyof typeof KEYS,
  method: 'GET' | 'POST',
  url: string,
  body?: object,
): Promise<Reply & { readonly json: Record<string, never> }> {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${KEYS[who]}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, headers: answer.headers, json: answer.json() };
}

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);
const idsOf = (json: unknown): readonly string[] =>
  (at(json, 'devices') as readonly { readonly id: string }[]).map(({ id }) => id);
const callsTo = (endpoint: string): number =>
  simulator.requests().filter((request) => request.endpoint === endpoint).length;
const DEVICE = deviceIds.compliant;
const LABELS = ['user_principal_name', 'email_address', 'phone_number', 'user_display_name'];

describe('listing', () => {
  test('comes in pages, every device once, one call to Microsoft for each page', async () => {
    const seen: string[] = [];
    let cursor: unknown = null;
    let pages = 0;
    do {
      const next = typeof cursor === 'string' ? `&cursor=${cursor}` : '';
      const { status, json } = await send('ann', 'GET', `/v1/devices?page_size=100${next}`);
      expect(status).toBe(200);
      seen.push(...idsOf(json));
      cursor = at(json, 'cursor');
      expect(at(json, 'has_next_page')).toBe(cursor !== null);
      pages += 1;
    } while (cursor !== null);
    expect(pages).toBe(Math.ceil(seen.length / 100));
    expect(callsTo('managedDevices')).toBe(pages);
    expect(new Set(seen).size).toBe(simulator.world.devices.size + 250);
  });

  test('only devices that checked in at a time or later, also if Microsoft ignores the filter', async () => {
    const since = new Date(simulator.world.createdAt - 5 * 3_600_000).toISOString();
    const wanted = (await allDevices(`last_sync=${since}`)).toSorted();
    expect(wanted.length).toBeGreaterThan(20);
    const all = await devicesWith('last_sync_at');
    expect(wanted).toEqual(
      all
        .filter(([, sync]) => String(sync) >= since)
        .map(([id]) => id)
        .toSorted(),
    );
  });

  test.each([
    ['page_size=0', '/page_size'],
    ['page_size=1000', '/page_size'],
    ['page_size=abc', '/page_size'],
    ['page_size=1.5', '/page_size'],
    ['last_sync=yesterday', '/last_sync'],
    ['last_sync=2026-11-21', '/last_sync'],
    ['color=red', '/color'],
  ])('%s is refused, and the problem names it', async (query, pointer) => {
    const { status, json } = await send('ann', 'GET', `/v1/devices?${query}`);
    expect(status).toBe(400);
    expect(json).toMatchObject({ type: 'urn:intune-gate:problem:malformedRequest', errors: [{ pointer }] });
    expect(callsTo('managedDevices')).toBe(0);
  });

  test('999 rows fit on a page, and a parameter that stands twice is refused', async () => {
    const { json } = await send('ann', 'GET', '/v1/devices?page_size=999');
    expect(idsOf(json).length).toBeGreaterThan(250);
    expect((await send('ann', 'GET', '/v1/devices?page_size=1&page_size=2')).status).toBe(400);
  });

  test('a cursor is good for the same question of the same principal, by whatever key, and nothing else', async () => {
    const first = await send('ann', 'GET', '/v1/devices?page_size=10');
    const cursor = String(at(first.json, 'cursor'));
    const go = (who: keyof typeof KEYS, query: string) =>
      send(who, 'GET', `/v1/devices?${query}&cursor=${cursor}`);
    expect((await go('ann', 'page_size=10')).status).toBe(200);
    expect((await go('annToo', 'page_size=10')).status).toBe(200);
    for (const [who, query] of [
      ['ann', 'page_size=11'],
      ['ann', 'page_size=10&last_sync=2026-01-01T00:00:00Z'],
      ['bob', 'page_size=10'],
    ] as const) {
      expect(await go(who, query)).toMatchObject({
        status: 400,
        json: { type: 'urn:intune-gate:problem:badCursor' },
      });
    }
    const changed = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
    expect((await send('ann', 'GET', `/v1/devices?page_size=10&cursor=${changed}`)).status).toBe(400);
    const elsewhere = `/v1/groups/${groupIds.laptops}/members?page_size=10&cursor=${cursor}`;
    expect((await send('ann', 'GET', elsewhere)).status).toBe(400);
    // It tells nothing.
    expect(Buffer.from(cursor, 'base64url').toString()).not.toMatch(/skiptoken|PC-|graph/i);
  });

  test('a page that fails can be asked for again with its cursor', async () => {
    const first = await send('ann', 'GET', '/v1/devices?page_size=10');
    const next = `/v1/devices?page_size=10&cursor=${String(at(first.json, 'cursor'))}`;
    fault('managedDevices', { kind: 'status', status: 403, body: 'nested' }, 1);
    expect(await send('ann', 'GET', next)).toMatchObject({
      status: 502,
      json: { type: 'urn:intune-gate:problem:upstream', reason: 'permissionMissing' },
    });
    const again = await send('ann', 'GET', next);
    expect(again.status).toBe(200);
    expect(idsOf(again.json)).not.toEqual(idsOf(first.json));
  });
});

describe('errors of Microsoft', () => {
  test.each([
    [400, 'requestRefused', 1],
    [403, 'permissionMissing', 1],
  ])('%i fails without retry, with a clear text', async (status, reason, calls) => {
    fault('managedDevices', { kind: 'status', status, body: 'nested' });
    const answer = await send('ann', 'GET', '/v1/devices');
    expect(answer).toMatchObject({ status: 502, json: { reason } });
    expect(String(at(answer.json, 'detail'))).toMatch(/HTTP \d+/);
    expect(callsTo('managedDevices')).toBe(calls);
  });

  test('401 gets one new token, and then fails', async () => {
    fault('managedDevices', { kind: 'status', status: 401, body: 'nested' });
    expect(await send('ann', 'GET', '/v1/devices')).toMatchObject({
      status: 502,
      json: { reason: 'licenceOrRoleMissing' },
    });
    expect(callsTo('managedDevices')).toBeLessThanOrEqual(2);
  });

  test.each([
    [429, '1'],
    [503, '0.2'],
    [503, new Date(Date.now() + 1_000).toUTCString()],
  ])('%i waits for Retry-After %s and goes on', async (status, retryAfter) => {
    fault('managedDevices', { kind: 'status', status, retryAfter }, 1);
    expect((await send('ann', 'GET', '/v1/devices?page_size=1')).status).toBe(200);
    expect(callsTo('managedDevices')).toBe(2);
  });

  test('a wish that is longer than the deadline is handed on', async () => {
    fault('managedDevices', { kind: 'status', status: 429, retryAfter: '60' });
    const answer = await send('ann', 'GET', '/v1/devices');
    expect(answer).toMatchObject({
      status: 503,
      json: { type: 'urn:intune-gate:problem:upstreamBusy', reason: 'throttled' },
    });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    gate.forget();
  });
});

describe('one device', () => {
  test('with memory that only a single read tells, its compliance and its apps', async () => {
    const device = await send('ann', 'GET', `/v1/devices/${DEVICE}`);
    expect(device.json).toMatchObject({
      device: { id: DEVICE, physical_memory_bytes: 17_179_869_184, total_storage_bytes: expect.any(Number) },
      answer: { source: 'graph', age_seconds: 0 },
    });
    const compliance = await send('ann', 'GET', `/v1/devices/${deviceIds.graceExpired}/compliance`);
    expect(compliance.json).toMatchObject({
      outcome: 'NotCompliant',
      reason: 'graceExpired',
      remedy: expect.any(String),
    });
    expect(await send('ann', 'GET', `/v1/devices/${deviceIds.graceExpired}/compliance`)).toMatchObject({
      json: { answer: { source: 'cache' } },
    });
    expect(at((await send('ann', 'GET', `/v1/devices/${DEVICE}/apps`)).json, 'apps')).toHaveLength(6);
  });

  test('that nobody knows is 404, and an id that is none is 400', async () => {
    const unknown = '11111111-2222-4333-8444-555555555555';
    for (const path of ['', '/compliance', '/actions']) {
      expect((await send('ann', 'GET', `/v1/devices/${unknown}${path}`)).status).toBe(404);
      expect((await send('ann', 'GET', `/v1/devices/not-an-id${path}`)).status).toBe(400);
    }
  });

  test('passes or not by the rules of a node, if the caller may ask it', async () => {
    expect(await send('ann', 'POST', `/v1/devices/${DEVICE}/decision`, {})).toMatchObject({
      json: { passes: true, outcome: 'Compliant', node: 'default' },
    });
    const why = await send('ann', 'POST', `/v1/devices/${deviceIds.noncompliant}/explanation`, {});
    expect(why.json).toMatchObject({ passes: false, reason: 'noncompliant', fixer: 'user' });
    expect((at(why.json, 'steps') as unknown[]).length).toBeGreaterThan(2);
    expect((await send('bob', 'POST', `/v1/devices/${DEVICE}/decision`, {})).status).toBe(403);
    expect((await send('ann', 'POST', `/v1/devices/${DEVICE}/decision`, { node: 'other' })).status).toBe(403);
  });
});

describe('finding', () => {
  test('20 devices are one call, and what was throttled is asked for again by itself', async () => {
    const ids = Array.from({ length: 19 }, (_, index) => fleetId(index + 1));
    const unknown = '11111111-2222-4333-8444-555555555555';
    simulator.world.faults.push({
      id: 'busy',
      match: { endpoint: 'managedDevice', deviceId: fleetId(3) },
      times: 2,
      fault: { kind: 'status', status: 429, retryAfter: '0.1' },
    });
    const { json } = await send('ann', 'POST', '/v1/devices/lookup', { device_ids: [...ids, unknown] });
    expect(idsOf(json).toSorted()).toEqual(ids.toSorted());
    expect(json).toMatchObject({ not_found: [unknown], problems: [] });
    expect(simulator.requests().map(({ endpoint }) => endpoint)).toEqual(['batch', 'batch', 'batch']);
  });

  test('without trouble it is one call; one that stays throttled does not spoil the others', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => fleetId(index + 1));
    await send('ann', 'POST', '/v1/devices/lookup', { device_ids: ids });
    expect(simulator.requests().map(({ endpoint }) => endpoint)).toEqual(['batch']);
    simulator.world.faults.push({
      id: 'busy',
      match: { endpoint: 'managedDevice', deviceId: fleetId(3) },
      fault: { kind: 'status', status: 429, retryAfter: '60' },
    });
    const { json } = await send('ann', 'POST', '/v1/devices/lookup', { device_ids: ids });
    expect(idsOf(json)).toHaveLength(19);
    expect(at(json, 'problems')).toMatchObject([{ device_id: fleetId(3), reason: 'throttled' }]);
    expect((await send('ann', 'POST', '/v1/devices/lookup', { device_ids: [...ids, DEVICE] })).status).toBe(
      400,
    );
  });

  test('by Entra id, by serial number, by user, and by exactly one of them', async () => {
    const device = simulator.world.devices.get(DEVICE);
    const { azureADDeviceId, serialNumber, userPrincipalName } = device?.properties ?? {};
    for (const body of [
      { azure_ad_device_id: azureADDeviceId },
      { serial_number: serialNumber },
      { user_principal_name: String(userPrincipalName).toUpperCase() },
    ]) {
      const { json } = await send('ann', 'POST', '/v1/devices/lookup', body);
      expect(idsOf(json)).toContain(DEVICE);
    }
    expect(
      idsOf((await send('ann', 'POST', '/v1/devices/lookup', { serial_number: "x' or '1' eq '1" })).json),
    ).toEqual([]);
    for (const body of [{}, { serial_number: ' ' }, { serial_number: 'a', user_principal_name: 'a@b.c' }]) {
      expect((await send('ann', 'POST', '/v1/devices/lookup', body)).status).toBe(400);
    }
    // Whom one looks for stands in no address of ours.
    expect((await send('ann', 'GET', '/v1/devices/lookup?user_principal_name=a@b.c')).status).not.toBe(200);
  });
});

describe('groups', () => {
  test('by display name: exact, each once, several of one name all, missing ones left out', async () => {
    const { json } = await send('ann', 'POST', '/v1/groups/lookup', {
      display_names: ['Staff', 'Staff', 'Contractors', "Alex' laptops", 'Nobody knows it'],
    });
    const found = at(json, 'groups') as readonly { id: string; display_name: string }[];
    expect(found.map(({ id }) => id).toSorted()).toEqual(
      [groupIds.staff, groupIds.contractors, groupIds.otherContractors, groupIds.laptops].toSorted(),
    );
    expect(callsTo('groups')).toBe(1);
    const eleven = Array.from({ length: 11 }, (_, index) => `g${index}`);
    expect((await send('ann', 'POST', '/v1/groups/lookup', { display_names: eleven })).status).toBe(400);
    expect((await send('ann', 'POST', '/v1/groups/lookup', { display_names: [] })).status).toBe(400);
  });

  test('members come in pages with a total, with their kind, and an id of the device for devices only', async () => {
    const first = await send('hr', 'GET', `/v1/groups/${groupIds.laptops}/members?page_size=10`);
    expect(first.json).toMatchObject({ has_next_page: true, total: simulator.world.entraDevices.size });
    const cursor = String(at(first.json, 'cursor'));
    const second = await send(
      'hr',
      'GET',
      `/v1/groups/${groupIds.laptops}/members?page_size=10&cursor=${cursor}`,
    );
    const rows = [first, second].flatMap(
      ({ json }) => at(json, 'members') as { id: string; kind: string; device_id: string }[],
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(simulator.world.entraDevices.size);
    expect(rows.every(({ kind, device_id: id }) => kind === 'device' && id.length === 36)).toBe(true);
    const staff = await send('hr', 'GET', `/v1/groups/${groupIds.staff}/members`);
    expect(
      (at(staff.json, 'members') as { kind: string; device_id: unknown; mail: unknown }[]).map(
        ({ kind, device_id: id, mail }) => [kind, id === null, mail === null],
      ),
    ).toEqual([
      ['user', true, false],
      ['user', true, false],
      ['device', false, true],
    ]);
    const nested = await send('ann', 'GET', `/v1/groups/${groupIds.everybody}/members`);
    expect(at(nested.json, 'members', 0)).toMatchObject({
      kind: 'group',
      display_name: 'Staff',
      device_id: null,
    });
    expect((await send('ann', 'GET', `/v1/groups/${DEVICE}/members`)).status).toBe(404);
  });

  test('membership counts by way of other groups, for a device and for a user', async () => {
    const ids = [groupIds.staff, groupIds.everybody, groupIds.otherContractors, groupIds.empty];
    const ask = (subject: object) =>
      send('ann', 'POST', '/v1/groups/membership', { group_ids: ids, ...subject });
    const expected = { member_of: ids.slice(0, 3), not_member_of: [groupIds.empty] };
    expect((await ask({ device_id: DEVICE })).json).toEqual(expected);
    expect((await ask({ user_principal_name: 'acarter@contoso.example' })).json).toEqual(expected);
    expect((await ask({ user_principal_name: 'gate@contoso.example' })).json).toMatchObject({
      member_of: [],
    });
    expect((await ask({ user_principal_name: 'none@contoso.example' })).status).toBe(404);
    expect((await ask({ device_id: DEVICE, user_id: DEVICE })).status).toBe(400);
    expect((await ask({})).status).toBe(400);
  });
});

describe('personal fields', () => {
  test('are masked unless they are granted, and never logged or recorded', async () => {
    for (const [who, isSeen] of [
      ['ann', false],
      ['hr', true],
    ] as const) {
      const { json } = await send(who, 'GET', `/v1/devices/${DEVICE}`);
      for (const label of LABELS) {
        const value = at(json, 'device', label);
        expect(value === null || value === '[masked]').toBe(!isSeen);
      }
    }
    await send('hr', 'POST', '/v1/devices/lookup', { user_principal_name: 'acarter@contoso.example' });
    await send('hr', 'POST', '/v1/groups/membership', {
      group_ids: [groupIds.staff],
      user_principal_name: 'acarter@contoso.example',
    });
    expect(events.length).toBeGreaterThan(3);
    expect(JSON.stringify([events, lines])).not.toMatch(/acarter@|Alex Carter/);
  });

  test('no field is left out of the marks: whatever holds an address is masked', async () => {
    for (const path of ['/v1/devices?page_size=999', `/v1/groups/${groupIds.staff}/members`]) {
      const { json } = await send('ann', 'GET', path);
      expect(JSON.stringify(json)).not.toMatch(/@contoso/);
    }
  });
});

describe('changing', () => {
  let nextId = 0;
  const change = () => ({ request_id: `request-${(nextId += 1)}`, reason: 'it was lost' });

  test('a device is locked by one person with the word of another, and reports it', async () => {
    const asked = await send('ann', 'POST', `/v1/devices/${DEVICE}/lock`, change());
    expect(asked).toMatchObject({
      status: 202,
      json: { state: 'pendingApproval', device_name: { untrusted_text: 'LAPTOP-ACARTER' } },
    });
    expect(callsTo('deviceAction')).toBe(0);
    const { id, digest } = asked.json as unknown as { id: string; digest: string };
    // The same principal, with its other key and all the grants.
    expect(await send('annToo', 'POST', `/v1/approvals/${id}/approve`, { digest })).toMatchObject({
      status: 403,
    });
    expect(at((await send('bob', 'GET', '/v1/approvals')).json, 'approvals')).toHaveLength(1);
    expect((await send('nobody', 'GET', `/v1/operations/${id}`)).status).toBe(404);
    expect((await send('bob', 'POST', `/v1/approvals/${id}/approve`, {})).status).toBe(400);
    expect(await send('bob', 'POST', `/v1/approvals/${id.toUpperCase()}/approve`, { digest })).toMatchObject({
      status: 200,
      json: { state: 'sent', decided_by: 'bob', requested_by: 'ann' },
    });
    expect((await send('bob', 'POST', `/v1/approvals/${id}/approve`, { digest })).status).toBe(409);
    expect(callsTo('deviceAction')).toBe(1);
    expect(await send('ann', 'GET', `/v1/operations/${id}`)).toMatchObject({
      json: { progress: { state: 'done' } },
    });
    const actions = await send('ann', 'GET', `/v1/devices/${DEVICE}/actions`);
    expect(at(actions.json, 'actions')).toContainEqual(
      expect.objectContaining({ action: 'remoteLock', state: 'done' }),
    );
  });

  test('a sync is done at once, and the next answer about the device is new', async () => {
    await send('ann', 'GET', `/v1/devices/${DEVICE}/compliance`);
    expect(await send('ann', 'POST', `/v1/devices/${DEVICE}/sync`, change())).toMatchObject({
      status: 200,
      json: { state: 'sent' },
    });
    expect(await send('ann', 'GET', `/v1/devices/${DEVICE}/compliance`)).toMatchObject({
      json: { answer: { source: 'graph' } },
    });
  });

  test.each(['wipe', 'retire', 'delete'])('%s reaches the device as it was asked for', async (action) => {
    const id = fleetId(100 + nextId);
    const asked = await send('ann', 'POST', `/v1/devices/${id}/${action}`, {
      ...change(),
      ...(action === 'wipe' ? { keep_user_data: true } : {}),
    });
    expect(asked.status).toBe(202);
    const { id: request, digest } = asked.json as unknown as { id: string; digest: string };
    expect((await send('bob', 'POST', `/v1/approvals/${request}/approve`, { digest })).status).toBe(200);
    const after = await send('ann', 'GET', `/v1/devices/${id}/actions`);
    expect([after.status, at(after.json, 'management_state')]).toEqual(
      action === 'delete' ? [404, undefined] : [200, `${action}Issued`],
    );
  });

  test('what Microsoft may have done is not sent again: a wipe that times out is unclear', async () => {
    const id = fleetId(200);
    const asked = await send('ann', 'POST', `/v1/devices/${id}/wipe`, change());
    fault('deviceAction', { kind: 'reset' });
    const { id: request, digest } = asked.json as unknown as { id: string; digest: string };
    expect(await send('bob', 'POST', `/v1/approvals/${request}/approve`, { digest })).toMatchObject({
      status: 200,
      json: { state: 'unclear' },
    });
    expect(callsTo('deviceAction')).toBe(1);
  });

  test('a permission that the app lacks is told, and the request is used up', async () => {
    const [registration] = simulator.world.apps;
    const roles = registration?.roles ?? [];
    simulator.world.acceptedScopes.deviceAction = [
      'DeviceManagementManagedDevices.PrivilegedOperations.None',
    ];
    const refused = await send('ann', 'POST', `/v1/devices/${DEVICE}/sync`, change());
    simulator.world.acceptedScopes.deviceAction = roles;
    expect(refused).toMatchObject({ status: 502, json: { reason: 'permissionMissing' } });
    expect(events.map(({ outcome }) => outcome)).toEqual(['attempted', 'failed']);
  });

  test('wrong options are refused before anybody is asked', async () => {
    for (const body of [
      {},
      { ...change(), reason: 'x' },
      { ...change(), request_id: 'short' },
      { ...change(), request_id: 'with spaces in it' },
      { ...change(), keep_user_data: true },
      { ...change(), device_id: fleetId(1) },
      { ...change(), dry_run: 'yes' },
    ]) {
      expect((await send('ann', 'POST', `/v1/devices/${DEVICE}/lock`, body)).status).toBe(400);
    }
    const wipe = { ...change(), macos_unlock_code: '12345' };
    expect((await send('ann', 'POST', `/v1/devices/${DEVICE}/wipe`, wipe)).status).toBe(400);
    expect(callsTo('managedDevice') + callsTo('deviceAction')).toBe(0);
  });

  test('what waits for approval outlives a configuration that is read again, and its requester does not', async () => {
    const asked = await send('ann', 'POST', `/v1/devices/${DEVICE}/lock`, change());
    const { id, digest } = asked.json as unknown as { id: string; digest: string };
    const [, ...others] = configOf()['callers'] as readonly object[];
    const former = gate;
    gate = composeGate(loadConfig(folder.config(configOf({ callers: others }), 'newer.yaml'), {}), {
      logger: createLogger('silent'),
      former,
      operationLog: { record: (event) => void events.push(event) },
    });
    expect(await send('bob', 'POST', `/v1/approvals/${id}/approve`, { digest })).toMatchObject({
      status: 409,
      json: { type: 'urn:intune-gate:problem:requesterMayNot' },
    });
    gate = former;
    expect((await send('bob', 'POST', `/v1/approvals/${id}/approve`, { digest })).status).toBe(200);
  });
});

describe('who asks', () => {
  test('nobody known is 401, a caller without grants 403, and that is recorded', async () => {
    for (const url of ['/v1/devices', '/v1/operations', '/v1/approvals', '/v1/operations/x']) {
      const answer = await app.inject({ method: 'GET', url });
      expect(answer.statusCode).toBe(401);
    }
    expect((await send('nobody', 'GET', '/v1/devices')).status).toBe(403);
    expect(events).toMatchObject([{ principal: 'nobody', outcome: 'refused', operation: 'list_devices' }]);
    const catalogue = await send('nobody', 'GET', '/v1/operations');
    expect(at(catalogue.json, 'operations', 0)).toMatchObject({ name: 'list_devices', granted: false });
  });

  test('OpenAPI names every operation, at the place where it is', async () => {
    const answer = await app.inject({ method: 'GET', url: '/openapi.json' });
    const { paths } = answer.json<{ paths: Record<string, Record<string, { operationId: string }>> }>();
    const { json } = await send('ann', 'GET', '/v1/operations');
    const listed = at(json, 'operations') as readonly { name: string; method: string; path: string }[];
    expect(listed.length).toBeGreaterThan(15);
    for (const { name, method, path } of listed) {
      expect(paths[path]?.[method.toLowerCase()]?.operationId).toBe(name);
    }
    for (const path of ['/v1/approvals', '/v1/approvals/{id}/approve', '/v1/operations/{id}', '/mcp']) {
      expect(paths).toHaveProperty([path]);
    }
  });
});

function fleetId(number: number): string {
  return `cf000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function fault(
  endpoint: 'managedDevices' | 'deviceAction',
  what: Simulator['world']['faults'][number]['fault'],
  times?: number,
): void {
  simulator.world.faults.push({
    id: 'made up',
    match: { endpoint },
    fault: what,
    ...(times === undefined ? {} : { times }),
  });
}

async function devicesWith(field: string): Promise<readonly (readonly [string, unknown])[]> {
  const { json } = await send('ann', 'GET', '/v1/devices?page_size=999');
  return (at(json, 'devices') as Record<string, unknown>[]).map((device) => [
    String(device['id']),
    device[field],
  ]);
}

async function allDevices(query: string): Promise<readonly string[]> {
  const { json } = await send('ann', 'GET', `/v1/devices?page_size=999&${query}`);
  return idsOf(json);
}
