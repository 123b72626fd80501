import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createLiveGate } from '../../src/cli/liveGate.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import { METRICS, type MetricName } from '../../src/metrics/metricCatalog.ts';
import { addDevices } from '../../src/simulator/addDevices.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { openMonitoredGate, type MonitoredGate, type MonitoredGateOptions } from './monitoredGate.ts';
import { parseExposition, type Samples } from './parseExposition.ts';

let simulator: Simulator;
let folder: GateFolder;
let operated: MonitoredGate | undefined;
let fleet: readonly string[];
/** Names of the metrics that were seen with a value other than 0, and everything that was ever exposed. */
const moved = new Set<string>();
let exposed = '';

beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  fleet = addDevices(simulator.world, 160).map(({ properties }) => properties.id);
});
afterEach(async () => {
  simulator.world.faults.length = 0;
  await operated?.close();
  operated = undefined;
});
afterAll(async () => {
  await simulator.close();
  folder.remove();
});

async function open(
  options: Omit<MonitoredGateOptions, 'simulator' | 'folder'> = {},
): Promise<MonitoredGate> {
  operated = await openMonitoredGate({ simulator, folder, ...options });
  return operated;
}

async function scrape(gate: MonitoredGate): Promise<Samples> {
  const samples = await gate.scrape();
  for (const [key, value] of samples) {
    exposed += `${key}\n`;
    if (value !== 0) moved.add(key.replace(/\{.*/, ''));
  }
  return samples;
}

const breakGraph = (fault: Fault, endpoint: 'managedDevice' | 'token' = 'managedDevice'): void => {
  simulator.world.faults.push({ id: `fault-${simulator.world.faults.length}`, match: { endpoint }, fault });
};

describe('what is counted', () => {
  test('decisions by node, outcome, reason and source, with their duration', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    await gate.decide(deviceIds.compliant);
    await gate.decide('00000000-0000-4000-8000-00000000dead');
    await gate.decide('no id at all');
    const samples = await scrape(gate);
    const decisions = (labels: string): number | undefined =>
      samples.get(`intune_gate_decisions_total{node="default",${labels}}`);
    expect(decisions('outcome="Compliant",reason="compliant",source="graph"')).toBe(1);
    expect(decisions('outcome="Compliant",reason="compliant",source="cache"')).toBe(1);
    expect(decisions('outcome="Unknown",reason="deviceNotFound",source="graph"')).toBe(1);
    expect(decisions('outcome="Error",reason="deviceIdMalformed",source="none"')).toBe(1);
    const name = 'intune_gate_decision_duration_seconds';
    expect(samples.get(`${name}_count{node="default",source="graph"}`)).toBe(2);
    expect(samples.get(`${name}_bucket{le="60",node="default",source="graph"}`)).toBe(2);
    expect(samples.get(`${name}_sum{node="default",source="graph"}`)).toBeGreaterThan(0.0005);
  });

  test('an old answer in an outage, as such', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    breakGraph({ kind: 'status', status: 503, body: 'html' });
    gate.ahead(400_000);
    await gate.decide(deviceIds.compliant);
    const labels = 'node="default",outcome="Compliant",reason="compliant",source="staleCache"';
    expect((await scrape(gate)).get(`intune_gate_decisions_total{${labels}}`)).toBe(1);
  });

  test('calls by endpoint and class of the status, and tokens', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    await gate.decide('00000000-0000-4000-8000-00000000dead');
    breakGraph({ kind: 'reset' });
    await gate.decide(fleet[0] ?? '');
    const samples = await scrape(gate);
    const calls = (endpoint: string, status: string): number | undefined =>
      samples.get(
        `intune_gate_upstream_requests_total{tenant="default",endpoint="${endpoint}",status="${status}"}`,
      );
    expect(calls('managedDevice', '2xx')).toBe(1);
    expect(calls('managedDevice', '4xx')).toBe(1);
    expect(calls('managedDevices', '2xx')).toBe(1);
    expect(calls('managedDevice', 'none')).toBeGreaterThan(0);
    expect(
      samples.get('intune_gate_upstream_duration_seconds_count{tenant="default",endpoint="managedDevices"}'),
    ).toBe(1);
    expect(
      samples.get('intune_gate_token_requests_total{tenant="default",trigger="missing",result="ok"}'),
    ).toBe(1);
    const acquired = samples.get('intune_gate_token_acquired_timestamp_seconds{tenant="default"}') ?? 0;
    const expiry = samples.get('intune_gate_token_expiry_timestamp_seconds{tenant="default"}') ?? 0;
    expect(Math.abs(acquired - Date.now() / 1_000)).toBeLessThan(10);
    expect(expiry - acquired).toBeGreaterThan(3_000);
  });

  test('a token that is refused, by its reason; before the first one there are no times', async () => {
    breakGraph({ kind: 'status', status: 401 }, 'token');
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    const samples = await scrape(gate);
    const failures = [...samples.keys()].filter((key) => key.startsWith('intune_gate_token_requests_total'));
    expect(failures).toEqual([
      expect.stringMatching(/\{tenant="default",trigger="missing",result="(?!ok)\w+"\}$/),
    ]);
    expect([...samples.keys()].filter((key) => key.startsWith('intune_gate_token_acquired'))).toEqual([]);
  });

  test('429, and how long everybody holds off', async () => {
    breakGraph({ kind: 'status', status: 429, retryAfter: '60' });
    const gate = await open();
    const until = 'intune_gate_paused_until_timestamp_seconds{tenant="default",service="intune"}';
    expect((await scrape(gate)).get(until)).toBe(0);
    await gate.decide(deviceIds.compliant);
    const samples = await scrape(gate);
    expect(samples.get('intune_gate_throttled_total{tenant="default",endpoint="managedDevice"}')).toBe(1);
    expect(
      samples.get('intune_gate_held_off_total{tenant="default",service="intune",reason="throttled"}'),
    ).toBe(1);
    expect((samples.get(until) ?? 0) - Date.now() / 1_000).toBeGreaterThan(50);
    gate.ahead(61_000);
    expect((await scrape(gate)).get(until)).toBe(0);
  });

  test('the circuit, and the retries that are left', async () => {
    breakGraph({ kind: 'status', status: 503, body: 'html' });
    const gate = await open({ node: { deadlineMs: 600 } });
    const state = (name: string): string =>
      `intune_gate_circuit_state{tenant="default",service="intune",state="${name}"}`;
    const left = 'intune_gate_retries_left{tenant="default",service="intune"}';
    const before = await scrape(gate);
    expect([before.get(state('closed')), before.get(state('open')), before.get(left)]).toEqual([1, 0, 20]);
    await Promise.all(fleet.slice(0, 40).map((id) => gate.decide(id)));
    const after = await scrape(gate);
    expect([after.get(state('closed')), after.get(state('open'))]).toEqual([0, 1]);
    expect(after.get(left)).toBeLessThan(20);
    expect(
      after.get('intune_gate_circuit_openings_total{tenant="default",service="intune"}'),
    ).toBeGreaterThan(0);
    expect(after.get(state('halfOpen'))).toBe(0);
  });

  test('who waits: places, questions on their way, those who join them, and calls before their turn', async () => {
    const gate = await open({
      tenant: { pacing: { deviceCalls: 1, perSeconds: 20 } },
      node: { deadlineMs: 60_000 },
    });
    await gate.decide(deviceIds.compliant);
    const leaving = new AbortController();
    const waiting = Array.from({ length: 3 }, () =>
      gate.decide(fleet[0] ?? '', { signal: leaving.signal }).catch(() => undefined),
    );
    await vi.waitFor(async () => {
      const samples = await scrape(gate);
      expect(samples.get('intune_gate_calls_waiting{tenant="default",service="intune"}')).toBe(1);
      expect(samples.get('intune_gate_flights{tenant="default"}')).toBe(1);
      expect(samples.get('intune_gate_questions_total{tenant="default",how="joined"}')).toBe(2);
      expect(samples.get('intune_gate_questions_total{tenant="default",how="sent"}')).toBe(2);
      expect(samples.get('intune_gate_places_taken{kind="waiting"}')).toBe(3);
      expect(samples.get('intune_gate_places_taken{kind="decisions"}')).toBe(3);
    }, 5_000);
    leaving.abort();
    await Promise.all(waiting);
    await vi.waitFor(async () => {
      const samples = await scrape(gate);
      expect(samples.get('intune_gate_callers_gone_total{node="default"}')).toBe(3);
      expect(samples.get('intune_gate_flights{tenant="default"}')).toBe(0);
      expect(samples.get('intune_gate_places_taken{kind="waiting"}')).toBe(0);
      expect(samples.get('intune_gate_calls_waiting{tenant="default",service="intune"}')).toBe(0);
      expect(samples.get('intune_gate_places{kind="waiting"}')).toBe(1_000);
      expect(samples.get('intune_gate_places{kind="decisions"}')).toBe(1_250);
    }, 5_000);
  });

  test('answers in memory, those that had to go, and those that are asked for ahead', async () => {
    const gate = await open({ changes: { answers: { entries: 100, compliantSeconds: 300 } } });
    await Promise.all(fleet.map((id) => gate.decide(id)));
    await gate.decide(deviceIds.compliant);
    gate.ahead(299_000);
    await gate.decide(deviceIds.compliant);
    const samples = await scrape(gate);
    const kept = samples.get('intune_gate_remembered_answers') ?? 0;
    expect(kept).toBeGreaterThan(50);
    expect(kept + (samples.get('intune_gate_evicted_answers_total') ?? 0)).toBeGreaterThanOrEqual(161);
    expect(samples.get('intune_gate_questions_total{tenant="default",how="ahead"}')).toBe(1);
  });

  test('what proxies are answered, by contract and status', async () => {
    const gate = await open({
      changes: {
        listen: { port: 0, monitoring: true },
        proxies: [{ name: 'edge', addresses: ['127.0.0.0/8'], withoutCertificate: true }],
        nodes: { default: { deviceId: [{ source: 'header', from: ['journeys', 'edge'] }] } },
      },
    });
    const ask = (path: string, id?: string): Promise<Response> =>
      fetch(`${gate.origins[0]}${path}`, { headers: id === undefined ? {} : { 'x-intune': `CN=${id}` } });
    await ask('/auth/request', deviceIds.compliant);
    await ask('/auth/request');
    await ask('/auth/policies/default/forward', deviceIds.compliant);
    await ask('/auth/ext-authz/secret/path?of=a-client');
    await ask('/auth/no-such-contract');
    await vi.waitFor(async () => {
      const samples = await scrape(gate);
      const answers = (contract: string, status: number): number | undefined =>
        samples.get(`intune_gate_forward_auth_answers_total{contract="${contract}",status="${status}"}`);
      expect(answers('request', 200)).toBe(1);
      expect(answers('request', 403)).toBe(1);
      expect(answers('forward', 200)).toBe(1);
      expect(answers('ext-authz', 403)).toBe(1);
      expect(answers('none', 403)).toBe(1);
      const verdicts = (verdict: string): number | undefined =>
        samples.get(`intune_gate_policy_verdicts_total{policy="default",verdict="${verdict}"}`);
      expect([verdicts('passed'), verdicts('denied')]).toEqual([2, 2]);
    }, 2_000);
  });

  test('sessions that end with the standing of their device', async () => {
    folder.file('none.json', '{}');
    const gate = await open({
      changes: {
        listen: { port: 0, monitoring: true },
        proxies: [{ name: 'edge', addresses: ['127.0.0.0/8'], withoutCertificate: true }],
        nodes: { default: { deviceId: [{ source: 'header', from: ['journeys', 'edge'] }] } },
        journeys: { files: ['none.json'] },
      },
    });
    const issued = await gate.gate.journeys?.surface.sessions.issue({
      username: 'acarter',
      universalId: 'acarter',
      service: 'Login',
      authLevel: 0,
      methods: [],
      device: {
        id: deviceIds.noncompliant,
        outcome: 'Compliant',
        reason: 'compliant',
        decisionId: 'd',
        evaluatedAt: new Date(Date.now() - 3_600_000).toISOString(),
      },
      properties: {},
      maxMinutes: undefined,
      idleMinutes: undefined,
    });
    const headers = {
      'x-intune': `CN=${deviceIds.noncompliant}`,
      cookie: `iPlanetDirectoryPro=${issued?.token ?? ''}`,
    };
    for (let time = 0; time < 2; time += 1) await fetch(`${gate.origins[0]}/auth/request`, { headers });
    expect((await scrape(gate)).get('intune_gate_sessions_ended_total')).toBe(1);
  });

  test('when certificates expire, of each kind by its place', async () => {
    const DAY_MS = 86_400_000;
    const authority = createCertificateAuthority({ commonName: 'Device CA', now: Date.now });
    const server = authority.issue({ commonName: 'gate', dnsNames: ['localhost'], usage: 'server' });
    folder.file('gate.pem', server.certificatePem);
    folder.file('gate.key', server.privateKeyPem);
    folder.file('anchors.pem', authority.certificatePem);
    const tls = { certificateFile: 'gate.pem', privateKeyFile: 'gate.key' };
    const client = authority.issue({ commonName: 'app', usage: 'client', keyType: 'rsa' });
    folder.file('app.pem', client.certificatePem);
    folder.file('app.key', client.privateKeyPem);
    const trust = { anchors: ['anchors.pem'], intermediates: ['anchors.pem'] };
    const gate = await open({
      tenant: {
        credential: { kind: 'certificate', certificateFile: 'app.pem', privateKeyFile: 'app.key' },
      },
      node: { deviceId: [{ source: 'certificate', header: 'x-cert', trust, from: ['journeys'] }] },
      changes: { alsoListen: [{ port: 0, tls }] },
    });
    const samples = await scrape(gate);
    const end = (kind: string, place: string): number | undefined =>
      samples.get(`intune_gate_certificate_expiry_timestamp_seconds{kind="${kind}",place="${place}"}`);
    for (const [kind, place] of [
      ['credential', 'tenants.default.credential'],
      ['listener', 'alsoListen.0'],
      ['anchor', 'nodes.default.deviceId.0.trust.anchors'],
      ['intermediate', 'nodes.default.deviceId.0.trust.intermediates'],
    ] as const) {
      expect((end(kind, place) ?? 0) * 1_000).toBeGreaterThan(Date.now() + DAY_MS);
    }
    expect(end('anchor', 'nodes.default.deviceId.0.trust.anchors')).toBe(
      end('intermediate', 'nodes.default.deviceId.0.trust.intermediates'),
    );
  });

  test('every reload, taken or refused, and counting goes on', async () => {
    const good = folder.config(
      { ...configWith(simulatedTenant(simulator, folder)), listen: { port: 0, monitoring: true } },
      'reloaded.yaml',
    );
    const load = (): ReturnType<typeof loadConfig> => loadConfig(good, {});
    const live = createLiveGate({ config: load(), load, logger: createLogger('silent') });
    const seen = async (): Promise<Samples> => {
      const text = (await live.current().surface.monitoring?.expose(undefined))?.text ?? '';
      const { samples } = parseExposition(text);
      for (const [key, value] of samples) if (value !== 0) moved.add(key.replace(/\{.*/, ''));
      return samples;
    };
    try {
      expect((await seen()).get('intune_gate_last_reload_taken')).toBe(1);
      const node = live.current().nodes.get('default');
      await node?.decide({ caller: undefined, headers: [], peerAddress: undefined, sharedState: {} });
      expect(live.reload()).toBe(true);
      folder.config({ nodes: {} }, 'reloaded.yaml');
      expect(live.reload()).toBe(false);
      const samples = await seen();
      expect(samples.get('intune_gate_reloads_total{result="taken"}')).toBe(1);
      expect(samples.get('intune_gate_reloads_total{result="refused"}')).toBe(1);
      expect(samples.get('intune_gate_last_reload_taken')).toBe(0);
      expect(samples.get('intune_gate_last_reload_timestamp_seconds')).toBeGreaterThan(
        Date.now() / 1_000 - 60,
      );
      const labels = 'node="default",outcome="NoId",reason="noDeviceId",source="none"';
      expect(samples.get(`intune_gate_decisions_total{${labels}}`)).toBe(1);
    } finally {
      await live.close();
    }
  });

  test('the process and its event loop', async () => {
    const samples = await scrape(await open());
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(samples.has('nodejs_eventloop_lag_seconds')).toBe(true);
    expect(samples.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  test('who lists the devices of a tenant, and what found no room in memory', async () => {
    const gate = await open({ tenant: { follow: {} }, changes: { answers: { entries: 100 } } });
    const follower = gate.gate.followers.get('default');
    follower?.start();
    await vi.waitFor(() => expect(follower?.progress().lastAll).toBeDefined());
    const devices = simulator.world.devices.size;
    const samples = await scrape(gate);
    expect(samples.get('intune_gate_fleet_devices{tenant="default",pass="all"}')).toBe(devices);
    expect(samples.get('intune_gate_fleet_pages_total{tenant="default",result="read"}')).toBe(1);
    expect(samples.get('intune_gate_fleet_state{tenant="default",state="resting"}')).toBe(1);
    expect(samples.get('intune_gate_fleet_without_room{tenant="default"}')).toBeGreaterThan(0);
    const response = await fetch(`${gate.origins[0]}/health`);
    expect(await response.json()).toMatchObject({
      tenants: { default: { fleet: { is: 'resting', lastAll: { kind: 'all', devices, pages: 1 } } } },
    });
  });

  test('events, what became of them, and what was wrong with the log', async () => {
    folder.file('torn.jsonl', '{"specversion":"1.0","id":"to');
    const gate = await open({
      changes: {
        events: {
          file: { path: 'torn.jsonl' },
          webhooks: [{ name: 'siem', url: 'http://127.0.0.1:1/', spoolFolder: 'spool-metrics' }],
        },
      },
    });
    gate.gate.start();
    await gate.decide(deviceIds.compliant);
    await vi.waitFor(
      async () => {
        const samples = await scrape(gate);
        expect(samples.get('intune_gate_events_total{type="DEVICE_COMPLIANCE_CHECKED"}')).toBe(1);
        expect(samples.get('intune_gate_event_deliveries_total{sink="file",result="delivered"}')).toBe(1);
        expect(samples.get('intune_gate_event_failures_total{sink="siem"}')).toBeGreaterThan(0);
        expect(samples.get('intune_gate_events_waiting{sink="siem"}')).toBe(1);
        expect(samples.get('intune_gate_event_sink_failing{sink="siem"}')).toBe(1);
        expect(samples.get('intune_gate_event_sink_failing{sink="file"}')).toBe(0);
        expect(samples.get('intune_gate_audit_repairs_total{finding="torn"}')).toBe(1);
        expect(samples.get('intune_gate_history_devices')).toBe(1);
      },
      { timeout: 5_000 },
    );
    const response = await fetch(`${gate.origins[0]}/health`);
    expect(await response.json()).toMatchObject({ events: { siem: { waiting: 1, failing: true } } });
  });

  test('everything there is a metric for, in the tests above', () => {
    const names = Object.keys(METRICS) as MetricName[];
    const seen = (name: MetricName): boolean =>
      moved.has(METRICS[name].type === 'histogram' ? `${name}_count` : name);
    expect(names.filter((name) => !seen(name))).toEqual([]);
  });

  test('nothing of a device, a person, a path or a secret, in the tests above', () => {
    expect(exposed.length).toBeGreaterThan(10_000);
    for (const { properties } of simulator.world.devices.values()) {
      const { id, deviceName, userPrincipalName } = properties;
      const said = [id, deviceName, userPrincipalName].filter(
        (value) => typeof value === 'string' && value !== '',
      );
      expect(said.filter((value) => exposed.includes(String(value)))).toEqual([]);
    }
    for (const hidden of [/[0-9a-f]{8}-[0-9a-f]{4}/i, /secret/, /no-such-contract/, /igk_/, /127\.0\.0\.1/])
      expect(exposed).not.toMatch(hidden);
  });
});

describe('where it is served', () => {
  test('nowhere, unless a listener asks for it; /readyz is everywhere', async () => {
    const gate = await open({
      changes: {
        listen: { port: 0, monitoring: true },
        alsoListen: [{ port: 0 }, { port: 0, monitoring: 'only' }],
      },
    });
    const status = async (listener: number, path: string): Promise<number> =>
      (await fetch(`${gate.origins[listener]}${path}`, { method: path === '/v1/decisions' ? 'POST' : 'GET' }))
        .status;
    const all = async (path: string): Promise<readonly number[]> =>
      Promise.all([0, 1, 2].map((listener) => status(listener, path)));
    expect(await all('/metrics')).toEqual([200, 404, 200]);
    expect(await all('/health')).toEqual([200, 404, 200]);
    expect(await all('/livez')).toEqual([200, 200, 200]);
    expect(await all('/readyz')).toEqual([200, 200, 200]);
    expect(await all('/v1/decisions')).toEqual([401, 401, 404]);
    expect(await all('/auth/request')).toEqual([403, 403, 404]);
    expect(await all('/openapi.json')).toEqual([200, 200, 404]);
  });

  test('and where no listener asks, nothing is counted', async () => {
    const gate = await open({ changes: { listen: { port: 0 } } });
    expect(gate.gate.metrics).toBeUndefined();
    expect(gate.gate.surface.monitoring).toBeUndefined();
    expect(await gate.decide(deviceIds.compliant)).toMatchObject({ outcome: 'Compliant' });
  });

  test('as text, or as OpenMetrics for those who ask, at the same time', async () => {
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    const ask = async (accept: string): Promise<{ readonly type: string | null; readonly text: string }> => {
      const response = await fetch(`${gate.origins[0]}/metrics`, { headers: { accept } });
      return { type: response.headers.get('content-type'), text: await response.text() };
    };
    const openMetrics =
      'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
    const [first, second, third] = await Promise.all([ask('*/*'), ask(openMetrics), ask('text/plain')]);
    for (const { type, text } of [first, third]) {
      expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(parseExposition(text).types.get('intune_gate_decisions_total')).toBe('counter');
    }
    expect(second.type).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(second.text).toMatch(/\n# EOF\n$/);
    const parsed = parseExposition(second.text);
    expect(parsed.types.get('intune_gate_decisions')).toBe('counter');
    const labels = 'node="default",outcome="Compliant",reason="compliant",source="graph"';
    expect(parsed.samples.get(`intune_gate_decisions_total{${labels}}`)).toBe(1);
    expect((await scrape(gate)).get(`intune_gate_decisions_total{${labels}}`)).toBe(1);
  });

  test('/health shows tenants, memory, places and the configuration', async () => {
    breakGraph({ kind: 'status', status: 429, retryAfter: '60' });
    const gate = await open();
    await gate.decide(deviceIds.compliant);
    const response = await fetch(`${gate.origins[0]}/health`);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      status: 'ok',
      tenants: {
        default: {
          token: { acquiredAt: expect.stringMatching(/Z$/), expiresAt: expect.stringMatching(/Z$/) },
          services: {
            intune: { circuit: 'closed', pausedUntil: expect.stringMatching(/Z$/), pausedFor: 'throttled' },
            entra: { circuit: 'closed', pausedUntil: null, pausedFor: null, callsWaiting: 0 },
          },
          questionsUnderWay: 0,
        },
      },
      memory: { entries: 0, evictions: 0 },
      places: { decisions: { taken: 0, of: 1_250 }, waiting: { taken: 0, of: 1_000 } },
      configuration: { taken: true },
      certificates: [],
    });
    expect(text).not.toContain(deviceIds.compliant);
    expect(text).not.toContain('eyJ');
  });
});
