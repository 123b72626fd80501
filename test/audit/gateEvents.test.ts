import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEVICE_COMPLIANCE_CHANGE } from '../../src/audit/delivery/securityEvent.ts';
import type { CloudEvent } from '../../src/events/cloudEvent.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import {
  API_KEY,
  configWith,
  createGateFolder,
  simulatedTenant,
  type GateFolder,
} from '../cli/gateFolder.ts';
import { endChildren, runChild } from '../cli/runChild.ts';
import { runGate } from '../cli/runGate.ts';
import { parseExposition } from '../metrics/parseExposition.ts';
import {
  openRecordingGate,
  setState,
  startReceiver,
  type RecordingGate,
  type Receiver,
} from './recordingGate.ts';

let simulator: Simulator;
let folder: GateFolder;
let gate: RecordingGate | undefined;
const receivers: Receiver[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(async () => {
  endChildren();
  await simulator.close();
});
afterEach(async () => {
  await gate?.close();
  gate = undefined;
  for (const receiver of receivers.splice(0)) await receiver.close();
  simulator.reset();
  folder.remove();
});

async function open(events: Record<string, unknown> | undefined): Promise<RecordingGate> {
  gate = await openRecordingGate(simulator, folder, events);
  return gate;
}

function eventsIn(file = 'audit.jsonl'): CloudEvent[] {
  return readFileSync(join(folder.path, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CloudEvent);
}

const ofType = (events: readonly CloudEvent[], type: string): CloudEvent[] =>
  events.filter((event) => event.type === type);

describe('the audit log of a gate', () => {
  test('has every decision with who, what, outcome, reason, device and decision id, and is whole', async () => {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' } });
    const good = await running.decide(deviceIds.compliant);
    const bad = await running.decide(deviceIds.noncompliant);
    await running.decide('no id at all');
    await running.close();
    gate = undefined;
    const checked = ofType(eventsIn(), 'DEVICE_COMPLIANCE_CHECKED');
    expect(checked).toHaveLength(3);
    expect(checked[0]).toMatchObject({
      specversion: '1.0',
      id: good['decisionId'],
      source: 'urn:intune-gate',
      time: good['evaluatedAt'],
      subject: deviceIds.compliant,
      data: {
        code: '0x2801',
        who: { kind: 'caller', name: 'journeys' },
        what: 'decide',
        outcome: 'Compliant',
        reason: 'compliant',
        decisionId: good['decisionId'],
        node: 'default',
        tenant: 'default',
        device: { id: deviceIds.compliant, intuneId: deviceIds.compliant },
      },
    });
    expect(checked[1]?.data).toMatchObject({ outcome: 'NotCompliant', decisionId: bad['decisionId'] });
    expect(checked[2]?.data).toMatchObject({ outcome: 'Error', reason: 'deviceIdMalformed' });
    const { exitCode, out } = await runGate(['audit', 'verify', join(folder.path, 'audit.jsonl')]);
    expect([exitCode, out]).toEqual([0, expect.stringContaining('The log is whole: 5 lines in 1 file')]);
  });

  test('names nobody unless asked to, and then as asked', async () => {
    folder = createGateFolder();
    folder.file('names.key', 'a key of names that is long enough for it');
    const running = await open({ file: { path: 'audit.jsonl' } });
    const login = { username: 'A.Carter@contoso.example' };
    await running.decide(deviceIds.compliant, login);
    running.reconfigure({
      file: { path: 'audit.jsonl' },
      userNames: 'pseudonyms',
      pseudonymKey: { file: 'names.key' },
    });
    await running.decide(deviceIds.compliant, login);
    await running.decide(deviceIds.compliant, { username: 'a.carter@contoso.example' });
    running.reconfigure({ file: { path: 'audit.jsonl' }, userNames: 'written' });
    await running.decide(deviceIds.compliant, login);
    await running.close();
    gate = undefined;
    const users = ofType(eventsIn(), 'DEVICE_COMPLIANCE_CHECKED').map(({ data }) => data.user);
    expect(users[0]).toBeUndefined();
    expect(users[1]).toMatch(/^user:[\w-]{22}$/);
    expect(users[2]).toBe(users[1]);
    expect(users[3]).toBe('A.Carter@contoso.example');
  });

  test('tells when a device changes its standing, and from what', async () => {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' } });
    const first = await running.decide(deviceIds.compliant);
    setState(simulator, deviceIds.compliant, 'noncompliant');
    const second = await running.decide(deviceIds.compliant);
    await running.decide(deviceIds.compliant);
    setState(simulator, deviceIds.compliant, 'conflict');
    await running.decide(deviceIds.compliant);
    setState(simulator, deviceIds.compliant, 'compliant');
    await running.decide(deviceIds.compliant);
    await running.close();
    gate = undefined;
    const changes = eventsIn().filter(({ data }) => data.what === 'change');
    expect(changes.map(({ type }) => type)).toEqual([
      'DEVICE_BECAME_NONCOMPLIANT',
      'DEVICE_STANDING_CHANGED',
      'DEVICE_BECAME_COMPLIANT',
    ]);
    expect(changes[0]?.data).toMatchObject({
      outcome: 'NotCompliant',
      decisionId: second['decisionId'],
      details: { previousOutcome: 'Compliant', previousDecisionId: first['decisionId'] },
    });
  });

  test('an outage changes no standing', async () => {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' } });
    await running.decide(deviceIds.compliant);
    simulator.world.faults.push({
      id: 'down',
      match: { endpoint: 'managedDevice' },
      fault: { kind: 'status', status: 400 } as never,
    });
    const during = await running.decide(deviceIds.compliant);
    simulator.world.faults.length = 0;
    await running.decide(deviceIds.compliant);
    await running.close();
    gate = undefined;
    expect(during['outcome']).toBe('Error');
    expect(eventsIn().filter(({ data }) => data.what === 'change')).toEqual([]);
    expect(ofType(eventsIn(), 'DEVICE_COMPLIANCE_CHECKED')).toHaveLength(3);
  });

  test('goes on when the configuration is read again, also into another file, and says that it was', async () => {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' } });
    await running.decide(deviceIds.compliant);
    expect(running.reconfigure({ file: { path: 'audit.jsonl' }, stdout: false, history: 'off' })).toBe(true);
    await running.decide(deviceIds.compliant);
    expect(running.reconfigure({ file: { path: 'other.jsonl' } })).toBe(true);
    await running.decide(deviceIds.compliant);
    await running.close();
    gate = undefined;
    expect(eventsIn().map(({ type }) => type)).toEqual([
      'AUDIT_LOG_OPENED',
      'DEVICE_COMPLIANCE_CHECKED',
      'CONFIGURATION_CHANGED',
      'DEVICE_COMPLIANCE_CHECKED',
      'AUDIT_LOG_SEALED',
    ]);
    expect(eventsIn('other.jsonl').map(({ type }) => type)).toEqual([
      'AUDIT_LOG_OPENED',
      'CONFIGURATION_CHANGED',
      'DEVICE_COMPLIANCE_CHECKED',
      'AUDIT_LOG_SEALED',
    ]);
    for (const file of ['audit.jsonl', 'other.jsonl']) {
      expect(await runGate(['audit', 'verify', join(folder.path, file)])).toMatchObject({ exitCode: 0 });
    }
  });

  test('keeps no decision waiting where it cannot be written, and is counted and told', async () => {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' } });
    folder.remove();
    const started = performance.now();
    const decision = await running.decide(deviceIds.compliant);
    expect(decision['outcome']).toBe('Compliant');
    expect(performance.now() - started).toBeLessThan(2_000);
    await vi.waitFor(
      async () => {
        const { samples } = parseExposition(await (await fetch(`${running.origin}/metrics`)).text());
        expect(samples.get('intune_gate_event_sink_failing{sink="file"}')).toBe(1);
        expect(samples.get('intune_gate_events_waiting{sink="file"}')).toBe(1);
      },
      { timeout: 5_000 },
    );
    expect(running.log).toContainEqual(
      expect.objectContaining({ sink: 'file', msg: 'events do not go out, and wait', detail: 'ENOENT' }),
    );
    await running.close();
    gate = undefined;
    expect(running.log).toContainEqual(
      expect.objectContaining({ sink: 'file', msg: 'events are lost: there is no room for them' }),
    );
  });
});

describe('receivers', () => {
  test('get CloudEvents by webhook, signed, and a change of compliance as a security event token', async () => {
    folder = createGateFolder();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    folder.file('set.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    folder.file('hook.secret', 'the secret of the webhook, long enough');
    folder.file('token', 'bearer-token');
    const hook = await startReceiver(() => 204);
    const caep = await startReceiver(() => 202);
    receivers.push(hook, caep);
    const running = await open({
      webhooks: [
        {
          name: 'siem',
          url: hook.url,
          spoolFolder: 'spool-siem',
          secret: { file: 'hook.secret' },
          types: ['DEVICE_BECAME_NONCOMPLIANT', 'DEVICE_COMPLIANCE_CHECKED'],
        },
      ],
      securityEvents: [
        {
          name: 'caep',
          url: caep.url,
          spoolFolder: 'spool-caep',
          issuer: 'https://gate.example',
          audience: ['https://receiver.example'],
          signingKeyFile: 'set.key',
          token: { file: 'token' },
        },
      ],
    });
    await running.decide(deviceIds.compliant);
    setState(simulator, deviceIds.compliant, 'noncompliant');
    const second = await running.decide(deviceIds.compliant);
    await vi.waitFor(() => expect(caep.received).toHaveLength(1), { timeout: 5_000 });
    const told = caep.received[0];
    expect(told?.headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      authorization: 'Bearer bearer-token',
    });
    const { body: jwks } = await running.call('/v1/events/keys');
    const { payload, protectedHeader } = await jwtVerify(
      told?.body ?? '',
      createLocalJWKSet(jwks as unknown as JSONWebKeySet),
      { issuer: 'https://gate.example', audience: 'https://receiver.example', typ: 'secevent+jwt' },
    );
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({
      jti: `${String(second['decisionId'])}.standing`,
      txn: second['decisionId'],
      sub_id: {
        format: 'complex',
        device: {
          format: 'iss_sub',
          iss: `https://login.microsoftonline.com/${simulator.world.tenant.id}/v2.0`,
          sub: deviceIds.compliant,
        },
      },
      events: {
        [DEVICE_COMPLIANCE_CHANGE]: {
          previous_status: 'compliant',
          current_status: 'not-compliant',
          initiating_entity: 'policy',
          reason_admin: { en: 'noncompliant' },
        },
      },
    });
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('exp');
    expect((await running.call('/.well-known/ssf-configuration')).body).toMatchObject({
      issuer: 'https://gate.example',
      jwks_uri: 'https://gate.example/v1/events/keys',
    });
    await vi.waitFor(() => {
      const events = hook.received.flatMap(({ body }) => JSON.parse(body) as CloudEvent[]);
      expect(events.map(({ type }) => type)).toEqual([
        'DEVICE_COMPLIANCE_CHECKED',
        'DEVICE_COMPLIANCE_CHECKED',
        'DEVICE_BECAME_NONCOMPLIANT',
      ]);
    });
    expect(createPublicKey(privateKey).asymmetricKeyType).toBe('rsa');
  });

  test('that are down keep no decision waiting, and lose nothing over a restart', async () => {
    folder = createGateFolder();
    const gone = await startReceiver(() => 200);
    await gone.close();
    const events = { webhooks: [{ name: 'siem', url: gone.url, spoolFolder: 'spool' }] };
    const running = await open(events);
    const decisions = [
      await running.decide(deviceIds.compliant),
      await running.decide(deviceIds.noncompliant),
    ];
    await running.close();
    gate = undefined;
    const back = await startReceiver(() => 200, { port: gone.port });
    receivers.push(back);
    await open(events);
    await vi.waitFor(
      () => {
        const ids = back.received.flatMap(({ body }) =>
          (JSON.parse(body) as CloudEvent[]).map(({ id }) => id),
        );
        expect(ids).toEqual(decisions.map(({ decisionId }) => decisionId));
      },
      { timeout: 5_000 },
    );
  });
});

describe('the history of a device', () => {
  const LOGIN = { username: 'a.carter@contoso.example' };
  const KEY_FILE = () => folder.file('api.key', `${API_KEY}\n`);

  async function eventful(events: Record<string, unknown> = {}): Promise<RecordingGate> {
    folder = createGateFolder();
    const running = await open({ file: { path: 'audit.jsonl' }, ...events });
    for (const state of ['compliant', 'compliant', 'noncompliant', 'noncompliant', 'compliant']) {
      setState(simulator, deviceIds.compliant, state);
      await running.decide(deviceIds.compliant, LOGIN);
    }
    return running;
  }

  test('has one run for decisions that said the same, with its first and last', async () => {
    const running = await eventful();
    const { status, body } = await running.call(`/v1/history/${deviceIds.compliant.toUpperCase()}`);
    expect(status).toBe(200);
    const runs = body['runs'] as Record<string, string>[];
    expect(runs.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['Compliant', 'compliant'],
      ['NotCompliant', 'noncompliant'],
      ['Compliant', 'compliant'],
    ]);
    expect(runs[0]?.['firstDecisionId']).not.toBe(runs[0]?.['lastDecisionId']);
    expect(runs[2]?.['firstDecisionId']).toBe(runs[2]?.['lastDecisionId']);
    expect(runs[0]?.['user']).toBeNull();
    const later = await running.call(
      `/v1/history/${deviceIds.compliant}?since=${runs[2]?.['firstAt'] ?? ''}`,
    );
    expect(later.body['runs']).toHaveLength(1);
  });

  test('is found by the Entra id as well', async () => {
    const running = await eventful();
    const entra = simulator.world.devices.get(deviceIds.compliant)?.properties.azureADDeviceId;
    const { body } = await running.call(`/v1/history/${String(entra)}`);
    expect(body['runs']).toHaveLength(3);
  });

  test('is refused to who may not, and to questions that are none', async () => {
    const running = await eventful();
    const anonymous = await fetch(`${running.origin}/v1/history/${deviceIds.compliant}`);
    expect(anonymous.status).toBe(401);
    expect((await running.call('/v1/history/nonsense')).status).toBe(400);
    expect((await running.call(`/v1/history/${deviceIds.compliant}?since=yesterday`)).status).toBe(400);
    expect((await running.call('/v1/history/erase', { device: deviceIds.compliant })).status).toBe(400);
    expect((await running.call('/v1/history/erase', { deviceId: 'x' })).status).toBe(400);
    running.reconfigure({ file: { path: 'audit.jsonl' }, history: 'off' });
    expect((await running.call(`/v1/history/${deviceIds.compliant}`)).status).toBe(404);
  });

  test('is explained on the command line, in a time zone', async () => {
    const running = await eventful();
    const call = (...args: string[]) =>
      runGate(['explain', '--url', running.origin, '--key-file', KEY_FILE(), ...args]);
    const told = await call('--time-zone', 'Asia/Tokyo', deviceIds.compliant);
    expect(told.exitCode).toBe(0);
    expect(told.out).toContain('times in Asia/Tokyo');
    expect(told.out).toContain('NotCompliant (noncompliant) at node default');
    expect(told.out).toContain('What to do:');
    const json = JSON.parse((await call('--json', deviceIds.compliant)).out) as { runs: unknown[] };
    expect(json.runs).toHaveLength(3);
    expect(await call('--since', '2099-01-01', deviceIds.compliant)).toMatchObject({ exitCode: 1 });
    expect(await call('--since', 'whenever', deviceIds.compliant)).toMatchObject({ exitCode: 2 });
    expect(await call('--time-zone', 'Mars/Olympus', deviceIds.compliant)).toMatchObject({ exitCode: 2 });
    expect(await call(deviceIds.noncompliant)).toMatchObject({ exitCode: 1 });
    const away = ['explain', '--url', 'http://127.0.0.1:1', '--key-file', KEY_FILE(), deviceIds.compliant];
    expect(await runGate(away)).toMatchObject({ exitCode: 3 });
  });

  test('is erased by device, on the command line, and that is an event', async () => {
    const running = await eventful();
    const args = ['history', 'erase', '--url', running.origin, '--key-file', KEY_FILE()];
    expect(await runGate([...args, '--device', deviceIds.compliant])).toMatchObject({
      exitCode: 0,
      out: 'Records of 1 device were erased.\n',
    });
    expect(await runGate([...args, '--device', deviceIds.compliant])).toMatchObject({ exitCode: 1 });
    expect((await running.call(`/v1/history/${deviceIds.compliant}`)).body['runs']).toEqual([]);
    await running.close();
    gate = undefined;
    const [erased] = ofType(eventsIn(), 'RECORDS_ERASED');
    expect(erased?.data).toMatchObject({
      who: { kind: 'caller', name: 'journeys' },
      outcome: 'done',
      device: { id: deviceIds.compliant },
      details: { devices: 1 },
    });
  });

  test('is erased by user, whose name stays out of the event unless names are written', async () => {
    folder = createGateFolder();
    folder.file('names.key', 'a key of names that is long enough for it');
    folder.remove();
    const running = await eventful({ userNames: 'written' });
    await running.decide(deviceIds.noncompliant, { username: 'somebody.else@contoso.example' });
    expect((await running.call('/v1/history/erase', { user: LOGIN.username })).body).toEqual({ devices: 1 });
    expect((await running.call(`/v1/history/${deviceIds.compliant}`)).body['runs']).toEqual([]);
    expect((await running.call(`/v1/history/${deviceIds.noncompliant}`)).body['runs']).toHaveLength(1);
  });
});

test('without the section nothing is taken down, and the routes say so', async () => {
  folder = createGateFolder();
  const running = await open(undefined);
  await running.decide(deviceIds.compliant);
  expect(running.live.current().events).toBeUndefined();
  expect((await running.call(`/v1/history/${deviceIds.compliant}`)).status).toBe(404);
  expect((await running.call('/v1/events/keys')).status).toBe(404);
});

describe('whoever asks', () => {
  test('a proxy is named as one, and what it forges is an event of its own', async () => {
    folder = createGateFolder();
    gate = await openRecordingGate(
      simulator,
      folder,
      { file: { path: 'audit.jsonl' } },
      {
        proxies: [{ name: 'edge', addresses: ['127.0.0.1/32'] }],
        nodes: { default: { deviceId: [{ source: 'header', from: ['edge'] }] } },
      },
    );
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${gate?.origin ?? ''}/auth/request`, { headers });
    expect((await ask({ 'x-intune': `CN=${deviceIds.compliant}` })).status).toBe(200);
    // The caller is known, but is no hop that this node believes.
    const decision = await gate.decide(deviceIds.compliant);
    expect(decision['reason']).toBe('hopNotTrusted');
    await gate.close();
    gate = undefined;
    const [allowed, refused] = ofType(eventsIn(), 'DEVICE_COMPLIANCE_CHECKED');
    expect(allowed?.data).toMatchObject({ who: { kind: 'proxy', name: 'edge' }, outcome: 'Compliant' });
    expect(refused?.data).toMatchObject({ who: { kind: 'caller', name: 'journeys' }, outcome: 'Error' });
    const [spoofed] = ofType(eventsIn(), 'SPOOFING_SEEN');
    expect(spoofed).toMatchObject({
      id: `${String(decision['decisionId'])}.spoofing`,
      data: { reason: 'hopNotTrusted', who: { kind: 'caller', name: 'journeys' } },
    });
  });

  test('a decision made right before the gate is told to stop is in the log, and the log is sealed', async () => {
    folder = createGateFolder();
    const config = folder.config({
      ...configWith(simulatedTenant(simulator, folder)),
      listen: { port: 0 },
      events: { file: { path: 'audit.jsonl' }, stdout: true },
    });
    const child = runChild(['serve', '--config', config]);
    const [, origin = ''] = await child.waitFor('err', /"origin":"(http:[^"]+)"/);
    const response = await fetch(`${origin}/v1/decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ request: { headers: { 'x-intune': [deviceIds.compliant] } } }),
    });
    const { decisionId } = (await response.json()) as { decisionId: string };
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(eventsIn().map(({ type }) => type)).toEqual([
      'AUDIT_LOG_OPENED',
      'DEVICE_COMPLIANCE_CHECKED',
      'AUDIT_LOG_SEALED',
    ]);
    expect(child.out()).toContain(`"id":"${decisionId}"`);
    expect(child.err()).toContain('"msg":"audit log sealed"');
  });
});
