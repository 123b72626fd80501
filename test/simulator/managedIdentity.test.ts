import Fastify from 'fastify';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulatorClient, textOf } from './simulatorClient.ts';
import type { SimulatorClient } from './simulatorClient.ts';

const PATH = '/metadata/identity/oauth2/token';
const QUERY = '?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com';
const METADATA = { metadata: 'true' };
let client: SimulatorClient;

beforeAll(async () => {
  client = await startSimulatorClient();
});
afterAll(() => client.close());

test.each([PATH, `${PATH}/`])('%s gives a token, numbers as strings', async (path) => {
  const { status, json } = await client.get(`${path}${QUERY}`, METADATA);
  expect(status).toBe(200);
  expect(json).toMatchObject({ expires_in: '86399', ext_expires_in: '86399', token_type: 'Bearer' });
  expect(json['expires_on']).toMatch(/^\d+$/);
  expect(json['client_id']).toBe(client.simulator.world.managedIdentities[0]?.clientId);
  const answer = await client.graph('/v1.0/deviceManagement', textOf(json['access_token']));
  expect(answer.status).toBe(200);
});

test.each<[string, string, Record<string, string>]>([
  ['without the header', QUERY, {}],
  ['through a proxy', QUERY, { ...METADATA, 'x-forwarded-for': '10.0.0.1' }],
  ['without resource', '?api-version=2018-02-01', METADATA],
  ['without api-version', '?resource=x', METADATA],
  ['for an identity nobody has', `${QUERY}&client_id=unknown`, METADATA],
  ['for a resource nobody has', '?api-version=2018-02-01&resource=https%3A%2F%2Fnone.example', METADATA],
])('%s it is refused', async (_name, query, headers) => {
  expect((await client.get(`${PATH}${query}`, headers)).status).toBe(400);
});

test.each(['client_id', 'object_id', 'mi_res_id', 'msi_res_id'] as const)(
  'finds an identity by %s',
  async (key) => {
    const [identity] = client.simulator.world.managedIdentities;
    const value = {
      client_id: identity?.clientId,
      object_id: identity?.objectId,
      mi_res_id: identity?.resourceId,
      msi_res_id: identity?.resourceId,
    }[key];
    const answer = await client.get(`${PATH}${QUERY}&${key}=${encodeURIComponent(value ?? '')}`, METADATA);
    expect(answer.status).toBe(200);
  },
);

test('can be mounted on plain http; its token is good for this Graph', async () => {
  const plain = Fastify();
  await plain.register(client.simulator.managedIdentityPlugin);
  const address = await plain.listen({ host: '127.0.0.1', port: 0 });
  try {
    const response = await request(`${address}${PATH}/${QUERY}`, { headers: METADATA });
    const { access_token: token } = (await response.body.json()) as { access_token: string };
    expect((await client.graph('/v1.0/deviceManagement', token)).status).toBe(200);
  } finally {
    await plain.close();
  }
});
