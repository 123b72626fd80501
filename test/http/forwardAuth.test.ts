import { connect, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { createHash, X509Certificate } from 'node:crypto';
import { Agent, get } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import type { AppOptions } from '../../src/http/app.ts';
import type { SurfaceOptions } from '../../src/http/surface.ts';
import type { ProxySetup } from '../../src/http/proxyAuthentication.ts';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { DEVICE_ID, fakeDirectory, managedDevice } from '../support/fakeDirectory.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { testApp } from '../support/testApp.ts';
import { testNode } from '../support/testNode.ts';
import { testPolicies } from '../support/testPolicies.ts';

const SECRET = 'a-secret-between-proxy-and-gate-0123456789';
const OTHER_SECRET = 'another-secret-of-the-same-length-01234567';
const GOOD = `x-intune: CN=${DEVICE_ID}`;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly closed: boolean;
}

/** Sends header lines as they are, and reads one answer. */
function exchange(
  where: { readonly port?: number; readonly path?: string; readonly tls?: ConnectionOptions },
  requestLine: string,
  lines: readonly string[],
  host = 'gate',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { tls, ...address } = where;
    const at =
      'path' in address ? { path: address.path ?? '' } : { host: '127.0.0.1', port: address.port ?? 0 };
    const socket = tls === undefined ? connect(at) : connectTls({ ...at, ...tls });
    let text = '';
    socket.setEncoding('latin1');
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer but ${JSON.stringify(text)}`)));
    socket.once('error', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status = '', ...rest] = text.slice(0, end).split('\r\n');
      const headers = new Map(
        rest.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
      );
      resolve({
        status: Number(status.split(' ')[1]),
        headers,
        closed: headers.get('connection') === 'close',
      });
      socket.destroy();
    });
    socket.write([`${requestLine} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n'), 'latin1');
  });
}

/** A gate whose only source is a header that the proxy `edge` may set. */
async function gate(
  proxy: Omit<ProxySetup, 'name'>,
  changes: Partial<SurfaceOptions & AppOptions> = {},
): Promise<{ readonly port: number; readonly log: string[] }> {
  const node = testNode(fakeDirectory([managedDevice()]), {
    sources: [createHeaderSource({ name: 'x-intune', from: ['edge'], peers: undefined, idKind: 'unknown' })],
  });
  const { app, log } = testApp(undefined, {
    policies: testPolicies({ default: node }),
    proxies: [{ name: 'edge', ...proxy }],
    ...changes,
  });
  apps.push(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: (app.server.address() as AddressInfo).port, log };
}

const LOOPBACK = { addresses: ['127.0.0.0/8', '::1'] };

describe('the contracts', () => {
  const PATHS = ['/auth/request', '/auth/forward', '/auth/ext-authz', '/auth/ext-authz/any/path?x=1'];
  test.each(PATHS.flatMap((path) => [path, path.replace('/auth/', '/auth/policies/default/')]))(
    'GET %s allows a compliant device',
    async (path) => {
      const { port } = await gate(LOOPBACK);
      const answer = await exchange({ port }, `GET ${path}`, [GOOD]);
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-device-outcome': 'Compliant',
        'x-device-reason': 'compliant',
        'x-device-id': DEVICE_ID,
        'x-auth-user': '',
        'x-auth-level': '',
        'x-decision-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        'cache-control': 'no-store',
      });
    },
  );

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'PURGE', 'QUERY'])(
    '%s is answered like GET, since Envoy keeps the method of the client',
    async (method) => {
      const { port } = await gate(LOOPBACK);
      expect((await exchange({ port }, `${method} /auth/ext-authz/x`, [GOOD])).status).toBe(200);
      expect((await exchange({ port }, `${method} /auth/ext-authz/x`, [])).status).toBe(403);
    },
  );

  test.each(['/caf%e9', '/%zz', '/100%', '/a/../b', '?x=%ff'])(
    'a path of a client that is hard to read (%s)',
    async (path) => {
      const { port } = await gate(LOOPBACK);
      expect((await exchange({ port }, `GET /auth/ext-authz${path}`, [GOOD])).status).toBe(200);
      expect((await exchange({ port }, `GET /auth/policies/other/ext-authz${path}`, [GOOD])).status).toBe(
        403,
      );
      expect((await exchange({ port }, `GET /auth/ext-authz${path}`, [])).status).toBe(403);
    },
  );

  test('an expectation that nobody knows changes nothing', async () => {
    const { port } = await gate(LOOPBACK);
    expect((await exchange({ port }, 'GET /auth/request', [GOOD, 'Expect: miracles'])).status).toBe(200);
  });

  test('whoever asks on and on without waiting is hung up on', async () => {
    const slow = {
      name: 'slow',
      decide: () => new Promise<never>(() => undefined),
      presentedIds: () => Promise.resolve([]),
    };
    const { port } = await gate(LOOPBACK, { policies: testPolicies({ default: slow }) });
    const requests = 'GET /auth/request HTTP/1.1\r\nHost: gate\r\n\r\n'.repeat(100);
    const received = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write(requests));
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket.once('close', () => resolve(text));
      socket.once('error', ({ code }: NodeJS.ErrnoException) =>
        code === 'ECONNRESET' || code === 'EPIPE' ? undefined : reject(new Error(code)),
      );
    });
    expect(received).toBe('');
  });

  test('whatever is not Compliant is a 403, and says why without naming the device', async () => {
    const node = testNode(fakeDirectory([managedDevice({ complianceState: 'inGracePeriod' })]));
    const { port } = await gate(LOOPBACK, {
      policies: testPolicies({ default: node }),
      proxies: [{ name: 'journeys', ...LOOPBACK }],
    });
    const answer = await exchange({ port }, 'GET /auth/request', [GOOD]);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-device-outcome')).toBe('InGracePeriod');
    expect(answer.headers.get('x-device-reason')).toBe('inGracePeriod');
    expect(answer.headers.has('x-device-id')).toBe(false);
  });

  test.each([
    '/auth/policies/other/request',
    '/auth/policies/__proto__/request',
    '/auth/policies//request',
    '/auth/policies/../request',
    '/auth/policies/./request',
    '/auth/policies/%2e%2e/request',
    '/auth/policies/Default/request',
    '/auth/policies/DEFAULT/request',
    '/auth/policies/default%2f/request',
    '/auth/policies/default/../default/request',
    '/auth/policies/default//request',
    '/auth/policies/default/request/',
    '/auth//request',
    '/auth/policies/constructor/request',
    '/auth/nothing',
    '/auth/requests',
    '/auth/request/more',
    '/auth/',
    '/auth',
    '/auth/%zz',
    '/auth/policies/%ff/request',
  ])('%s, which is no policy or no contract, denies', async (path) => {
    const { port } = await gate(LOOPBACK);
    expect((await exchange({ port }, `GET ${path}`, [GOOD])).status).toBe(403);
  });

  test('nothing behind the prefix chooses a policy', async () => {
    const lax = testNode(fakeDirectory([managedDevice()]));
    const strict = testNode(fakeDirectory([]));
    const { port } = await gate(LOOPBACK, {
      policies: testPolicies({ default: strict, lax }),
      proxies: [{ name: 'journeys', ...LOOPBACK }],
    });
    for (const path of [
      '/auth/ext-authz/../policies/lax/ext-authz/',
      '/auth/ext-authz/%2e%2e/policies/lax/request',
      '/auth/request?policy=lax',
      '/auth/ext-authz/auth/policies/lax/request',
    ]) {
      const answer = await exchange({ port }, `GET ${path}`, [GOOD, 'x-policy: lax']);
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await exchange({ port }, 'GET /auth/policies/lax/request', [GOOD])).status).toBe(200);
  });

  test.each(['Content-Length: 5', 'Transfer-Encoding: chunked'])(
    'a body that is announced (%s) and never comes holds nothing up',
    async (line) => {
      const { port } = await gate(LOOPBACK);
      for (const method of ['GET', 'POST']) {
        const answer = await exchange({ port }, `${method} /auth/request`, [
          GOOD,
          line,
          'Content-Type: application/json',
        ]);
        expect(answer).toMatchObject({ status: 200, closed: true });
      }
    },
  );

  test('a flood of header lines is a denial, in the words of the contract', async () => {
    const { port } = await gate(LOOPBACK);
    const flood = Array.from({ length: 1_100 }, (_, index) => `a${index}: 1`);
    expect((await exchange({ port }, 'GET /auth/request', [...flood, GOOD])).status).toBe(403);
  });

  test('a mistake of our own is a denial', async () => {
    const broken = {
      name: 'broken',
      decide: () => Promise.reject(new Error('boom')),
      presentedIds: () => Promise.resolve([]),
    };
    const { port, log } = await gate(LOOPBACK, { policies: testPolicies({ default: broken }) });
    expect((await exchange({ port }, 'GET /auth/request', [GOOD])).status).toBe(403);
    expect(log.join('')).toContain('"request failed"');
  });
});

describe('who may speak', () => {
  const spoofed = { status: 403, reason: 'headerSpoofed' };
  const nobody = { status: 403, reason: 'hopNotTrusted' };
  const good = { status: 200, reason: 'compliant' };
  async function ask(proxy: Omit<ProxySetup, 'name'>, lines: readonly string[]): Promise<object> {
    const { port } = await gate(proxy);
    const { status, headers } = await exchange({ port }, 'GET /auth/request', lines);
    return { status, reason: headers.get('x-device-reason') };
  }

  test.each([
    ['no proof is nobody', {}, [GOOD], nobody],
    ['the right address', LOOPBACK, [GOOD], good],
    ['another address', { addresses: ['10.0.0.0/8', 'fd00::/8'] }, [GOOD], nobody],
    [
      'another address that a header claims to be the right one',
      { addresses: ['10.0.0.1'] },
      [GOOD, 'X-Forwarded-For: 10.0.0.1'],
      nobody,
    ],
    [
      'the secret',
      { secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `X-Hop: ${SECRET}`],
      good,
    ],
    [
      'the second of two secrets',
      { secretHeader: { name: 'x-hop', sha256: [hash(OTHER_SECRET), hash(SECRET)] } },
      [GOOD, `x-hop: ${SECRET}`],
      good,
    ],
    ['no secret', { secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } }, [GOOD], nobody],
    [
      'another secret',
      { secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `x-hop: ${OTHER_SECRET}`],
      nobody,
    ],
    [
      'the secret twice',
      { secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `x-hop: ${SECRET}`, `x-hop: ${SECRET}`],
      nobody,
    ],
    [
      'a guess beside the secret',
      { secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `x_hop: ${OTHER_SECRET}`, `x-hop: ${SECRET}`],
      nobody,
    ],
    [
      'a secret that is too short to be one',
      { secretHeader: { name: 'x-hop', sha256: [hash('short')] } },
      [GOOD, 'x-hop: short'],
      nobody,
    ],
    [
      'address and secret',
      { ...LOOPBACK, secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `x-hop: ${SECRET}`],
      good,
    ],
    [
      'the right secret from another address',
      { addresses: ['10.0.0.1'], secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD, `x-hop: ${SECRET}`],
      nobody,
    ],
    [
      'the right address without the secret',
      { ...LOOPBACK, secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } },
      [GOOD],
      nobody,
    ],
    [
      'a certificate where none is asked for, without TLS',
      { ...LOOPBACK, withoutCertificate: true as const },
      [GOOD],
      good,
    ],
    ['nothing but the lack of a certificate', { withoutCertificate: true as const }, [GOOD], nobody],
    ['TCP where a socket is asked for', { socket: true as const }, [GOOD], nobody],
    [
      'a bare connection where a certificate is asked for',
      { certificateSha256: ['ab'.repeat(32)] },
      [GOOD],
      nobody,
    ],
    ['the header twice', LOOPBACK, [GOOD, GOOD], spoofed],
    ['another spelling of the header', LOOPBACK, [GOOD, 'x_intune: 1'], spoofed],
    ['the header named in Connection', LOOPBACK, [GOOD, 'Connection: keep-alive, X-Intune'], spoofed],
  ])('%s', async (_name, proxy, lines, expected) => {
    expect(await ask(proxy, lines)).toEqual(expected);
  });

  test('a bearer key of a caller does not make a proxy of it', async () => {
    const { port } = await gate({ addresses: ['10.0.0.1'] });
    const answer = await exchange({ port }, 'GET /auth/request', [
      GOOD,
      'Authorization: Bearer igk_test_0123456789abcdefghijklmnopqrstuv',
    ]);
    expect(answer.headers.get('x-device-reason')).toBe('hopNotTrusted');
  });

  test('the secret is in no log and in no answer', async () => {
    const { port, log } = await gate({ secretHeader: { name: 'x-hop', sha256: [hash(SECRET)] } });
    const answer = await exchange({ port }, 'GET /auth/request', [GOOD, `x-hop: ${SECRET}`]);
    expect(answer.status).toBe(200);
    expect(log.length).toBeGreaterThan(0);
    expect(log.join('') + [...answer.headers.values()].join('')).not.toContain(SECRET);
  });
});

describe('over a Unix socket', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'intune-gate-socket-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['is the proxy', { socket: true as const }, 200],
    ['is at no address', LOOPBACK, 403],
  ])('%s', async (_name, proxy, status) => {
    const node = testNode(fakeDirectory([managedDevice()]));
    const { app } = testApp(undefined, {
      policies: testPolicies({ default: node }),
      proxies: [{ name: 'journeys', ...proxy }],
      listener: { isUnixSocket: true },
    });
    apps.push(app);
    const path = join(folder, `${status}.sock`);
    await app.listen({ path });
    expect((await exchange({ path }, 'GET /auth/request', [GOOD])).status).toBe(status);
  });
});

describe('over mutual TLS', () => {
  const ca = createCertificateAuthority({ commonName: 'Test CA', now: Date.now });
  const server = ca.issue({
    commonName: 'gate',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const pinned = ca.issue({ commonName: 'edge', usage: 'client' });
  const stranger = ca.issue({ commonName: 'edge', usage: 'client' });
  const expired = ca.issue({
    commonName: 'edge',
    usage: 'client',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() - 3_600_000),
  });
  const pinOf = (pem: string): string =>
    createHash('sha256')
      .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex');
  const shown = ({ certificatePem, privateKeyPem }: typeof pinned): ConnectionOptions => ({
    cert: certificatePem,
    key: privateKeyPem,
  });

  test('a listener with names answers to them alone, in the handshake and in Host', async () => {
    const { port } = await gate(LOOPBACK, {
      listener: {
        isUnixSocket: false,
        tls: {
          certificatePem: server.certificatePem,
          privateKeyPem: server.privateKeyPem,
          clientAuthorities: [],
          serverNames: ['Gate', 'localhost'],
        },
      },
    });
    const tls = (servername: string): ConnectionOptions => ({
      ca: ca.certificatePem,
      servername,
      checkServerIdentity: () => undefined,
    });
    const status = async (options: ConnectionOptions, path: string, lines: string[]): Promise<number> =>
      (await exchange({ port, tls: options }, `GET ${path}`, lines)).status;
    expect(await status(tls('localhost'), '/auth/request', [GOOD])).toBe(200);
    expect(await status(tls('other.example'), '/auth/request', [GOOD])).toBe(403);
    expect(await status(tls(''), '/auth/request', [GOOD])).toBe(403);
    expect(await status(tls('other.example'), '/livez', [])).toBe(421);
    const wrongHost = await exchange(
      { port, tls: tls('localhost') },
      'GET /livez',
      ['Connection: close'],
      'evil',
    );
    expect(wrongHost.status).toBe(421);
  });

  test('and resumes no session that does not say for which name it was', async () => {
    const { port } = await gate(LOOPBACK, {
      listener: {
        isUnixSocket: false,
        tls: {
          certificatePem: server.certificatePem,
          privateKeyPem: server.privateKeyPem,
          clientAuthorities: [],
          serverNames: ['localhost'],
        },
      },
    });
    const agent = new Agent({
      ca: ca.certificatePem,
      servername: 'localhost',
      maxVersion: 'TLSv1.2',
      keepAlive: false,
    });
    const statuses: (number | undefined)[] = [];
    for (let index = 0; index < 3; index += 1) {
      statuses.push(
        await new Promise((resolve, reject) => {
          get(
            { host: '127.0.0.1', port, path: '/livez', agent, headers: { host: 'localhost' } },
            (response) => {
              response.resume().once('end', () => resolve(response.statusCode));
            },
          ).once('error', reject);
        }),
      );
    }
    expect(statuses).toEqual([200, 200, 200]);
  });

  test.each([
    ['the pinned certificate', shown(pinned), 'compliant'],
    ['another certificate of the same CA and name', shown(stranger), 'hopNotTrusted'],
    ['a pinned certificate that has expired', shown(expired), 'hopNotTrusted'],
    ['no certificate', {}, 'hopNotTrusted'],
  ])('%s', async (_name, client, reason) => {
    const { port } = await gate(
      { certificateSha256: [pinOf(pinned.certificatePem).toUpperCase(), pinOf(expired.certificatePem)] },
      {
        listener: {
          isUnixSocket: false,
          tls: {
            certificatePem: server.certificatePem,
            privateKeyPem: server.privateKeyPem,
            clientAuthorities: [],
          },
        },
      },
    );
    const answer = await exchange(
      { port, tls: { ca: ca.certificatePem, servername: 'localhost', ...client } },
      'GET /auth/request',
      [GOOD],
    );
    expect(answer.headers.get('x-device-reason')).toBe(reason);
  });
});
