import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGraphDeviceList } from '../../src/graph/graphDeviceList.ts';
import type { GraphAnswer } from '../../src/graph/graphRequest.ts';
import { createGraphTenant, type GraphTenant } from '../../src/graph/graphTenant.ts';
import { deviceListUrl } from '../../src/graph/graphUrls.ts';
import type { JsonObject } from '../../src/graph/jsonObject.ts';
import { leaveRoom } from '../../src/graph/leaveRoom.ts';
import type { Lookup, LookupOptions } from '../../src/node/deviceDirectory.ts';
import type { DeviceList, DevicePage, ListScope } from '../../src/node/deviceList.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';

const GRAPH = 'https://graph.microsoft.com';
const ALL: ListScope = { properties: 'none' };
const row = (changes: JsonObject = {}): JsonObject => ({
  id: 'c0000000-0000-4000-8000-000000000001',
  complianceState: 'compliant',
  lastSyncDateTime: '2026-11-21T12:00:00Z',
  ...changes,
});
const asked = (): LookupOptions => ({ signal: new AbortController().signal, deadline: Date.now() + 10_000 });

/** A list over one scripted answer; notes what was asked for. */
function listOver(body: JsonObject): { list: DeviceList; urls: string[] } {
  const urls: string[] = [];
  const list = createGraphDeviceList(GRAPH, (_, url) => {
    urls.push(url);
    return Promise.resolve<GraphAnswer>({ kind: 'body', body, fetchedAt: 1 });
  });
  return { list, urls };
}

function problemOf(answer: Lookup<DevicePage>): string {
  return answer.ok ? 'none' : `${answer.reason}: ${answer.detail}`;
}

describe('a page', () => {
  test('is asked for with what a decision judges by, a thousand rows at once', () => {
    expect(
      deviceListUrl(GRAPH, { properties: ['model'], checkedInAfter: Date.UTC(2026, 10, 21, 12, 0, 0, 999) }),
    ).toBe(
      `${GRAPH}/v1.0/deviceManagement/managedDevices?$top=1000&$filter=lastSyncDateTime%20gt%202026-11-21T12%3A00%3A00Z` +
        '&$select=id,azureADDeviceId,complianceState,managementState,deviceRegistrationState,' +
        'complianceGracePeriodExpirationDateTime,lastSyncDateTime,serialNumber,userPrincipalName,model',
    );
    expect(deviceListUrl(GRAPH, { properties: 'all' })).not.toContain('$select');
  });

  test('counts rows that are no device, and keeps the others', async () => {
    const { list } = listOver({ value: [row(), row({ id: 'x' }), row({ complianceState: null })] });
    const page = await list.readPage(ALL, undefined, asked());
    expect(page).toMatchObject({ ok: true, fetchedAt: 1, value: { unreadable: 2, next: undefined } });
    expect(page.ok && page.value.devices).toHaveLength(1);
  });

  test.each([
    ['no list', { value: 'x' }, 'no list of devices'],
    ['too long', { value: Array.from({ length: 1_001 }, () => row()) }, 'more than 1000 rows'],
    [
      'a link to another host',
      {
        value: [],
        '@odata.nextLink': 'https://graph.example/v1.0/deviceManagement/managedDevices?$skiptoken=a',
      },
      'another host',
    ],
    [
      'a link to another resource',
      { value: [], '@odata.nextLink': `${GRAPH}/v1.0/users?$skiptoken=a` },
      'another resource',
    ],
    ['a link to itself', { value: [], '@odata.nextLink': deviceListUrl(GRAPH, ALL) }, 'in a circle'],
  ])('that is or has %s is refused', async (_, body, words) => {
    const { list } = listOver(body);
    expect(problemOf(await list.readPage(ALL, undefined, asked()))).toMatch(
      new RegExp(`^malformedAnswer: .*${words}`),
    );
  });

  test.each([
    'https://graph.example/v1.0/deviceManagement/managedDevices?$skiptoken=a',
    'http://graph.microsoft.com/v1.0/deviceManagement/managedDevices',
    `${GRAPH}/v1.0/users`,
    'LastDeviceName',
    '',
  ])('is not asked for at the position %j', async (position) => {
    const { list, urls } = listOver({ value: [] });
    expect(problemOf(await list.readPage(ALL, position, asked()))).toMatch(/^malformedAnswer/);
    expect(urls).toEqual([]);
  });

  test('of recent check-ins with an older one, or one without a time, was not filtered', async () => {
    const checkedInAfter = Date.UTC(2026, 10, 21, 12, 0, 0, 500);
    const read = async (lastSyncDateTime: string): Promise<string> =>
      problemOf(
        await listOver({ value: [row({ lastSyncDateTime })] }).list.readPage(
          { ...ALL, checkedInAfter },
          undefined,
          asked(),
        ),
      );
    expect(await read('2026-11-21T12:00:00.7Z')).toBe('none');
    expect(await read('2026-11-21T11:59:59Z')).toContain('filter ignored');
    expect(await read('0001-01-01T00:00:00Z')).toContain('filter ignored');
  });

  test('knows what lists leave out', () => {
    const { list } = listOver({});
    expect([
      list.canTell('none'),
      list.canTell('all'),
      list.canTell(['model']),
      list.canTell(['model', 'udid']),
    ]).toEqual([true, true, true, false]);
  });
});

describe('the room that is left', () => {
  test('is seven eighths of the pace', async () => {
    let now = 1_000_000;
    const sentAt: number[] = [];
    const ask = leaveRoom(
      () => {
        sentAt.push(now);
        return Promise.resolve({ kind: 'absent', fetchedAt: now });
      },
      {
        pacing: { calls: 16, windowMs: 20_000 },
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
    );
    const bound = (): LookupOptions => ({ signal: new AbortController().signal, deadline: now + 30_000 });
    for (let call = 0; call < 6; call += 1) await ask('managedDevices', 'x', bound());
    expect(sentAt.map((at) => at - 1_000_000)).toEqual([0, 0, 20_000, 20_000, 40_000, 40_000]);
    const late = await ask('managedDevices', 'x', { ...bound(), deadline: now + 10 });
    expect(late).toMatchObject({ kind: 'failure', failure: { reason: 'throttled' } });
    expect(sentAt).toHaveLength(6);
  });
});

describe('against the simulator', () => {
  let simulator: Simulator;
  let tenant: GraphTenant;
  beforeAll(async () => {
    simulator = await startSimulator({ world: createWorld({ now: Date.now, fleetSize: 2_500 }) });
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    const [app] = simulator.world.apps;
    tenant = createGraphTenant({
      tenantId: simulator.world.tenant.id,
      clientId: app?.clientId ?? '',
      credential: { kind: 'clientSecret', clientSecret: app?.secrets[0]?.value ?? '' },
      authority: simulator.origin,
      graph: simulator.origin,
      extraCaPems: [simulator.caPem],
    });
  });
  afterEach(async () => {
    simulator.world.faults.length = 0;
    await tenant.close();
  });

  test('pages lead to the end, by way of positions', async () => {
    const ids = new Set<string>();
    let pages = 0;
    let position: string | undefined;
    do {
      const page = await tenant.list.readPage(ALL, position, asked());
      if (!page.ok) throw new Error(page.detail);
      for (const { id } of page.value.devices) ids.add(id);
      position = page.value.next;
      pages += 1;
    } while (position !== undefined);
    expect([pages, ids.size]).toEqual([3, 2_500 + simulator.world.devices.size]);
  });

  test('recent check-ins are fewer', async () => {
    const checkedInAfter = Date.now() - 3_600_000;
    const page = await tenant.list.readPage({ ...ALL, checkedInAfter }, undefined, asked());
    if (!page.ok) throw new Error(page.detail);
    expect(page.value.devices.length).toBeLessThan(1_000);
    expect(page.value.devices.every(({ lastSync }) => Number(lastSync) >= checkedInAfter - 1_000)).toBe(true);
  });

  test('a page is asked for once: 429 is told, with its time', async () => {
    simulator.world.faults.push({
      id: 'throttled',
      match: { endpoint: 'managedDevices' },
      fault: { kind: 'status', status: 429, retryAfter: '2.5' },
    });
    simulator.clearRequests();
    const page = await tenant.list.readPage(ALL, undefined, asked());
    expect(page).toMatchObject({ ok: false, reason: 'throttled', retryAfterMs: 2_500 });
    expect(simulator.requests().filter(({ endpoint }) => endpoint === 'managedDevices')).toHaveLength(1);
  });
});
