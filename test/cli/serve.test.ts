import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../src/simulator/certificateAuthority.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { API_KEY, configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';
import { endChildren, runChild, type Child } from './runChild.ts';

let simulator: Simulator;
let folder: GateFolder;
let tenant: Record<string, unknown>;
beforeAll(async () => {
  simulator = await startSimulator();
  folder = createGateFolder();
  tenant = simulatedTenant(simulator, folder);
});
afterEach(() => {
  simulator.reset();
});
afterAll(async () => {
  endChildren();
  await simulator.close();
  folder.remove();
});

/** Starts the service and waits until it listens. */
async function serve(
  changes: Record<string, unknown> = {},
): Promise<{ readonly child: Child; readonly origin: string }> {
  const config = folder.config({ ...configWith(tenant), listen: { port: 0 }, ...changes });
  const child = runChild(['serve', '--config', config]);
  const [, origin = ''] = await child.waitFor('err', /"origin":"([^"]+)".*"msg":"listening"/);
  return { child, origin };
}

const BODY = JSON.stringify({ request: { headers: { 'x-intune': [`CN=${deviceIds.compliant}`] } } });
const HEADERS = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };

function ask(origin: string): Promise<Response> {
  return fetch(`${origin}/v1/decisions`, { method: 'POST', headers: HEADERS, body: BODY });
}

function breakGraph(fault: Fault): void {
  simulator.world.faults.push({ id: 'test', match: { endpoint: 'managedDevice' }, fault });
}

/** Until Graph has been asked: a decision is then under way. */
async function graphAsked(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (simulator.requests().some(({ path }) => path.includes(deviceIds.compliant))) return;
    await delay(20);
  }
  throw new Error('Graph was not asked');
}

describe('serve', () => {
  test('answers, then finishes a slow decision before it ends with 0', async () => {
    const { child, origin } = await serve({ answers: { compliantSeconds: 0 } });
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await ask(origin)).json()).toMatchObject({
      outcome: 'Compliant',
      evidence: { source: 'graph' },
    });
    expect((await fetch(`${origin}/livez`)).status).toBe(200);

    simulator.clearRequests();
    breakGraph({ kind: 'slow', delayMs: 1_200 });
    const slow = ask(origin);
    await graphAsked();
    child.signal('SIGTERM');
    await child.waitFor('err', /"msg":"stopping"/);
    await expect(ask(origin)).rejects.toThrow(/fetch failed/);
    const response = await slow;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: 'Compliant' });
    expect(await child.ended).toBe(0);
    expect(child.err()).toMatch(/"finished":true.*"msg":"stopped"/);
    expect(child.out()).toBe('');
  });

  test('its log is JSON, names outcomes, and holds neither keys nor ids of devices', async () => {
    const { child, origin } = await serve({ log: { level: 'trace' } });
    await ask(origin);
    await fetch(`${origin}/v1/decisions`, {
      method: 'POST',
      headers: { ...HEADERS, authorization: 'Bearer wrong' },
      body: BODY,
    });
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    const lines = child
      .err()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['listening', 'decision', 'stopping', 'stopped']),
    );
    expect(lines.find(({ msg }) => msg === 'decision')).toMatchObject({
      caller: 'journeys',
      outcome: 'Compliant',
      node: 'default',
    });
    const secret = simulator.world.apps[0]?.secrets[0]?.value ?? 'absent';
    for (const hidden of [API_KEY, secret, deviceIds.compliant, 'eyJ'])
      expect(child.err()).not.toContain(hidden);
  });

  test('ends with 0 after limits.shutdownMs, whatever is still under way', async () => {
    const { child, origin } = await serve({ limits: { shutdownMs: 200 } });
    breakGraph({ kind: 'hang' });
    const lost = ask(origin).catch((error: unknown) => error);
    await graphAsked();
    const started = performance.now();
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(child.err()).toMatch(/"finished":false.*"msg":"stopped"/);
    expect(await lost).toBeInstanceOf(Error);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s ends it at once, with %i', async (signal, exitCode) => {
    const { child, origin } = await serve();
    breakGraph({ kind: 'hang' });
    const lost = ask(origin).catch((error: unknown) => error);
    await graphAsked();
    child.signal(signal);
    await child.waitFor('err', /"msg":"stopping"/);
    const started = performance.now();
    child.signal(signal);
    expect(await child.ended).toBe(exitCode);
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(await lost).toBeInstanceOf(Error);
  });

  test('says so if nobody may ask', async () => {
    const { child, origin } = await serve({
      nodes: { default: { deviceId: [{ source: 'header' }] } },
      callers: [],
    });
    await child.waitFor('err', /"level":"warn".*no caller and no proxy is configured/);
    expect(child.err()).toMatch(
      /"level":"warn".*"at":"nodes\.default\.deviceId\.0\.from","line":\d+,.*names nobody/,
    );
    expect(child.err()).toMatch(/"level":"warn".*"at":"nodes\.default".*no caller may ask this node/);
    expect((await ask(origin)).status).toBe(401);
    child.signal('SIGINT');
    expect(await child.ended).toBe(0);
  });
});

describe('callers with a client certificate', () => {
  const ca = createCertificateAuthority({ commonName: 'Test CA', now: Date.now });
  const server = ca.issue({
    commonName: 'gate',
    usage: 'server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const pinned = ca.issue({ commonName: 'proxy', usage: 'client' });
  const unpinned = ca.issue({ commonName: 'proxy', usage: 'client' });
  const expired = ca.issue({
    commonName: 'proxy',
    usage: 'client',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() - 3_600_000),
  });
  let child: Child;
  let origin: string;

  beforeAll(async () => {
    folder.file('tls.pem', server.certificatePem);
    folder.file('tls.key', server.privateKeyPem);
    const base = configWith(tenant);
    ({ child, origin } = await serve({
      listen: { port: 0, tls: { certificateFile: 'tls.pem', privateKeyFile: 'tls.key' } },
      nodes: { default: { deviceId: [{ source: 'header', from: ['journeys', 'proxy'] }] } },
      callers: [
        ...(base['callers'] as unknown[]),
        { name: 'proxy', certificateSha256: [pinOf(pinned), pinOf(expired)], nodes: ['default'] },
      ],
    }));
  });
  afterAll(async () => {
    child.signal('SIGTERM');
    await child.ended;
  });

  function pinOf({ certificatePem }: IssuedCertificate): string {
    const key = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('hex');
  }

  function askWith(
    certificate: IssuedCertificate | undefined,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${origin}/v1/decisions`,
        {
          method: 'POST',
          headers,
          ca: ca.certificatePem,
          agent: false,
          ...(certificate === undefined
            ? {}
            : { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(BODY);
    });
  }

  test('whose key is pinned are known', async () => {
    expect(origin).toMatch(/^https:/);
    expect(await askWith(pinned)).toMatchObject({ status: 200, body: { outcome: 'Compliant' } });
  });

  test('whose key is not pinned are nobody, though the CA is the same', async () => {
    expect(await askWith(unpinned)).toMatchObject({ status: 401 });
  });

  test('whose certificate has expired are nobody', async () => {
    expect(await askWith(expired)).toMatchObject({ status: 401 });
  });

  test('that show nothing are nobody', async () => {
    expect(await askWith(undefined)).toMatchObject({ status: 401 });
  });

  test('a key of another caller over the same connection is nobody; with an unpinned certificate the key counts', async () => {
    expect(await askWith(undefined, HEADERS)).toMatchObject({ status: 200 });
    expect(await askWith(unpinned, HEADERS)).toMatchObject({ status: 200 });
    expect(await askWith(pinned, HEADERS)).toMatchObject({ status: 401 });
  });
});

describe('a Unix socket beside the port', () => {
  const proxies = [{ name: 'edge', socket: true }];
  const nodes = { default: { deviceId: [{ source: 'header', from: ['edge'] }] } };

  function askSocket(socketPath: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const sent = requestPlain(
        { socketPath, path: '/auth/request', headers: { 'x-intune': `CN=${deviceIds.compliant}` } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.once('error', reject).end();
    });
  }

  test('has its permissions, is the proxy, and is gone at the end', async () => {
    const { child, origin } = await serve({
      alsoListen: [{ socket: { path: 'gate.sock', mode: '0600' } }],
      proxies,
      nodes,
    });
    const path = join(folder.path, 'gate.sock');
    await child.waitFor('err', new RegExp(`"origin":"unix:${path}".*"msg":"listening"`));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await askSocket(path)).toBe(200);
    const overPort = await fetch(`${origin}/auth/request`, {
      headers: { 'x-intune': `CN=${deviceIds.compliant}` },
    });
    expect([overPort.status, overPort.headers.get('x-device-reason')]).toEqual([403, 'hopNotTrusted']);
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('one that a killed gate left behind is taken over; one in use, and what is no socket, is not', async () => {
    const path = join(folder.path, 'left.sock');
    const changes = { alsoListen: [{ socket: { path: 'left.sock' } }], proxies, nodes };
    const killed = await serve(changes);
    killed.child.signal('SIGKILL');
    await killed.child.ended;
    expect(existsSync(path)).toBe(true);

    const { child } = await serve(changes);
    await child.waitFor('err', /"origin":"unix:.*"msg":"listening"/);
    expect(await askSocket(path)).toBe(200);

    const config = { ...configWith(tenant), listen: { port: 0 }, ...changes };
    const second = runChild(['serve', '--config', folder.config(config, 'second.yaml')]);
    expect(await second.ended).toBe(2);
    expect(second.err()).toMatch(/the socket .*left\.sock is taken by another program/);
    child.signal('SIGTERM');
    await child.ended;

    folder.file('left.sock', 'a file of somebody');
    const third = runChild(['serve', '--config', folder.config(config, 'second.yaml')]);
    expect(await third.ended).toBe(2);
    expect(third.err()).toMatch(/left\.sock is no socket; it is left alone/);
  });
});
