import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphEvent } from '../../src/graph/graphEvent.ts';
import type { GraphTenant } from '../../src/graph/graphTenant.ts';
import { parseGuid, type DeviceId } from '../../src/node/deviceId.ts';
import {
  json,
  jwt,
  startFakeMicrosoft,
  tenantOf,
  tokenBody,
  within,
  type FakeMicrosoft,
  type Reply,
} from './fakeMicrosoft.ts';

function guid(text: string): DeviceId {
  const id = parseGuid(text);
  if (id === undefined) throw new Error('no GUID');
  return id;
}

const ID = guid('aaaaaaaa-1111-4111-8111-111111111111');
const ENTRA = guid('bbbbbbbb-1111-4111-8111-111111111111');
const STRANGER = 'cccccccc-1111-4111-8111-111111111111';
const DEVICE = { id: ID, azureADDeviceId: ENTRA, complianceState: 'compliant', managementState: 'managed' };
const LIST_PATH = '/v1.0/deviceManagement/managedDevices';
const APPS_PATH = `/beta/deviceManagement/managedDevices/${ID}/detectedApps`;

let fake: FakeMicrosoft;
let tenant: GraphTenant;
let events: GraphEvent[] = [];
let waits: number[] = [];

beforeAll(async () => {
  fake = await startFakeMicrosoft();
});
beforeEach(() => {
  fake.reset();
  events = [];
  waits = [];
  tenant = tenantOf(fake, {
    attemptTimeoutMs: 300,
    random: () => 0.5,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    onEvent: (event) => events.push(event),
  });
});
afterEach(() => tenant.close());
afterAll(() => fake.close());

const graphError = (status: number, code: string, message = ''): Reply =>
  json({ error: { code, message } }, status);
const dead: Reply = { raw: (response) => response.destroy() };
const find = (
  properties: 'none' | 'all' | string[] = 'none',
  ms = 5_000,
): ReturnType<GraphTenant['directory']['findManagedDevice']> =>
  tenant.directory.findManagedDevice(ID, { ...within(ms), properties });
const findByEntra = (
  properties: 'none' | 'all' | string[] = 'none',
): ReturnType<GraphTenant['directory']['findManagedDevicesByEntraId']> =>
  tenant.directory.findManagedDevicesByEntraId(ENTRA, { ...within(), properties });
const apps = (): ReturnType<GraphTenant['directory']['listDetectedApps']> =>
  tenant.directory.listDetectedApps(ID, within());
const asked = (): string[] => fake.of('graph').map(({ url }) => url);

describe('findManagedDevice', () => {
  it('asks by id with what is judged, and no more', async () => {
    fake.graph = () => json(DEVICE);
    const before = Date.now();
    const found = await find();
    expect(found).toMatchObject({
      ok: true,
      source: 'graph',
      value: { id: ID, complianceState: 'compliant' },
    });
    expect(found.ok && found.fetchedAt).toBeGreaterThanOrEqual(before);
    expect(asked()).toEqual([
      `${LIST_PATH}/${ID}?$select=id,azureADDeviceId,complianceState,managementState,deviceRegistrationState,complianceGracePeriodExpirationDateTime,lastSyncDateTime,serialNumber,userPrincipalName`,
    ]);
  });

  it.each([
    ['a key twice', `{"id":"${ID}","complianceState":"noncompliant","complianceState":"compliant"}`],
    [
      'a key twice in escapes',
      `{"id":"${ID}","complianceState":"noncompliant","compliance\\u0053tate":"compliant"}`,
    ],
    [
      'nesting without end',
      `{"id":"${ID}","complianceState":"compliant","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ],
  ])('an answer with %s is no answer', async (_name, text) => {
    fake.graph = () => ({
      raw: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    });
    expect(await find()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it('adds wanted properties, each once, and nothing that is no property name', async () => {
    fake.graph = () => json(DEVICE);
    await find(['model', 'id', '@odata.type', 'a&$expand=users', 'udid']);
    expect(asked()[0]).toMatch(/userPrincipalName,model,udid$/);
  });

  it('asks for all without $select', async () => {
    fake.graph = () => json(DEVICE);
    await find('all');
    expect(asked()).toEqual([`${LIST_PATH}/${ID}`]);
  });

  it('sends the token, and a request id of its own for each attempt', async () => {
    fake.graph = (_request, count) => (count === 1 ? graphError(503, 'x') : json(DEVICE));
    await find();
    const ids = fake.of('graph').map(({ headers }) => headers['client-request-id']);
    expect(new Set(ids).size).toBe(2);
    expect(fake.of('graph')[0]?.headers.authorization).toMatch(/^Bearer ey/);
  });

  it('takes absence for an answer', async () => {
    expect(await find()).toMatchObject({ ok: true, value: undefined });
    expect(asked()).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['another device', json({ ...DEVICE, id: STRANGER })],
    ['no compliance state', json({ ...DEVICE, complianceState: null })],
    ['a list', json({ value: [DEVICE] })],
    [
      'the page of a proxy',
      { status: 200, body: '<html>sign in</html>', headers: { 'content-type': 'text/html' } },
    ],
    ['the 404 of a proxy', { status: 404, body: '<html>' }],
    ['half an answer, well ended', { status: 200, body: JSON.stringify(DEVICE).slice(0, 40) }],
    ['a redirect', { status: 302, headers: { location: 'https://evil.test/' }, body: '' }],
  ])('%s is malformedAnswer, not asked again', async (_name, reply) => {
    fake.graph = () => reply;
    expect(await find()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
    expect(asked()).toHaveLength(1);
  });

  it('an answer beyond all measure is cut off', async () => {
    fake.graph = () => ({ status: 200, body: `{"x":"${'a'.repeat(8_500_000)}"}` });
    await tenant.close();
    tenant = tenantOf(fake);
    expect(await find()).toMatchObject({
      ok: false,
      reason: 'malformedAnswer',
      detail: expect.stringContaining('larger') as string,
    });
  });
});

describe('tries', () => {
  it.each<[string, Reply, number]>([
    ['503', graphError(503, 'x'), 150],
    ['500', graphError(500, 'x'), 150],
    ['502 in HTML', { status: 502, body: '<html>' }, 150],
    ['504', graphError(504, 'UnknownError'), 150],
    [
      '429 with a fraction of a second',
      { ...graphError(429, 'TooManyRequests'), headers: { 'retry-after': '2.128' } },
      2_128,
    ],
    ['429 without a wish', graphError(429, 'TooManyRequests'), 750],
    ['a dead connection', dead, 150],
    [
      'a body cut short',
      {
        raw: (response) => {
          response.writeHead(200, { 'content-length': '900' });
          response.write('{"id":');
          setTimeout(() => response.destroy(), 20);
        },
      },
      150,
    ],
  ])('again after %s', async (_name, reply, wait) => {
    fake.graph = (_request, count) => (count === 1 ? reply : json(DEVICE));
    expect(await find()).toMatchObject({ ok: true, value: { id: ID } });
    // Some milliseconds may pass between the answer and the pause after it.
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeLessThanOrEqual(wait);
    expect(waits[0]).toBeGreaterThan(wait - 50);
  });

  it.each<[string, Reply]>([
    ['503', graphError(503, 'x')],
    ['a dead connection', dead],
  ])('four in all: %s', async (_name, reply) => {
    fake.graph = () => reply;
    expect(await find()).toMatchObject({ ok: false, reason: 'upstreamUnavailable' });
    expect(asked()).toHaveLength(4);
    expect(waits.map((ms) => Math.ceil(ms / 50) * 50)).toEqual([150, 300, 600]);
  });

  it.each([400, 403, 404, 409])('once for %i', async (status) => {
    fake.graph = () => graphError(status, 'BadRequest', 'Resource not found for the segment');
    expect(await find()).toMatchObject({ ok: false });
    expect(asked()).toHaveLength(1);
  });

  it('gives up at once if the wait would pass the deadline, and says how long it is', async () => {
    fake.graph = () => ({ ...graphError(429, 'x'), headers: { 'retry-after': '120' } });
    expect(await find()).toMatchObject({ ok: false, reason: 'throttled', retryAfterMs: 120_000 });
    expect(waits).toEqual([]);
    expect(asked()).toHaveLength(1);
  });
});

it('a hundred lookups at once share one token, and leave nothing behind', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  fake.graph = () => json(DEVICE);
  await tenant.close();
  tenant = tenantOf(fake);
  const found = await Promise.all(Array.from({ length: 100 }, async () => find('none', 10_000)));
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect(found.every(({ ok }) => ok)).toBe(true);
  expect(fake.of('token')).toHaveLength(1);
  expect(warnings).toEqual([]);
});

describe('the deadline', () => {
  it.each<[string, Reply]>([
    ['no answer', { raw: () => undefined }],
    ['headers and then nothing', { raw: (response) => void response.writeHead(200).write('{') }],
  ])('ends %s', async (_name, reply) => {
    await tenant.tokens.getToken(within());
    fake.graph = () => reply;
    const startedAt = performance.now();
    expect(await find('none', 200)).toMatchObject({ ok: false, reason: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(600);
  });

  it('one attempt that hangs leaves time for another', async () => {
    fake.graph = (_request, count) => (count === 1 ? { raw: () => undefined } : json(DEVICE));
    expect(await find()).toMatchObject({ ok: true });
    expect(asked()).toHaveLength(2);
  });

  it('a caller who goes away ends the request', async () => {
    fake.graph = () => ({ raw: () => undefined });
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 50);
    const lookup = { signal: caller.signal, deadline: Date.now() + 60_000, properties: 'none' } as const;
    const startedAt = performance.now();
    expect(await tenant.directory.findManagedDevice(ID, lookup)).toMatchObject({
      ok: false,
      reason: 'timeout',
    });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('nothing is sent when it has passed already', async () => {
    expect(await find('none', -1)).toMatchObject({ ok: false, reason: 'timeout' });
    expect(asked()).toEqual([]);
  });

  it('closing ends what is under way', async () => {
    await tenant.tokens.getToken(within());
    fake.graph = () => ({ raw: () => undefined });
    const lookup = find();
    setTimeout(() => void tenant.close(), 50);
    expect(await lookup).toMatchObject({ ok: false });
  });
});

describe('401 and 403', () => {
  const badToken = graphError(
    401,
    'InvalidAuthenticationToken',
    'Lifetime validation failed, the token is expired.',
  );

  it('fetches one new token and asks again', async () => {
    fake.graph = (_request, count) => (count === 1 ? badToken : json(DEVICE));
    expect(await find()).toMatchObject({ ok: true });
    expect(fake.of('token')).toHaveLength(2);
    const [first, second] = fake.of('graph').map(({ headers }) => headers.authorization);
    expect(first).not.toBe(second);
  });

  it('but only once, also for many callers and for the next minute', async () => {
    fake.graph = () => badToken;
    const failures = await Promise.all([find(), find(), find()]);
    for (const failure of failures)
      expect(failure).toMatchObject({ ok: false, reason: 'credentialRejected' });
    expect(await find()).toMatchObject({ ok: false, reason: 'credentialRejected' });
    expect(fake.of('token')).toHaveLength(2);
  });

  it("Intune's own 401 is about licence or role", async () => {
    const nest = JSON.stringify({
      ErrorCode: 'Forbidden',
      Message: '{"_version": 3, "Message": "An error has occurred"}',
    });
    fake.graph = () => graphError(401, 'UnknownError', nest);
    expect(await find()).toMatchObject({ ok: false, reason: 'licenceOrRoleMissing' });
    expect(asked()).toHaveLength(2);
  });

  it('a missing permission is said at once, and a new token fetched for the next one', async () => {
    fake.graph = () =>
      graphError(
        403,
        'Forbidden',
        '{"Message":"Application must have one of the following scopes: X.Read.All - Operation ID: 1"}',
      );
    expect(await find()).toMatchObject({
      ok: false,
      reason: 'permissionMissing',
      detail: expect.stringContaining('X.Read.All') as string,
    });
    fake.graph = () => json(DEVICE);
    for (let turn = 0; turn < 100 && fake.of('token').length < 2; turn += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    expect(fake.of('token')).toHaveLength(2);
  });

  it('a token without any permission lacks consent', async () => {
    fake.token = () => json(tokenBody({ access_token: jwt({ aud: 'x' }) }));
    fake.graph = () => graphError(403, 'Forbidden', 'x');
    expect(await find()).toMatchObject({ ok: false, reason: 'consentMissing' });
  });

  it('without a token Graph is not asked', async () => {
    fake.token = () => json({ error: 'invalid_client', error_codes: [7000222] }, 401);
    expect(await find()).toMatchObject({ ok: false, reason: 'credentialExpired' });
    expect(asked()).toEqual([]);
  });
});

describe('findManagedDevicesByEntraId', () => {
  it('filters by the key, with %20 for spaces and without $count', async () => {
    fake.graph = () => json({ value: [DEVICE] });
    expect(await findByEntra()).toMatchObject({ ok: true, value: [{ id: ID }] });
    expect(asked()[0]).toContain(`${LIST_PATH}?$filter=azureADDeviceId%20eq%20%27${ENTRA}%27&$select=id,`);
    expect(asked()[0]).not.toContain('$count');
  });

  it('nobody is an answer', async () => {
    fake.graph = () => json({ value: [] });
    expect(await findByEntra()).toMatchObject({ ok: true, value: [] });
  });

  it.each([
    ['one stranger among the rows', [DEVICE, { ...DEVICE, id: STRANGER, azureADDeviceId: STRANGER }]],
    ['a device without Entra id', [{ ...DEVICE, azureADDeviceId: null }]],
    [
      'the whole tenant',
      Array.from({ length: 50 }, (_row, nth) => ({
        ...DEVICE,
        azureADDeviceId: STRANGER,
        id: ID.replace('aaaa', `${1000 + nth}`),
      })),
    ],
    ['a row that is no device', [DEVICE, 'x']],
    ['one device with two opinions', [{ ...DEVICE, complianceState: 'noncompliant' }, DEVICE]],
  ])('%s is malformedAnswer', async (_name, value) => {
    fake.graph = () => json({ value });
    expect(await findByEntra()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it('several devices are for the caller to judge; the same one twice is one', async () => {
    const ghost = { ...DEVICE, id: STRANGER };
    fake.graph = () => json({ value: [DEVICE, ghost, DEVICE] });
    expect(await findByEntra(['udid'])).toMatchObject({ ok: true, value: [{ id: ID }, { id: STRANGER }] });
    expect(asked()).toHaveLength(1);
  });

  it('reads all pages of it', async () => {
    fake.graph = (_request, count) =>
      count === 1
        ? json({ value: [DEVICE], '@odata.nextLink': `${fake.origin}${LIST_PATH}?$skiptoken=2` })
        : json({ value: [{ ...DEVICE, id: STRANGER }] });
    expect(await findByEntra()).toMatchObject({ ok: true, value: [{ id: ID }, { id: STRANGER }] });
  });

  it('reads the one device again by id for what lists leave out', async () => {
    fake.graph = ({ url }) =>
      url.includes('$filter') ? json({ value: [{ ...DEVICE, udid: '' }] }) : json({ ...DEVICE, udid: 'U-1' });
    expect(await findByEntra(['model', 'udid'])).toMatchObject({
      ok: true,
      value: [{ properties: { udid: 'U-1' } }],
    });
    expect(asked()).toHaveLength(2);
    await findByEntra(['model']);
    expect(asked()).toHaveLength(3);
  });

  it.each<[string, Reply, object]>([
    ['is gone by then', graphError(404, 'ResourceNotFound', 'x'), { ok: true, value: [] }],
    [
      'has another Entra id by then',
      json({ ...DEVICE, azureADDeviceId: STRANGER }),
      { ok: false, reason: 'malformedAnswer' },
    ],
  ])('and believes the second reading if the device %s', async (_name, reply, expected) => {
    fake.graph = ({ url }) => (url.includes('$filter') ? json({ value: [DEVICE] }) : reply);
    expect(await findByEntra(['udid'])).toMatchObject(expected);
  });
});

describe('findEntraDevice', () => {
  const entra = (): ReturnType<GraphTenant['directory']['findEntraDevice']> =>
    tenant.directory.findEntraDevice(ENTRA, within());

  it('asks by deviceId, not by object id', async () => {
    fake.graph = () => json({ id: STRANGER, deviceId: ENTRA.toUpperCase(), accountEnabled: false });
    expect(await entra()).toMatchObject({ ok: true, value: { deviceId: ENTRA, accountEnabled: false } });
    expect(asked()).toEqual([`/v1.0/devices(deviceId='${ENTRA}')?$select=id,deviceId,accountEnabled`]);
  });

  it.each([
    ['another device', { deviceId: STRANGER, accountEnabled: true }],
    ['no word on whether it is enabled', { deviceId: ENTRA }],
    ['a word that is no boolean', { deviceId: ENTRA, accountEnabled: 'true' }],
  ])('%s is malformedAnswer', async (_name, body) => {
    fake.graph = () => json(body);
    expect(await entra()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });

  it('takes absence for an answer', async () => {
    fake.graph = () => graphError(404, 'Request_ResourceNotFound', 'Resource does not exist');
    expect(await entra()).toMatchObject({ ok: true, value: undefined });
  });
});

describe('listDetectedApps', () => {
  const page = (names: readonly unknown[], next?: string): Reply =>
    json({
      value: names.map((displayName) => ({ displayName, version: '1', publisher: '' })),
      ...(next === undefined ? {} : { '@odata.nextLink': next }),
    });

  it('reads all pages, in order, the key form of the link included', async () => {
    fake.graph = (_request, count) =>
      count === 3
        ? page(['C'])
        : page(
            count === 1 ? ['A', null, ' '] : ['B'],
            `${fake.origin}${APPS_PATH.replace(`/${ID}`, `('${ID}')`)}?$skiptoken=${count}`,
          );
    expect(await apps()).toMatchObject({
      ok: true,
      value: ['A', 'B', 'C'].map((displayName) => ({ displayName, version: '1', publisher: undefined })),
    });
    expect(asked()[0]).toBe(APPS_PATH);
  });

  it.each([
    ['to another host', 'https://evil.test/beta/x', 1],
    ['to another resource', '/beta/users', 1],
    ['to another device', APPS_PATH.replace(ID, STRANGER), 1],
    ['in a circle', `${APPS_PATH}?$skiptoken=1`, 2],
  ])('refuses a link %s; the token goes nowhere', async (_name, link, requests) => {
    fake.graph = () => page(['A'], link.startsWith('/') ? `${fake.origin}${link}` : link);
    expect(await apps()).toMatchObject({
      ok: false,
      reason: 'malformedAnswer',
      detail: expect.stringContaining('next page') as string,
    });
    expect(asked()).toHaveLength(requests);
  });

  it('stops after 100 pages', async () => {
    fake.graph = (_request, count) => page(['A'], `${fake.origin}${APPS_PATH}?$skiptoken=${count}`);
    expect(await apps()).toMatchObject({ ok: false, reason: 'malformedAnswer' });
    expect(asked()).toHaveLength(100);
  });

  it('half an inventory is none', async () => {
    fake.graph = (_request, count) =>
      count === 1 ? page(['A'], `${fake.origin}${APPS_PATH}?x=1`) : graphError(403, 'Forbidden', 'x');
    expect(await apps()).toMatchObject({ ok: false, reason: 'permissionMissing' });
  });

  it('a device nobody knows has no apps', async () => {
    expect(await apps()).toMatchObject({ ok: true, value: [] });
  });
});

describe('readTenantSettings', () => {
  it('reads the switches', async () => {
    fake.graph = () =>
      json({
        settings: {
          secureByDefault: false,
          deviceComplianceCheckinThresholdDays: 30,
          isScheduledActionEnabled: true,
        },
      });
    expect(await tenant.readTenantSettings(within())).toMatchObject({
      ok: true,
      value: { secureByDefault: false, checkinThresholdDays: 30, scheduledActionEnabled: true },
    });
    expect(asked()).toEqual(['/v1.0/deviceManagement?$select=settings']);
  });

  it.each([[{}], [{ settings: null }], [{ settings: [] }]])('%j is malformedAnswer', async (body) => {
    fake.graph = () => json(body);
    expect(await tenant.readTenantSettings(within())).toMatchObject({ ok: false, reason: 'malformedAnswer' });
  });
});

it('events name the endpoint and carry no id, URL or token', async () => {
  fake.graph = (_request, count) => (count === 1 ? dead : json(DEVICE));
  await find();
  expect(events).toMatchObject([
    { type: 'tokenRefreshed', trigger: 'missing', lifetimeMs: 3_599_000 },
    { type: 'requestAttempt', endpoint: 'managedDevice', attempt: 1, status: undefined, fault: 'reset' },
    { type: 'requestAttempt', endpoint: 'managedDevice', attempt: 2, status: 200 },
  ]);
  expect(JSON.stringify(events)).not.toMatch(/aaaaaaaa|127\.0\.0\.1|ey/);
});
