import { Agent, request } from 'undici';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { AppRegistration, SimulatedUser } from '../../src/simulator/world.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** Parsed body; `undefined` if it is not JSON. */
  readonly json: Json;
}

/** Loosely typed JSON for assertions: every member may be read. */
export interface Json {
  readonly [name: string]: Json;
  readonly [index: number]: Json;
}

/** A started simulator with a client that trusts it. */
export interface SimulatorClient {
  readonly simulator: Simulator;
  readonly app: AppRegistration;
  readonly agent: Agent;
  /** A form POST to the token endpoint of the default tenant, or of `tenant`. */
  token(
    form: Record<string, string>,
    options?: { tenant?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  appToken(): Promise<string>;
  userToken(user: SimulatedUser): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** A Graph GET; with a fresh app token unless one is given. Spaces in the path are encoded. */
  graph(path: string, token?: string): Promise<Answer>;
  control(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export const GRAPH_SCOPE = 'https://graph.microsoft.com/.default';

export async function startSimulatorClient(options: SimulatorOptions = {}): Promise<SimulatorClient> {
  const simulator = await startSimulator(options);
  const agent = new Agent({ connect: { ca: simulator.caPem } });
  const [app] = simulator.world.apps;
  if (app === undefined) throw new Error('the default world has an app');

  async function send(
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const response = await request(url, {
      dispatcher: agent,
      method: method as 'GET',
      headers,
      body: body ?? null,
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, json: parse(text) };
  }

  const client: SimulatorClient = {
    simulator,
    app,
    agent,
    token: (form, { tenant = simulator.world.tenant.id, headers = {} } = {}) =>
      send(
        'POST',
        `${simulator.origin}/${tenant}/oauth2/v2.0/token`,
        { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', ...headers },
        new URLSearchParams(form).toString(),
      ),
    async appToken() {
      const answer = await client.token({
        grant_type: 'client_credentials',
        client_id: app.clientId,
        client_secret: app.secrets[0]?.value ?? '',
        scope: GRAPH_SCOPE,
      });
      return textOf(answer.json['access_token']);
    },
    async userToken(user) {
      const answer = await client.token({
        grant_type: 'password',
        client_id: app.clientId,
        username: user.userPrincipalName,
        password: user.password,
        scope: GRAPH_SCOPE,
      });
      return textOf(answer.json['access_token']);
    },
    get: (path, headers = {}) => send('GET', `${simulator.origin}${path}`, headers),
    async graph(path, token) {
      const bearer = token ?? (await client.appToken());
      return client.get(path.replaceAll(' ', '%20'), { authorization: `Bearer ${bearer}` });
    },
    control: (method, path, body) =>
      send(
        method,
        `${simulator.control.url}${path}`,
        {
          authorization: `Bearer ${simulator.control.key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    async close() {
      await simulator.close();
      await agent.destroy();
    },
  };
  return client;
}

/** A string out of JSON; empty if it is something else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Claims of a JWT, unchecked. */
export function claimsOf(token: unknown): Json {
  return parse(Buffer.from(textOf(token).split('.')[1] ?? '', 'base64url').toString());
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined as unknown as Json;
  }
}
