import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createOtlpTracing, type OtlpTracingOptions } from '../../src/traces/otlpTracing.ts';
import type { Tracing } from '../../src/traces/tracing.ts';
import { createGateFolder, type GateFolder } from '../cli/gateFolder.ts';
import { openMonitoredGate, type MonitoredGate } from '../metrics/monitoredGate.ts';
import { startCollector, type Collector, type ReceivedSpan } from './collector.ts';

let simulator: Simulator;
let folder: GateFolder;
let collector: Collector;
let tracing: Tracing | undefined;
let operated: MonitoredGate | undefined;
let failures: (string | undefined)[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
});
beforeEach(async () => {
  collector = await startCollector();
  failures = [];
});
afterEach(async () => {
  simulator.world.faults.length = 0;
  await operated?.close();
  await tracing?.close();
  await collector.close();
  [operated, tracing] = [undefined, undefined];
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});

async function open(
  options: Partial<OtlpTracingOptions> = {},
  changes: Record<string, unknown> = {},
): Promise<MonitoredGate> {
  tracing = createOtlpTracing({
    url: `${collector.url}/v1/traces`,
    headers: { 'x-collector-key': 'a secret' },
    caPems: [],
    sampling: 1,
    serviceName: 'gate-of-test',
    from: [],
    timeoutMs: 1_000,
    onFailure: (code) => failures.push(code),
    ...options,
  });
  operated = await openMonitoredGate({ simulator, folder, tracing, changes });
  return operated;
}

/** Has everything sent that was traced so far, and ends tracing. */
async function received(): Promise<readonly ReceivedSpan[]> {
  await tracing?.close();
  return collector.spans();
}

const EDGE_SECRET = 'the-secret-of-the-edge-0123456789abcdefghij';
const EDGE_SHA256 = createHash('sha256').update(EDGE_SECRET).digest('hex');
const PARENT = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' };
const traceparent = (flags = '01'): string => `00-${PARENT.trace}-${PARENT.span}-${flags}`;

describe('a decision', () => {
  test('is one span, with the token and the call to Graph below it', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    const spans = await received();
    expect(spans.map(({ name }) => name).sort()).toEqual(['decision', 'graph managedDevice', 'token']);
    const decision = spans.find(({ name }) => name === 'decision');
    expect(decision).toMatchObject({
      kind: 2,
      parentSpanId: undefined,
      isError: false,
      attributes: {
        'intune_gate.node': 'default',
        'intune_gate.outcome': 'Compliant',
        'intune_gate.reason': 'compliant',
        'intune_gate.source': 'graph',
      },
    });
    for (const span of spans.filter(({ name }) => name !== 'decision')) {
      expect(span).toMatchObject({ kind: 3, traceId: decision?.traceId, parentSpanId: decision?.spanId });
      expect(span.attributes['intune_gate.tenant']).toBe('default');
      expect(span.end).toBeGreaterThanOrEqual(span.start);
      // Durations of calls are whole milliseconds.
      expect(span.start).toBeGreaterThanOrEqual((decision?.start ?? 0n) - 2_000_000n);
      expect(span.end).toBeLessThanOrEqual((decision?.end ?? 0n) + 2_000_000n);
    }
    expect(spans.find(({ name }) => name.startsWith('graph'))?.attributes).toMatchObject({
      'intune_gate.endpoint': 'managedDevice',
      'http.response.status_code': 200,
    });
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'x-collector-key': 'a secret', 'content-type': 'application/json' },
    });
    expect(new Set(collector.serviceNames())).toEqual(new Set(['gate-of-test']));
  });

  test('from memory stands alone; two at once keep their own calls', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    await gate.decide(deviceIds.compliant);
    await Promise.all([gate.decide(deviceIds.noncompliant), gate.decide(deviceIds.inGracePeriod)]);
    const spans = await received();
    const decisions = spans.filter(({ name }) => name === 'decision');
    expect(decisions).toHaveLength(4);
    expect(new Set(decisions.map(({ traceId }) => traceId)).size).toBe(4);
    const fromMemory = decisions.find(({ attributes }) => attributes['intune_gate.source'] === 'cache');
    expect(spans.filter(({ parentSpanId }) => parentSpanId === fromMemory?.spanId)).toEqual([]);
    const parents = spans.filter(({ name }) => name.startsWith('graph')).map((span) => span.parentSpanId);
    expect(new Set(parents).size).toBe(3);
  });

  test('that fails is marked, and so is each attempt', async () => {
    simulator.world.faults.push({
      id: 'broken',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'status', status: 503, body: 'html' },
    });
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    const spans = await received();
    expect(spans.find(({ name }) => name === 'decision')).toMatchObject({
      isError: true,
      attributes: { 'intune_gate.outcome': 'Error', 'intune_gate.reason': 'upstreamUnavailable' },
    });
    const calls = spans.filter(({ name }) => name === 'graph managedDevice');
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.every(({ isError, attributes }) => isError && attributes['error.type'] === '503')).toBe(
      true,
    );
    expect(calls.map(({ attributes }) => attributes['http.request.resend_count'])).toContain(1);
  });

  test('without a token says so', async () => {
    simulator.world.faults.push({
      id: 'refused',
      match: { endpoint: 'token' },
      fault: { kind: 'status', status: 401 },
    });
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    expect((await received()).find(({ name }) => name === 'token')).toMatchObject({ isError: true });
  });

  test('tells nothing of the device, its user or the caller', async () => {
    const gate = await open({ from: ['journeys'] }, {});
    const device = simulator.world.devices.get(deviceIds.compliant);
    await gate.decide(deviceIds.compliant, { headers: { traceparent: traceparent() } });
    await received();
    const sent = collector.requests.map(({ body }) => body).join('\n');
    expect(sent).toContain('managedDevice');
    const { deviceName, userPrincipalName, serialNumber } = device?.properties ?? {};
    for (const hidden of [
      deviceIds.compliant,
      deviceName,
      userPrincipalName,
      serialNumber,
      'igk_',
      'eyJ',
      'x-intune',
    ])
      expect(sent).not.toContain(hidden);
  });
});

describe('the trace of a caller', () => {
  test('goes on, where the caller is believed', async () => {
    const gate = await open({ from: ['journeys'] });
    await gate.decide(deviceIds.compliant, { headers: { traceparent: traceparent() } });
    const spans = await received();
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([PARENT.trace]));
    expect(spans.find(({ name }) => name === 'decision')?.parentSpanId).toBe(PARENT.span);
  });

  test('decides for the gate whether to trace', async () => {
    const gate = await open({ from: ['journeys'], sampling: 0 });
    await gate.decide(deviceIds.compliant, { headers: { traceparent: traceparent('00') } });
    await gate.decide(deviceIds.noncompliant);
    await gate.decide(deviceIds.inGracePeriod, { headers: { traceparent: traceparent('01') } });
    const decisions = (await received()).filter(({ name }) => name === 'decision');
    expect(decisions.map(({ attributes }) => attributes['intune_gate.outcome'])).toEqual(['InGracePeriod']);
  });

  test.each([
    ['nobody is believed', [], traceparent()],
    ['somebody else is believed', ['edge'], traceparent()],
    ['it is no trace context', ['journeys'], 'not a trace'],
    ['it is all zeros', ['journeys'], `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
  ])('is passed over if %s', async (_name, from, header) => {
    const gate = await open({ from });
    await gate.decide(deviceIds.compliant, { headers: { traceparent: header } });
    const decision = (await received()).find(({ name }) => name === 'decision');
    expect(decision?.parentSpanId).toBeUndefined();
    expect(decision?.traceId).not.toBe(PARENT.trace);
  });

  test('of a proxy counts if the proxy is believed, and of a client never', async () => {
    const proxies = [
      { name: 'edge', secretHeader: { name: 'x-edge', sha256: [EDGE_SHA256] } },
      { name: 'other', addresses: ['192.0.2.1'] },
    ];
    const gate = await open({ from: ['edge'] }, { proxies });
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${gate.origins[0]}/auth/request`, { headers: { traceparent: traceparent(), ...headers } });
    await ask({});
    await ask({ 'x-edge': EDGE_SECRET });
    const decisions = (await received()).filter(({ name }) => name === 'decision');
    expect(decisions.map(({ traceId }) => traceId === PARENT.trace)).toEqual([false, true]);
  });

  test('never goes to Microsoft', async () => {
    const sent: string[] = [];
    const note = (message: unknown): void => {
      const { request } = message as { request: { origin: unknown; headers: unknown } };
      if (String(request.origin) === simulator.origin) sent.push(JSON.stringify(request.headers));
    };
    subscribe('undici:request:create', note);
    try {
      const gate = await open({ from: ['journeys'] });
      await gate.decide(deviceIds.compliant, { headers: { traceparent: traceparent() } });
    } finally {
      unsubscribe('undici:request:create', note);
    }
    expect(sent.filter((headers) => headers.includes('client-request-id'))).toHaveLength(1);
    expect(sent.filter((headers) => /traceparent|tracestate/i.test(headers))).toEqual([]);
    expect(sent.join()).not.toContain(PARENT.trace);
  });
});

describe('a collector', () => {
  test('that fails disturbs no decision, and somebody hears of it', async () => {
    collector.status = 400;
    const gate = await open();
    expect(await gate.decide(deviceIds.compliant)).toMatchObject({ outcome: 'Compliant' });
    await received();
    expect(failures).toEqual(['400']);
  });

  test('that is not there, too', async () => {
    await collector.close();
    const gate = await open({ timeoutMs: 300 });
    expect(await gate.decide(deviceIds.compliant)).toMatchObject({ outcome: 'Compliant' });
    const startedAt = performance.now();
    await tracing?.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(failures).toHaveLength(1);
    collector = await startCollector();
  });

  test('is told nothing where none of it is sampled', async () => {
    const gate = await open({ sampling: 0 });
    await gate.decide(deviceIds.compliant);
    expect(await received()).toEqual([]);
    expect(collector.requests).toEqual([]);
  });
});
