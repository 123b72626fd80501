import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { claimsOf, GRAPH_SCOPE, startSimulatorClient } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

const certificate = createCertificateAuthority({ commonName: 'App CA', now: Date.now }).issue({
  commonName: 'intune-gate app',
  keyType: 'rsa',
  usage: 'client',
});
const foreignKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let client: SimulatorClient;
let clientId: string;
let seconds: number;

beforeAll(async () => {
  client = await startSimulatorClient();
});
afterAll(() => client.close());
beforeEach(() => {
  client.simulator.reset();
  const [app] = client.simulator.world.apps;
  clientId = app?.clientId ?? '';
  app?.certificates.push(certificate.certificatePem);
  app?.federatedCredentials.push({
    issuer: 'https://issuer.example',
    subject: 'system:serviceaccount:gate:gate',
    audience: 'api://AzureADTokenExchange',
    publicKeyPem: foreignKey.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  seconds = Math.floor(Date.now() / 1000);
});

function jwt(header: object, claims: object, signer: (data: Buffer) => Buffer): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const data = `${encode(header)}.${encode(claims)}`;
  return `${data}.${signer(Buffer.from(data)).toString('base64url')}`;
}

const thumbprint = (algorithm: string) =>
  createHash(algorithm).update(new X509Certificate(certificate.certificatePem).raw).digest('base64url');
const rs256 = (data: Buffer) => sign('sha256', data, certificate.privateKeyPem);
const ps256 = (data: Buffer) =>
  sign('sha256', data, {
    key: certificate.privateKeyPem,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  });
const es256 = (data: Buffer) =>
  sign('sha256', data, { key: foreignKey.privateKey, dsaEncoding: 'ieee-p1363' });

function certificateClaims(): Record<string, unknown> {
  const { origin, world } = client.simulator;
  return {
    aud: `${origin}/${world.tenant.id}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: seconds,
    iat: seconds,
    exp: seconds + 600,
  };
}

function federatedClaims(): Record<string, unknown> {
  return {
    aud: 'api://AzureADTokenExchange',
    iss: 'https://issuer.example',
    sub: 'system:serviceaccount:gate:gate',
    exp: seconds + 600,
  };
}

function present(assertion: string) {
  return client.token({
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: GRAPH_SCOPE,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}

const modern = () => ({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint('sha256') });
const federated = { alg: 'ES256', typ: 'JWT' };

describe('a certificate assertion', () => {
  test('is accepted by PS256 with x5t#S256', async () => {
    const { status, json } = await present(jwt(modern(), certificateClaims(), ps256));
    expect(status).toBe(200);
    expect(claimsOf(json['access_token'])['appid']).toBe(clientId);
  });

  test('is accepted by RS256 with x5t', async () => {
    const { status } = await present(
      jwt({ alg: 'RS256', x5t: thumbprint('sha1') }, certificateClaims(), rs256),
    );
    expect(status).toBe(200);
  });

  test.each<[string, number, () => string]>([
    [
      'of an unregistered certificate',
      700027,
      () => jwt({ ...modern(), 'x5t#S256': 'AAAA' }, certificateClaims(), ps256),
    ],
    ['without a thumbprint', 700027, () => jwt({ alg: 'PS256' }, certificateClaims(), ps256)],
    [
      'whose thumbprint is that of another hash',
      700027,
      () => jwt({ alg: 'PS256', 'x5t#S256': thumbprint('sha1') }, certificateClaims(), ps256),
    ],
    ['signed by another key', 700027, () => jwt(modern(), certificateClaims(), es256)],
    [
      'without a signature',
      50027,
      () => `${jwt(modern(), certificateClaims(), ps256).split('.').slice(0, 2).join('.')}.`,
    ],
    ['with alg none', 700027, () => jwt({ ...modern(), alg: 'none' }, certificateClaims(), ps256)],
    [
      'for another audience',
      700023,
      () => jwt(modern(), { ...certificateClaims(), aud: 'https://elsewhere' }, ps256),
    ],
    ['with another subject', 50027, () => jwt(modern(), { ...certificateClaims(), sub: 'other' }, ps256)],
    ['that is over', 700024, () => jwt(modern(), { ...certificateClaims(), exp: seconds - 3600 }, ps256)],
    [
      'that has not begun',
      700024,
      () => jwt(modern(), { ...certificateClaims(), nbf: seconds + 3600 }, ps256),
    ],
    ['without an end', 700024, () => jwt(modern(), { ...certificateClaims(), exp: undefined }, ps256)],
    ['that is no JWT', 50027, () => 'nonsense'],
  ])('%s is AADSTS%i', async (_name, code, assertion) => {
    const { status, json } = await present(assertion());
    expect(status).toBe(401);
    expect(json).toMatchObject({ error: 'invalid_client', error_codes: [code] });
  });
});

describe('a federated assertion', () => {
  test('is accepted if it matches a registered credential', async () => {
    expect((await present(jwt(federated, federatedClaims(), es256))).status).toBe(200);
  });

  test.each(['iss', 'sub', 'aud'])('with another %s is AADSTS70021', async (claim) => {
    const { status, json } = await present(jwt(federated, { ...federatedClaims(), [claim]: 'other' }, es256));
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: 'invalid_request', error_codes: [70021] });
  });

  test('signed by another key is refused', async () => {
    const assertion = jwt({ ...federated, alg: 'RS256' }, federatedClaims(), rs256);
    expect((await present(assertion)).json).toMatchObject({ error: 'invalid_client', error_codes: [50027] });
  });

  test('that is over is refused', async () => {
    const assertion = jwt(federated, { ...federatedClaims(), exp: seconds - 3600 }, es256);
    expect((await present(assertion)).json).toMatchObject({ error_codes: [700024] });
  });

  test('signed by an RSA key works too', async () => {
    const [app] = client.simulator.world.apps;
    const [credential] = app?.federatedCredentials ?? [];
    if (credential === undefined) throw new Error('no credential');
    credential.publicKeyPem = createPublicKey(certificate.certificatePem)
      .export({ type: 'spki', format: 'pem' })
      .toString();
    expect((await present(jwt({ alg: 'RS256' }, federatedClaims(), rs256))).status).toBe(200);
  });
});
