import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLiveGate, type LiveGate } from '../../src/cli/liveGate.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { fileState } from '../../src/fileState.ts';
import { buildApp } from '../../src/http/app.ts';
import { createLogger } from '../../src/http/logging.ts';
import { FAILURE, journeyFile, LOGIN } from '../support/journeyFixtures.ts';
import { answered, callAuthenticate, ROOT, type ClientStep } from '../support/testJourneys.ts';
import { configWith, createGateFolder, type GateFolder } from './gateFolder.ts';
import { runGate } from './runGate.ts';

const PASSWORD = 'correct horse battery';
const ENVIRONMENT = { GATE_SECRET: 'v', STATE_KEY: '0123456789abcdef0123456789abcdef' };
const logger = createLogger('silent');

let folder: GateFolder;
let live: LiveGate;
let app: FastifyInstance;

/** A gate with one person and one journey, in files of its own. */
function writeConfig(journeys: object | null = {}): string {
  return folder.config({
    ...configWith({
      tenantId: 'contoso.example',
      clientId: '00000000-0000-4000-8000-0000000000c1',
      credential: { kind: 'clientSecret', clientSecret: { env: 'GATE_SECRET' } },
    }),
    identity: {
      store: { kind: 'file', file: 'users.yaml' },
      state: { folder: 'state', key: { env: 'STATE_KEY' } },
      lockout: { failures: 2 },
    },
    ...(journeys === null ? {} : { journeys: { files: ['trees'], default: 'Login', ...journeys } }),
  });
}

function reload(journeys?: object | null): void {
  writeConfig(journeys);
  expect(live.reload()).toBe(true);
}

beforeEach(async () => {
  folder = createGateFolder();
  mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
  mkdirSync(join(folder.path, 'trees', 'below'), { recursive: true });
  folder.file('trees/login.json', journeyFile({ Login: LOGIN }).content);
  const file = writeConfig();
  await runGate(['users', 'add', 'anna', '--config', file], { input: PASSWORD, environment: ENVIRONMENT });
  const load = () => loadConfig(file, ENVIRONMENT);
  live = createLiveGate({ config: load(), load, logger });
  app = buildApp({
    surface: () => live.current().surface,
    logger,
    bodyBytes: 65_536,
    listener: { isUnixSocket: false },
  });
});
afterEach(async () => {
  await app.close();
  await live.close();
  folder.remove();
});

const begin = async (): Promise<ClientStep> => (await callAuthenticate(app, undefined)).json<ClientStep>();
const send = async (step: ClientStep, password = PASSWORD) => {
  const response = await callAuthenticate(app, answered(step, ['anna', password]));
  return { status: response.statusCode, token: response.json<{ tokenId?: string }>().tokenId ?? '' };
};
const act = async (action: string, tokenId: string): Promise<unknown> =>
  (
    await app.inject({
      method: 'POST',
      url: `${ROOT}/sessions?_action=${action}`,
      headers: { 'content-type': 'application/json', 'accept-api-version': 'resource=4.0' },
      payload: { tokenId },
    })
  ).json();

/** Fails at once. */
const never = { type: 'SetStateNode', to: { outcome: FAILURE } };

describe('a configuration that is read again', () => {
  test('lets a journey that has begun go on, once', async () => {
    const [used, step] = [await begin(), await begin()];
    expect((await send(used)).status).toBe(200);
    reload({ successUrl: '/new' });
    expect((await send(used)).status).toBe(401);
    expect((await send(step)).status).toBe(200);
    expect((await send(step)).status).toBe(401);
  });

  test('leaves sessions as they were: good, or ended', async () => {
    const [kept, ended] = [(await send(await begin())).token, (await send(await begin())).token];
    await act('logout', ended);
    reload({ successUrl: '/new' });
    expect(await act('validate', kept)).toMatchObject({ valid: true, uid: 'anna' });
    expect(await act('validate', ended)).toEqual({ valid: false });
  });

  test('remembers even through a time without journeys', async () => {
    const step = await begin();
    expect((await send(step)).status).toBe(200);
    reload(null);
    expect((await callAuthenticate(app, undefined)).statusCode).toBe(404);
    reload();
    expect((await send(step)).status).toBe(401);
  });

  test('brings journeys that are new, and keeps the old ones where a new one is not good', async () => {
    folder.file('trees/below/other.json', journeyFile({ Other: { nodes: { a: never } } }).content);
    reload({ default: 'Other' });
    expect((await callAuthenticate(app, undefined)).statusCode).toBe(401);
    folder.file('trees/login.json', '{');
    writeConfig();
    expect(live.reload()).toBe(false);
    expect((await callAuthenticate(app, undefined)).statusCode).toBe(401);
  });
});

test('journey files, and the folders they are in, are watched', () => {
  const files = live.files();
  const places = ['trees', 'trees/below', 'trees/login.json'].map((name) => join(folder.path, name));
  expect([...files.keys()]).toEqual(expect.arrayContaining(places));
  folder.file('trees/below/new.json', '{}');
  expect(places.map((place) => fileState(place) === files.get(place))).toEqual([true, false, true]);
});

test('the store of people locks passwords, whatever is read again', async () => {
  const steps = await Promise.all([begin(), begin(), begin(), begin()]);
  const [first, second, third, fourth] = steps;
  expect((await send(first, 'wrong one')).status).toBe(401);
  reload({ successUrl: '/new' });
  expect((await send(second, 'wrong one')).status).toBe(401);
  expect((await send(third)).status).toBe(401);
  await runGate(['users', 'unlock', 'anna', '--config', join(folder.path, 'config.yaml')], {
    environment: ENVIRONMENT,
  });
  expect((await send(fourth)).status).toBe(200);
});
