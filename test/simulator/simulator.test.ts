import { connect } from 'node:net';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { addDevices } from '../../src/simulator/addDevices.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { INetworkModule } from '@azure/msal-node';

const running: Simulator[] = [];
const agents: Agent[] = [];

async function start(options: SimulatorOptions = {}): Promise<{ simulator: Simulator; agent: Agent }> {
  const simulator = await startSimulator(options);
  const agent = new Agent({ connect: { ca: simulator.caPem } });
  running.push(simulator);
  agents.push(agent);
  return { simulator, agent };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
});

/** MSAL over undici, with the simulator's own CA. */
function networkModule(dispatcher: Agent): INetworkModule {
  const send: INetworkModule['sendPostRequestAsync'] = async (url, options) => {
    const method = options?.body === undefined ? 'GET' : 'POST';
    const response = await request(url, {
      dispatcher,
      method,
      headers: options?.headers ?? {},
      body: options?.body ?? null,
    });
    return { status: response.statusCode, headers: {}, body: (await response.body.json()) as never };
  };
  return { sendGetRequestAsync: send, sendPostRequestAsync: send };
}

describe('starting', () => {
  test('a taken port rejects with node’s own error', async () => {
    const { simulator } = await start();
    const port = Number(new URL(simulator.origin).port);
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });

  test('the certificate covers localhost, both loopback addresses and more names', async () => {
    const { simulator } = await start({ dnsNames: ['simulator'] });
    const port = new URL(simulator.origin).port;
    for (const servername of ['localhost', 'simulator']) {
      const agent = new Agent({ connect: { ca: simulator.caPem, servername } });
      const { statusCode } = await request(`https://127.0.0.1:${port}/v1.0`, { dispatcher: agent });
      expect(statusCode).toBe(401);
      await agent.destroy();
    }
  });

  test('takes a world, a control key and a clock far from the real one', async () => {
    const now = Date.parse('2031-01-01T00:00:00Z');
    const world = createWorld({ now: () => now });
    const { simulator, agent } = await start({ world, controlKey: 'my-key', now: () => now });
    expect(simulator.world).toBe(world);
    const { statusCode } = await request(`${simulator.control.url}/state`, {
      dispatcher: agent,
      headers: { authorization: 'Bearer my-key' },
    });
    expect(statusCode).toBe(200);
  });
});

describe('closing', () => {
  test('does not wait for idle, slow, hanging or half-open connections', async () => {
    const { simulator, agent } = await start();
    simulator.world.faults.push(
      { id: '1', match: {}, skip: 1, times: 1, fault: { kind: 'hang' } },
      { id: '2', match: {}, skip: 1, fault: { kind: 'slow', delayMs: 60_000 } },
    );
    const raw = connect(Number(new URL(simulator.origin).port), '127.0.0.1');
    raw.on('error', () => undefined);
    await (await request(`${simulator.origin}/v1.0`, { dispatcher: agent })).body.dump();
    const pending = [1, 2].map(() => request(`${simulator.origin}/v1.0`, { dispatcher: agent }));
    const settled = Promise.allSettled(pending);
    await expect.poll(() => simulator.requests().length).toBe(3);
    const begin = performance.now();
    await simulator.close();
    expect(performance.now() - begin).toBeLessThan(1000);
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    raw.destroy();
  });

  test('can be done twice', async () => {
    const { simulator } = await start();
    await simulator.close();
    await expect(simulator.close()).resolves.toBeUndefined();
  });
});

describe('MSAL', () => {
  function confidentialClient(simulator: Simulator, agent: Agent) {
    const [app] = simulator.world.apps;
    return new ConfidentialClientApplication({
      auth: {
        clientId: app?.clientId ?? '',
        authority: `${simulator.origin}/${simulator.world.tenant.id}`,
        knownAuthorities: [new URL(simulator.origin).host],
        clientSecret: app?.secrets[0]?.value ?? '',
      },
      system: { networkClient: networkModule(agent) },
    });
  }

  test('gets an app token and uses its cache', async () => {
    const { simulator, agent } = await start();
    const client = confidentialClient(simulator, agent);
    const scopes = ['https://graph.microsoft.com/.default'];
    const first = await client.acquireTokenByClientCredential({ scopes });
    const second = await client.acquireTokenByClientCredential({ scopes });
    expect(first?.fromCache).toBe(false);
    expect(second?.fromCache).toBe(true);
    expect(simulator.requests().map(({ endpoint }) => endpoint)).toEqual(['discovery', 'token']);
  });

  test('gets a user token by password and refreshes it silently', async () => {
    const { simulator, agent } = await start();
    const client = confidentialClient(simulator, agent);
    const [user] = simulator.world.users;
    const scopes = ['https://graph.microsoft.com/.default'];
    const result = await client.acquireTokenByUsernamePassword({
      scopes,
      username: user?.userPrincipalName ?? '',
      password: user?.password ?? '',
    });
    expect(result?.account?.username).toBe(user?.userPrincipalName);
    const account = result?.account ?? undefined;
    if (account === undefined) throw new Error('no account');
    const silent = await client.acquireTokenSilent({ scopes, account });
    expect(silent.accessToken).not.toBe('');
  });

  test('understands a wrong secret', async () => {
    const { simulator, agent } = await start();
    const client = confidentialClient(simulator, agent);
    for (const app of simulator.world.apps) app.secrets = [];
    await expect(
      client.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] }),
    ).rejects.toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 });
  });
});

test('answers a thousand devices at once', async () => {
  const { simulator, agent } = await start();
  const added = addDevices(simulator.world, 1000);
  const [app] = simulator.world.apps;
  const token = await request(`${simulator.origin}/${simulator.world.tenant.id}/oauth2/v2.0/token`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: app?.clientId ?? '',
      client_secret: app?.secrets[0]?.value ?? '',
      scope: 'https://graph.microsoft.com/.default',
    }).toString(),
  });
  const { access_token: accessToken } = (await token.body.json()) as { access_token: string };
  const pool = new Agent({ connections: 16, connect: { ca: simulator.caPem } });
  agents.push(pool);
  const names = await Promise.all(
    added.map(async ({ properties }) => {
      const answer = await request(
        `${simulator.origin}/v1.0/deviceManagement/managedDevices/${properties.id}`,
        {
          dispatcher: pool,
          headers: { authorization: `Bearer ${accessToken}` },
        },
      );
      return ((await answer.body.json()) as { deviceName: string }).deviceName;
    }),
  );
  expect(names).toEqual(added.map(({ properties }) => properties.deviceName));
});
