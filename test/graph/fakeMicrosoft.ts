import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dispatcher } from 'undici';
import { createDispatcher } from '../../src/graph/dispatcher.ts';
import { createGraphTenant, type GraphTenant, type GraphTenantOptions } from '../../src/graph/graphTenant.ts';
import { mintCertificate, type TestCertificate } from './testCertificates.ts';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const CLIENT = '99999999-2222-4333-8444-555555555555';

export interface SeenRequest {
  readonly method: string;
  /** As it came, undecoded. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Objects become JSON. */
  readonly body?: unknown;
  /** Takes over entirely. */
  readonly raw?: (response: ServerResponse) => void;
}

export type Script = (request: SeenRequest, count: number) => Reply | Promise<Reply>;

export interface FakeMicrosoft {
  readonly origin: string;
  readonly caPem: string;
  /** Trusts `caPem`. One for all tenants of a test file: reading Node's root certificates anew for each takes the most time. */
  readonly dispatcher: Dispatcher;
  readonly requests: SeenRequest[];
  /** Requests of one kind. */
  of(kind: 'discovery' | 'token' | 'graph'): SeenRequest[];
  /** What each kind answers; `count` is 1 for its first request. */
  discovery: Script;
  token: Script;
  graph: Script;
  reset(): void;
  close(): Promise<void>;
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  body,
  headers,
});

/** A token in the shape of a JWT; unsigned, as nobody here checks it. */
export function jwt(payload: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.c2ln`;
}

let tokensIssued = 0;

/** A fresh token each time, with one application permission unless told otherwise. */
export function tokenBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  tokensIssued += 1;
  const roles = ['DeviceManagementManagedDevices.Read.All'];
  return {
    token_type: 'Bearer',
    expires_in: 3599,
    ext_expires_in: 3599,
    access_token: jwt({ roles, jti: `token-${tokensIssued}` }),
    ...more,
  };
}

export function aadsts(
  status: number,
  error: string,
  code: number,
  more: Record<string, unknown> = {},
): Reply {
  return json(
    {
      error,
      error_description: `AADSTS${code}: Prose with acarter@contoso.test. Trace ID: aaaaaaaa-0000-4000-8000-000000000001`,
      error_codes: [code],
      timestamp: '2026-03-02 21:18:01Z',
      trace_id: 'aaaaaaaa-0000-4000-8000-000000000001',
      correlation_id: 'aaaaaaaa-0000-4000-8000-000000000002',
      ...more,
    },
    status,
  );
}

const CA: TestCertificate = mintCertificate('Test CA');
const SERVER: TestCertificate = mintCertificate('localhost', CA);
export const TEST_CA_PEM = CA.certificatePem;
export const TEST_SERVER = SERVER;

/** Token endpoint and Graph on one loopback port, over real TLS. */
export async function startFakeMicrosoft(): Promise<FakeMicrosoft> {
  const requests: SeenRequest[] = [];
  const kindOf = (url: string): 'discovery' | 'token' | 'graph' => {
    if (url.includes('/.well-known/')) return 'discovery';
    return url.includes('/oauth2/v2.0/token') ? 'token' : 'graph';
  };
  const of = (kind: string): SeenRequest[] => requests.filter(({ url }) => kindOf(url) === kind);

  const server: Server = createServer(
    { key: SERVER.keyPem, cert: SERVER.certificatePem },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
        requests.push(seen);
        const kind = kindOf(url);
        void (async () => {
          const reply = await fake[kind](seen, of(kind).length);
          if (reply.raw) return reply.raw(response);
          const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
          response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
          response.end(text);
        })();
      });
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const fake: FakeMicrosoft = {
    origin,
    caPem: TEST_CA_PEM,
    dispatcher: createDispatcher({ extraCaPems: [TEST_CA_PEM], connectTimeoutMs: 1_000 }),
    requests,
    of,
    discovery: () => json({}),
    token: () => json({}),
    graph: () => json({}),
    reset() {
      requests.length = 0;
      fake.discovery = () =>
        json({
          issuer: `${origin}/${TENANT}/v2.0`,
          authorization_endpoint: `${origin}/${TENANT}/oauth2/v2.0/authorize`,
          token_endpoint: `${origin}/${TENANT}/oauth2/v2.0/token`,
          jwks_uri: `${origin}/${TENANT}/discovery/v2.0/keys`,
        });
      fake.token = () => json(tokenBody());
      fake.graph = () => json({ error: { code: 'ResourceNotFound', message: 'no such thing' } }, 404);
    },
    async close() {
      await fake.dispatcher.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  fake.reset();
  return fake;
}

export function tenantOf(fake: FakeMicrosoft, more: Partial<GraphTenantOptions> = {}): GraphTenant {
  return createGraphTenant({
    tenantId: TENANT,
    clientId: CLIENT,
    credential: { kind: 'clientSecret', clientSecret: 'the-secret-value' },
    authority: fake.origin,
    graph: fake.origin,
    dispatcher: fake.dispatcher,
    ...more,
  });
}

/** Lookup options good for `ms` from now. */
export function within(ms = 5_000, now: () => number = Date.now): { signal: AbortSignal; deadline: number } {
  return { signal: new AbortController().signal, deadline: now() + ms };
}
