import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGraphTenant, type Credential, type GraphTenant } from '../../src/graph/graphTenant.ts';
import {
  CLIENT,
  TENANT,
  json,
  startFakeMicrosoft,
  tenantOf,
  tokenBody,
  within,
  type FakeMicrosoft,
} from './fakeMicrosoft.ts';
import { mintCertificate } from './testCertificates.ts';

const application = mintCertificate('gate');
let fake: FakeMicrosoft;
let tenant: GraphTenant | undefined;

beforeAll(async () => {
  fake = await startFakeMicrosoft();
});
beforeEach(() => fake.reset());
afterEach(() => tenant?.close());
afterAll(() => fake.close());

async function post(credential: Credential): Promise<URLSearchParams> {
  tenant = tenantOf(fake, { credential });
  expect(await tenant.tokens.getToken(within())).toMatchObject({ ok: true });
  expect(fake.of('token')).toHaveLength(1);
  return new URLSearchParams(fake.of('token')[0]?.body);
}

function claims(assertion: string | null, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(assertion?.split('.')[part] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

describe('each credential, over the wire', () => {
  it('client secret', async () => {
    const body = await post({ kind: 'clientSecret', clientSecret: 'the-secret-value' });
    expect(Object.fromEntries(body)).toMatchObject({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_secret: 'the-secret-value',
      scope: `${fake.origin}/.default`,
    });
  });

  it('certificate', async () => {
    const { certificatePem, keyPem } = application;
    const body = await post({ kind: 'certificate', certificatePem, privateKeyPem: keyPem });
    expect(body.get('client_secret')).toBeNull();
    expect(claims(body.get('client_assertion'), 0)).toMatchObject({
      alg: 'PS256',
      'x5t#S256': expect.any(String) as string,
    });
    expect(claims(body.get('client_assertion'), 1)).toMatchObject({ iss: CLIENT, sub: CLIENT });
  });

  it('federated assertion, read again for each token', async () => {
    let reads = 0;
    const readAssertion = (): Promise<string> => Promise.resolve(` assertion-${(reads += 1)}\n`);
    const body = await post({ kind: 'federatedAssertion', readAssertion });
    expect(body.get('client_assertion')).toBe('assertion-1');
    expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  });

  it.each([undefined, 'the-secret-value'])('user and password, client secret %s', async (clientSecret) => {
    const body = await post({
      kind: 'userPassword',
      username: 'svc@contoso.test',
      password: 'pass word',
      ...(clientSecret === undefined ? {} : { clientSecret }),
    });
    expect(Object.fromEntries(body)).toMatchObject({
      grant_type: 'password',
      username: 'svc@contoso.test',
      password: 'pass word',
    });
    expect(body.get('client_secret')).toBe(clientSecret ?? null);
  });

  it('managed identity, each acquisition on its own network though MSAL keeps the first', async () => {
    const seen: string[] = [];
    const imds = createServer((request, response) => {
      seen.push(`${String(request.headers['metadata'])} ${request.url ?? ''}`);
      const { access_token } = tokenBody();
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          access_token,
          expires_on: String(Math.floor(Date.now() / 1000) + 86_399),
          resource: 'x',
          token_type: 'Bearer',
        }),
      );
    });
    await new Promise<void>((resolve) => {
      imds.listen(0, '127.0.0.1', resolve);
    });
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] =
      `http://127.0.0.1:${(imds.address() as AddressInfo).port}`;
    // A proxy that does not exist: the link-local address must be reached without it.
    const options = {
      tenantId: TENANT,
      clientId: CLIENT,
      credential: { kind: 'managedIdentity', clientId: CLIENT },
      authority: fake.origin,
      graph: fake.origin,
      proxy: { httpProxy: 'http://127.0.0.1:9' },
    } as const;
    try {
      for (let nth = 1; nth <= 2; nth += 1) {
        const one = createGraphTenant(options);
        const token = await one.tokens.getToken(within());
        await one.close();
        expect(token.ok && token.expiresAt - Date.now()).toBeGreaterThan(86_000_000);
      }
    } finally {
      delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'];
      imds.close();
      imds.closeAllConnections();
    }
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatch(/^true \/metadata\/identity\/oauth2\/token.*resource=https%3A%2F%2F127/);
    expect(seen[0]).toContain(`client_id=${CLIENT}`);
  });
});

describe('impossible credentials', () => {
  it.each<[string, Credential, RegExp]>([
    [
      'no certificate',
      { kind: 'certificate', certificatePem: 'x', privateKeyPem: application.keyPem },
      /no PEM certificate/,
    ],
    [
      'no key',
      { kind: 'certificate', certificatePem: application.certificatePem, privateKeyPem: 'x' },
      /cannot be read/,
    ],
    [
      'a key of another certificate',
      {
        kind: 'certificate',
        certificatePem: mintCertificate('other').certificatePem,
        privateKeyPem: application.keyPem,
      },
      /do not match/,
    ],
  ])('%s is refused when the tenant is created', (_name, credential, message) => {
    expect(() => tenantOf(fake, { credential })).toThrow(
      expect.objectContaining({ code: 'configInvalid', message: expect.stringMatching(message) as string }),
    );
  });

  it.each([
    ['an http authority', { authority: 'http://127.0.0.1:1' }],
    ['an authority with a path', { authority: 'https://127.0.0.1:1/tenant' }],
    ['a graph with a user', { graph: 'https://a:b@127.0.0.1' }],
    ['a tenant that is a path', { tenantId: '../x' }],
  ])('%s is refused when the tenant is created', (_name, change) => {
    expect(() => tenantOf(fake, change)).toThrow(expect.objectContaining({ code: 'configInvalid' }));
  });

  it('says that the assertion cannot be read, and not what was in it', async () => {
    const readAssertion = (): Promise<string> =>
      Promise.reject(Object.assign(new Error('ENOENT: /var/run/secret-path'), { code: 'ENOENT' }));
    tenant = tenantOf(fake, { credential: { kind: 'federatedAssertion', readAssertion } });
    const token = await tenant.tokens.getToken(within());
    expect(token).toMatchObject({
      ok: false,
      reason: 'credentialRejected',
      detail: expect.stringContaining('ENOENT') as string,
    });
    expect(JSON.stringify(token)).not.toContain('secret-path');
  });

  it.each(['common', 'organizations'])('the tenant %s is tenantNotFound', async (tenantId) => {
    tenant = tenantOf(fake, { tenantId });
    expect(await tenant.tokens.getToken(within())).toMatchObject({ ok: false, reason: 'tenantNotFound' });
    expect(fake.of('token')).toHaveLength(0);
  });
});

describe('where credentials go', () => {
  it('never to a token endpoint of another host, whatever discovery says', async () => {
    const { body } = (await fake.discovery({ method: 'GET', url: '', headers: {}, body: '' }, 1)) as {
      body: Record<string, string>;
    };
    const other = await startFakeMicrosoft();
    fake.discovery = () => json({ ...body, token_endpoint: `${other.origin}/x/oauth2/v2.0/token` });
    tenant = tenantOf(fake);
    expect(await tenant.tokens.getToken(within())).toMatchObject({ ok: false, reason: 'malformedAnswer' });
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('no Microsoft host is asked about an unknown one', async () => {
    tenant = createGraphTenant({
      tenantId: 'contoso.test',
      clientId: CLIENT,
      credential: { kind: 'clientSecret', clientSecret: 'x' },
      authority: fake.origin,
      graph: fake.origin,
      extraCaPems: [fake.caPem],
    });
    process.env['MSAL_FORCE_REGION'] = 'westeurope';
    try {
      expect(await tenant.tokens.getToken(within())).toMatchObject({ ok: true });
    } finally {
      delete process.env['MSAL_FORCE_REGION'];
    }
    expect(fake.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });
});
