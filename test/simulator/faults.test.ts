import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { takeFault } from '../../src/simulator/faults.ts';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { Fault, FaultRule } from '../../src/simulator/faults.ts';
import type { SimulatorClient } from './simulatorClient.ts';

const DEVICE = `/v1.0/deviceManagement/managedDevices/${deviceIds.compliant}`;
let client: SimulatorClient;
let token: string;

beforeAll(async () => {
  client = await startSimulatorClient();
  token = await client.appToken();
});
afterAll(() => client.close());
beforeEach(() => client.simulator.reset());

const get = (path = DEVICE) => client.graph(path, token);

function arrange(fault: Fault, rule: Partial<FaultRule> = {}): void {
  client.simulator.world.faults.push({ id: 'f', match: {}, fault, ...rule });
}

describe('choosing a fault', () => {
  const reset: Fault = { kind: 'reset' };

  test('skip, times and later rules', () => {
    const rules: FaultRule[] = [
      { id: '1', match: {}, skip: 1, times: 2, fault: reset },
      { id: '2', match: { endpoint: 'token' }, fault: { kind: 'hang' } },
    ];
    const kinds = Array.from({ length: 5 }, () => takeFault(rules, { endpoint: 'token' })?.kind);
    expect(kinds).toEqual(['hang', 'reset', 'reset', 'hang', 'hang']);
    expect(takeFault(rules, { endpoint: 'managedDevice' })).toBeUndefined();
  });

  test('a device id matches in any letter case, in the path and in a filter', async () => {
    arrange({ kind: 'status', status: 500 }, { match: { deviceId: deviceIds.compliant.toUpperCase() } });
    expect((await get()).status).toBe(500);
    expect((await get(DEVICE.replace(deviceIds.compliant, deviceIds.error))).status).toBe(200);
    client.simulator.world.faults.length = 0;
    arrange(
      { kind: 'status', status: 500 },
      { match: { endpoint: 'managedDevices', deviceId: 'e0000002-0000-4000-8000-000000000002' } },
    );
    expect(
      (
        await get(
          "/v1.0/deviceManagement/managedDevices?$filter=azureADDeviceId eq 'e0000002-0000-4000-8000-000000000002'",
        )
      ).status,
    ).toBe(500);
    expect((await get('/v1.0/deviceManagement/managedDevices')).status).toBe(200);
  });

  test.each([
    ['managedDevice', DEVICE],
    ['managedDevices', '/v1.0/deviceManagement/managedDevices'],
    ['detectedApps', `/beta/deviceManagement/managedDevices('${deviceIds.compliant}')/detectedApps`],
    ['policyStates', `${DEVICE}/deviceCompliancePolicyStates/x/settingStates`],
    ['settings', '/v1.0/deviceManagement?$select=settings'],
    ['entraDevice', "/v1.0/devices(deviceId='e0000001-0000-4000-8000-000000000001')"],
    ['discovery', '/contoso.example/v2.0/.well-known/openid-configuration'],
    ['managedIdentity', '/metadata/identity/oauth2/token/'],
  ] as const)('endpoint %s', async (endpoint, path) => {
    arrange({ kind: 'status', status: 503 }, { match: { endpoint } });
    expect((await get(path)).status).toBe(503);
    expect(client.simulator.requests().at(-1)).toMatchObject({ endpoint, status: 503 });
  });
});

describe('status', () => {
  test('429 as Graph writes it, with any Retry-After', async () => {
    arrange({ kind: 'status', status: 429, retryAfter: '2.128' });
    const { status, headers, json } = await get();
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('2.128');
    expect(json).toEqual({
      error: {
        code: 'TooManyRequests',
        innerError: expect.objectContaining({
          code: '429',
          message: 'Please retry after',
          status: '429',
        }) as object,
        message: 'Please retry again later.',
      },
    });
  });

  test('Retry-After may be missing', async () => {
    arrange({ kind: 'status', status: 429 });
    expect((await get()).headers).not.toHaveProperty('retry-after');
  });

  test('html and empty bodies', async () => {
    arrange({ kind: 'status', status: 503, body: 'html' }, { times: 1 });
    arrange({ kind: 'status', status: 504, body: 'empty' });
    const html = await get();
    expect(html.headers['content-type']).toMatch(/^text\/html/);
    expect(html.text).toMatch(/^<HTML><HEAD><TITLE>Service Unavailable/);
    const empty = await get();
    expect([empty.status, empty.text]).toEqual([504, '']);
  });

  test.each([
    [400, 'BadRequest', 'An error has occurred - '],
    [404, 'ResourceNotFound', 'An error has occurred - '],
    [500, 'InternalServerError', 'An error has occurred - '],
    [503, 'CancelledOnServiceTimeout', 'ScenarioTimeout=15000ms'],
  ])('nested %i', async (status, code, text) => {
    arrange({ kind: 'status', status, body: 'nested' });
    const { json } = await get();
    expect(json['error']?.['code']).toBe(code);
    expect((JSON.parse(textOf(json['error']?.['message'])) as { Message: string }).Message).toContain(text);
  });

  test.each([
    [400, 'BadRequest'],
    [401, 'InvalidAuthenticationToken'],
    [403, 'Forbidden'],
    [404, 'ResourceNotFound'],
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailable'],
    [504, 'UnknownError'],
  ])('plain %i', async (status, code) => {
    arrange({ kind: 'status', status });
    const answer = await get();
    expect(answer.status).toBe(status);
    expect(answer.json['error']?.['code']).toBe(code);
  });

  test.each([
    [429, 'temporarily_unavailable', 90055],
    [503, 'temporarily_unavailable', 90033],
    [500, 'server_error', 90033],
    [401, 'invalid_client', 7000215],
    [400, 'invalid_request', 900144],
  ])('%i at the token endpoint speaks AADSTS', async (status, error, code) => {
    arrange({ kind: 'status', status, retryAfter: '60' }, { match: { endpoint: 'token' } });
    const answer = await client.token({ grant_type: 'client_credentials' });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error, error_codes: [code] });
    expect(answer.headers['retry-after']).toBe('60');
  });
});

describe('other faults', () => {
  test('slow answers normally, later', async () => {
    arrange({ kind: 'slow', delayMs: 120 });
    const start = performance.now();
    expect((await get()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(100);
  });

  test('cutOff sends headers and half the body', async () => {
    arrange({ kind: 'cutOff' });
    const response = await request(`${client.simulator.origin}${DEVICE}`, {
      dispatcher: client.agent,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.statusCode).toBe(200);
    expect(Number(response.headers['content-length'])).toBeGreaterThan(1000);
    await expect(response.body.text()).rejects.toThrow(/terminated|aborted|closed/);
  });

  test('reset breaks the connection; the log knows no status', async () => {
    arrange({ kind: 'reset' });
    await expect(get()).rejects.toThrow(/closed|ECONNRESET|hang up/);
    expect(client.simulator.requests().at(-1)?.status).toBeNull();
  });

  test('wrongJson', async () => {
    arrange({ kind: 'wrongJson' }, { times: 1 });
    arrange({ kind: 'wrongJson', body: '[1' });
    const first = await get();
    expect([first.status, first.json]).toEqual([200, undefined]);
    expect(first.headers['content-type']).toContain('application/json');
    expect((await get()).text).toBe('[1');
  });

  test('replace', async () => {
    arrange({ kind: 'replace', body: { value: {} } });
    const { status, json } = await get();
    expect([status, json]).toEqual([200, { value: {} }]);
  });

  test('hang never answers', async () => {
    arrange({ kind: 'hang' });
    const response = request(`${client.simulator.origin}${DEVICE}`, {
      dispatcher: client.agent,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(150),
    });
    await expect(response).rejects.toThrow(/timeout/);
  });
});
