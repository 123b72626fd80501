import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher } from 'undici';
import { createDispatcher, type ProxyOptions } from '../../src/graph/dispatcher.ts';
import { httpExchange, type HttpExchange } from '../../src/graph/httpExchange.ts';
import { networkFault, type NetworkFaultKind } from '../../src/graph/networkFault.ts';
import { createGraphTenant } from '../../src/graph/graphTenant.ts';
import {
  CLIENT,
  startFakeMicrosoft,
  TENANT,
  TEST_CA_PEM,
  TEST_SERVER,
  within,
  type FakeMicrosoft,
} from './fakeMicrosoft.ts';
import { mintCertificate } from './testCertificates.ts';

let fake: FakeMicrosoft;
let dispatcher: Dispatcher | undefined;
const saved = { ...process.env };

beforeAll(async () => {
  fake = await startFakeMicrosoft();
});
beforeEach(() => fake.reset());
afterEach(async () => {
  for (const name of ['NODE_TLS_REJECT_UNAUTHORIZED', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']) {
    if (saved[name] === undefined) delete process.env[name];
    else process.env[name] = saved[name];
  }
  await dispatcher?.destroy();
  dispatcher = undefined;
});
afterAll(() => fake.close());

function ask(
  options: { extraCaPems?: string[]; proxy?: ProxyOptions; url?: string } = {},
): Promise<HttpExchange> {
  dispatcher = createDispatcher({ connectTimeoutMs: 1_000, ...options });
  return httpExchange({
    method: 'GET',
    url: options.url ?? `${fake.origin}/anything`,
    headers: {},
    dispatcher,
    signal: new AbortController().signal,
    timeoutMs: 2_000,
    maxBytes: 10_000,
  });
}

const faultOf = (answer: HttpExchange): string =>
  answer.whole ? `HTTP ${answer.status}` : answer.fault.kind;

/** A proxy that opens tunnels, and counts them. */
async function startProxy(
  tls: boolean,
  refuse = false,
): Promise<{ url: string; tunnels: string[]; server: Server }> {
  const tunnels: string[] = [];
  const server = (
    tls ? createTlsServer({ key: TEST_SERVER.keyPem, cert: TEST_SERVER.certificatePem }) : createServer()
  ) as Server;
  server.on('connect', (request, client: Socket) => {
    tunnels.push(request.url ?? '');
    client.on('error', () => undefined);
    if (refuse) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    server,
  };
}

describe('trust', () => {
  it('an extra CA is trusted', async () => {
    expect(faultOf(await ask({ extraCaPems: [TEST_CA_PEM] }))).toBe('HTTP 404');
  });

  it.each([[undefined], [[mintCertificate('Other CA').certificatePem]]])(
    'and nothing else is',
    async (extraCaPems) => {
      const answer = await ask(extraCaPems ? { extraCaPems } : {});
      expect(faultOf(answer)).toBe('certificateUntrusted');
    },
  );

  it.each([[undefined], [[mintCertificate('Other CA').certificatePem]]])(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 loosens nothing',
    async (extraCaPems) => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      expect(faultOf(await ask(extraCaPems ? { extraCaPems } : {}))).toBe('certificateUntrusted');
    },
  );

  it('nor does it in a tunnel, nor towards an https proxy', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const plain = await startProxy(false);
    const tls = await startProxy(true);
    expect(faultOf(await ask({ proxy: { httpsProxy: plain.url } }))).toBe('certificateUntrusted');
    await dispatcher?.destroy();
    expect(faultOf(await ask({ proxy: { httpsProxy: tls.url } }))).toBe('certificateUntrusted');
    expect([plain.tunnels.length, tls.tunnels.length]).toEqual([1, 0]);
    plain.server.close();
    tls.server.close();
  });
});

describe('proxies', () => {
  it.each([false, true])('a tunnel through the configured one (https proxy: %s)', async (tls) => {
    const proxy = await startProxy(tls);
    expect(faultOf(await ask({ extraCaPems: [TEST_CA_PEM], proxy: { httpsProxy: proxy.url } }))).toBe(
      'HTTP 404',
    );
    expect(proxy.tunnels).toEqual([fake.origin.slice('https://'.length)]);
    proxy.server.close();
  });

  it('a host named in noProxy is reached directly', async () => {
    const proxy = await startProxy(false);
    const how = { httpsProxy: proxy.url, noProxy: 'example.test,127.0.0.1' };
    expect(faultOf(await ask({ extraCaPems: [TEST_CA_PEM], proxy: how }))).toBe('HTTP 404');
    expect(proxy.tunnels).toEqual([]);
    proxy.server.close();
  });

  it.each([[undefined], [{ httpProxy: '' }], [{ httpsProxy: 'http://127.0.0.1:9', noProxy: '*' }]])(
    'the environment is not asked: %j',
    async (proxy) => {
      process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
      process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
      process.env['NO_PROXY'] = '';
      expect(faultOf(await ask({ extraCaPems: [TEST_CA_PEM], ...(proxy ? { proxy } : {}) }))).toBe(
        'HTTP 404',
      );
    },
  );

  it('a proxy that refuses is said to, without its password', async () => {
    const proxy = await startProxy(false, true);
    const url = proxy.url.replace('http://', 'http://user:geheim@');
    const tenant = createGraphTenant({
      tenantId: TENANT,
      clientId: CLIENT,
      credential: { kind: 'clientSecret', clientSecret: 'x' },
      authority: fake.origin,
      graph: fake.origin,
      extraCaPems: [TEST_CA_PEM],
      proxy: { httpsProxy: url },
    });
    const failure = await tenant.tokens.getToken(within());
    expect(failure).toMatchObject({
      reason: 'upstreamUnreachable',
      detail: expect.stringContaining('proxy') as string,
    });
    expect(JSON.stringify(failure)).not.toContain('geheim');
    await tenant.close();
    proxy.server.close();
  });
});

it('a refused connection is told from others', async () => {
  expect(faultOf(await ask({ url: 'https://127.0.0.1:9/' }))).toBe('refused');
});

describe('networkFault', () => {
  const error = (code: string): Error => Object.assign(new Error('secret text'), { code });
  const parserError = (): Error => Object.assign(new Error('secret text'), { name: 'HTTPParserError' });

  it.each<[string, unknown, boolean, NetworkFaultKind]>([
    ['a name', error('ENOTFOUND'), false, 'nameNotFound'],
    [
      'several addresses',
      new AggregateError([error('EHOSTUNREACH'), error('ECONNREFUSED')]),
      false,
      'noRoute',
    ],
    [
      'a cause',
      new TypeError('fetch failed', { cause: error('CERT_HAS_EXPIRED') }),
      false,
      'certificateExpired',
    ],
    ['another host name', error('ERR_TLS_CERT_ALTNAME_INVALID'), false, 'certificateNameMismatch'],
    ['TLS', error('ERR_SSL_WRONG_VERSION_NUMBER'), false, 'tlsFailed'],
    ['a parser', error('HPE_INVALID_CONSTANT'), false, 'notHttp'],
    ['a reset', error('ECONNRESET'), false, 'reset'],
    ['a reset within the answer', error('ECONNRESET'), true, 'answerCut'],
    ['something within the answer', new Error('terminated'), true, 'answerCut'],
    ['a parser within the answer', error('HPE_INVALID_CHUNK_SIZE'), true, 'notHttp'],
    ['a parser that names no code', parserError(), false, 'notHttp'],
    ['a parser that names no code within the answer', parserError(), true, 'notHttp'],
    ['a connect timeout', error('UND_ERR_CONNECT_TIMEOUT'), false, 'connectTimeout'],
    ['an unknown code', error('EWHATEVER'), false, 'connectFailed'],
    ['no error at all', 'text', false, 'connectFailed'],
  ])('%s', (_name, thrown, answered, kind) => {
    expect(networkFault(thrown, answered).kind).toBe(kind);
  });
});
