import { describe, expect, test, afterAll, beforeAll } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import type { Minted } from '../support/certificateBuilder.ts';
import { certificateOf } from './deviceCertificates.ts';
import { keyPem, openFrontDoor, PERSON, type FrontDoor } from './frontDoor.ts';
import type { AppRequest } from './guardedApp.ts';
import { findProgram, PROXY_SERVERS, versionOf } from './proxyServers.ts';
import { exchange, type Exchange } from './rawClient.ts';

const PAGE = fileURLToPath(new URL('../../docs/forwardAuth.md', import.meta.url));
const BROWSER = ['Accept: text/html,*/*;q=0.8', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
/** Nothing is remembered, so that a change is seen at once. */
const AT_ONCE = { answers: { compliantSeconds: 0, otherSeconds: 0, notFoundSeconds: 0, staleSeconds: 0 } };

/** One device for each outcome, and what the policy of the example does with it. */
const ROWS = [
  { outcome: 'Compliant', device: deviceIds.compliant, expected: 'allowed' },
  { outcome: 'NotCompliant', device: deviceIds.noncompliant, expected: 'denied' },
  { outcome: 'InGracePeriod', device: deviceIds.inGracePeriod, expected: 'allowed, `inGracePeriod`' },
  { outcome: 'ConfigManager', device: deviceIds.configManager, expected: 'denied' },
  { outcome: 'Conflict', device: deviceIds.conflict, expected: 'denied' },
  { outcome: 'NoId', device: undefined, expected: 'denied' },
  { outcome: 'Unknown', device: deviceIds.unknown, expected: 'login' },
  { outcome: 'Error', device: deviceIds.error, expected: 'denied' },
] as const;

const seen = new Map<string, Map<string, string>>();
const found = PROXY_SERVERS.map((server) => ({ server, program: findProgram(server.program) }));
const missing = found.filter(({ program }) => program === undefined);

function headerOf({ rawHeaders }: AppRequest, name: string): string | undefined {
  const index = rawHeaders.findIndex((one, at) => at % 2 === 0 && one.toLowerCase() === name);
  return index < 0 ? undefined : rawHeaders[index + 1];
}

describe.each(found.filter(({ program }) => program !== undefined))('$server.name', ({ server, program }) => {
  const column = new Map<string, string>();
  // An application that asks by itself decides by itself; what the policy says of its requests is asked here.
  const target = server.asks === 'application' ? '/auth/request' : '/pay?a=1';
  let door: FrontDoor;

  beforeAll(async () => {
    door = await openFrontDoor(server, program ?? '', { config: AT_ONCE });
    seen.set(`${server.name} ${versionOf(program ?? '')}`, column);
  });
  afterAll(() => door.close());

  const send = (
    certificate: Minted | undefined,
    lines: readonly string[] = [],
    { method = 'GET', path = target, body = '' } = {},
  ): Promise<Exchange> =>
    exchange(
      {
        port: door.port,
        ...(certificate === undefined ? {} : { cert: certificate.pem, key: keyPem(certificate) }),
      },
      [
        `${method} ${path} HTTP/1.1`,
        `Host: localhost:${door.port}`,
        'Connection: close',
        ...(body === ''
          ? []
          : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
        ...lines,
        '',
        body,
      ].join('\r\n'),
    );
  const cert = (id: string | undefined): Minted | undefined =>
    id === undefined ? undefined : certificateOf(id);

  /** What became of a request, for the table. */
  function fateOf(answer: Exchange): string {
    const requests = door.app.take();
    if (answer.status === 200) {
      const [request] = requests;
      const warning =
        request === undefined ? answer.headers['x-device-warning'] : headerOf(request, 'x-device-warning');
      return (warning ?? '') === '' ? 'allowed' : `allowed, \`${warning ?? ''}\``;
    }
    expect(requests).toEqual([]);
    return ({ 401: 'login', 403: 'denied' } as const)[answer.status as 401] ?? `status ${answer.status ?? 0}`;
  }

  test.each(ROWS)('$outcome', async ({ outcome, device, expected }) => {
    door.app.take();
    const answer = await send(cert(device));
    const fate = fateOf(answer);
    column.set(outcome, fate);
    // httpd hands nothing on: there, an application asks by itself.
    const isAsked = server.asks === 'proxy';
    expect(fate).toBe(isAsked ? expected : expected.replace(/,.*/, ''));
    const challenge = answer.headers['www-authenticate'] ?? '';
    expect(challenge.includes('insufficient_user_authentication')).toBe(fate === 'login');
    const told = isAsked && !fate.startsWith('allowed') ? outcome : answer.headers['x-device-outcome'];
    expect(answer.headers['x-device-outcome']).toBe(told);
  });

  test('an outage of Microsoft', async () => {
    door.simulator.world.faults.push({
      id: 'outage',
      match: { endpoint: 'managedDevice' },
      // Nothing that the gate would remember Microsoft for.
      fault: { kind: 'status', status: 500 },
    });
    try {
      const answer = await send(cert(deviceIds.reenrolled));
      expect(answer.headers['x-device-reason']).toBe('upstreamUnavailable');
      const fate = fateOf(answer);
      column.set('Error, as Microsoft cannot be asked', fate);
      expect(fate).toBe('denied');
    } finally {
      door.simulator.world.faults.length = 0;
    }
  });

  describe.runIf(server.asks === 'proxy')('a step-up', () => {
    const { unknown, quarantined } = deviceIds;
    let cookie = '';

    async function logIn(certificate: Minted | undefined, lines: readonly string[] = []): Promise<Exchange> {
      const call = (body: string): Promise<Exchange> =>
        send(certificate, ['Accept-API-Version: resource=2.0, protocol=1.0', ...lines], {
          method: 'POST',
          path: '/json/realms/root/authenticate',
          body,
        });
      const first = await call('{}');
      const step = JSON.parse(bodyOf(first)) as { callbacks: { input: { value: unknown }[] }[] };
      const values = [PERSON.username, PERSON.password];
      step.callbacks.forEach(({ input }, index) => {
        const [entry] = input;
        if (entry !== undefined) entry.value = values[index];
      });
      return call(JSON.stringify(step));
    }

    test('takes a person to the login page, and back', async () => {
      const asked = await send(cert(unknown), BROWSER, { path: '/pay?a=1' });
      expect(asked.status).toBe(302);
      const location = new URL(asked.headers['location'] ?? '');
      expect(`${location.origin}${location.pathname}`).toBe(`https://localhost:${door.port}/login`);
      expect(Object.fromEntries(location.searchParams)).toEqual({
        goto: `https://localhost:${door.port}/pay?a=1`,
        ForceAuth: 'true',
      });
      expect(door.app.take()).toEqual([]);

      const done = await logIn(cert(unknown));
      expect(done.status).toBe(200);
      [cookie = ''] = (done.headers['set-cookie'] ?? '').split(';');
      expect(cookie).toMatch(/^iPlanetDirectoryPro=ey/);

      const back = await send(cert(unknown), [...BROWSER, `Cookie: ${cookie}`]);
      expect(back.status).toBe(200);
      const [request] = door.app.take();
      if (request === undefined) throw new Error('nothing arrived');
      expect(headerOf(request, 'x-auth-user')).toBe(PERSON.username);
      expect(headerOf(request, 'x-auth-level')).toBe('10');
      expect(headerOf(request, 'x-device-outcome')).toBe('Unknown');
      expect(headerOf(request, 'x-device-id')).toBe(unknown);
      column.set('Unknown, after a login with the device', 'allowed');
    });

    test.each([
      ['another device', quarantined],
      ['no device', undefined],
      ['a device that is denied', deviceIds.noncompliant],
    ])('its session is of no use to %s', async (_label, device) => {
      const answer = await send(cert(device), [`Cookie: ${cookie}`]);
      // 403 for another device, too, as long as it is no use to log in again at once.
      expect([401, 403]).toContain(answer.status);
      expect(door.app.take()).toEqual([]);
    });

    test('a forged identity header beside it does not arrive', async () => {
      const answer = await send(cert(unknown), [
        `Cookie: ${cookie}`,
        'X-Auth-User: root',
        'X-Auth-Level: 99',
      ]);
      expect(answer.status).toBe(200);
      const [request] = door.app.take();
      expect(request?.rawHeaders.filter((value) => value === 'root' || value === '99')).toEqual([]);
    });

    test('a login whose page is asked for by another host is not begun there', async () => {
      const answer = await send(cert(unknown), [
        ...BROWSER,
        'X-Forwarded-Host: evil.example',
        'X-Original-URL: https://evil.example/',
      ]);
      expect(JSON.stringify(answer.headers)).not.toContain('evil.example');
      expect([302, 401]).toContain(answer.status);
    });

    test('its session ends when the device becomes worse', async () => {
      const device = door.simulator.world.devices.get(unknown);
      if (device === undefined) throw new Error('there is no such device');
      const before = device.properties.complianceState;
      device.properties.complianceState = 'noncompliant';
      expect((await send(cert(unknown), [`Cookie: ${cookie}`])).status).toBe(403);
      device.properties.complianceState = before;
      expect((await send(cert(unknown), [`Cookie: ${cookie}`])).status).toBe(401);
      expect(door.app.take()).toEqual([]);
      column.set('Unknown, after the device had become worse', 'login');
    });
  });

  test.each([
    '/auth/policies/envoy/ext-authz/../../../../../json/x',
    '/auth/request/../../json/x',
    '/auth/request/../../login',
    '/json/../auth/request',
    '/json/%2e%2e/auth/request',
    '/json/..%2fauth/request',
    '/login/../auth/request',
    '/login/..;/auth/request',
    '/x/../json/../auth/policies/envoy/request',
    '//auth/request',
    '/json//../../auth/request',
    '/json\\..\\auth/request',
    '/AUTH/request',
    '/v1/decisions',
    '/openapi.json',
    '/login/../openapi.json',
  ])('%s leads to nothing else of the gate', async (path) => {
    const { headers, body } = await send(cert(deviceIds.compliant), [], { path });
    expect([headers['x-decision-id'], headers['x-device-id']]).toEqual([undefined, undefined]);
    expect(body).not.toContain('"openapi"');
    door.app.take();
  });

  test('a flood of headers, with a certificate that is good', async () => {
    const flood = Array.from({ length: 1_100 }, (_, index) => `a${index}: 1`);
    const answer = await send(cert(deviceIds.compliant), flood);
    expect(
      answer.status === 200 && door.app.take().some(({ deviceId }) => deviceId !== deviceIds.compliant),
    ).toBe(false);
    const bare = await send(undefined, flood);
    expect(bare.status).not.toBe(200);
    expect(door.app.take()).toEqual([]);
  });

  test('a gate that does not answer', async () => {
    await door.stopGate();
    const answer = await send(cert(deviceIds.compliant));
    expect(answer.status).not.toBe(200);
    expect(door.app.take()).toEqual([]);
    column.set('no answer of the gate', `status ${answer.status ?? 0}`);
  });
});

function bodyOf({ body, headers }: Exchange): string {
  return headers['transfer-encoding'] === 'chunked'
    ? body.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '')
    : body;
}

test('docs/forwardAuth.md says what was seen (npm run test:full -- --update)', async ({ skip }) => {
  if (missing.length > 0) skip();
  const names = [...seen.keys()];
  const labels = [...new Set([...seen.values()].flatMap((column) => [...column.keys()]))];
  const rows = labels.map((label) => [label, ...names.map((name) => seen.get(name)?.get(label) ?? '–')]);
  const table = [['', ...names], names.map(() => '---').concat('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
  process.stderr.write(`\n${table}\n\n`);
  const current = readFileSync(PAGE, 'utf8');
  const others = names.filter((name) => !current.includes(` ${name} `));
  const isUpdating = expect.getState().snapshotState.snapshotUpdateState === 'all';
  if (others.length > 0 && !isUpdating) {
    process.stderr.write(
      `docs/forwardAuth.md was written with other versions than ${others.join(', ')}; not compared\n\n`,
    );
    skip();
  }
  const [before = '', , after = ''] = current.split(/<!-- (?:begin|end) of what was seen -->/);
  const page = `${before}<!-- begin of what was seen -->\n\n${table}\n\n<!-- end of what was seen -->${after}`;
  await expect(await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE })).toMatchFileSnapshot(
    PAGE,
  );
});
