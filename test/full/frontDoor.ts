import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createGateFolder, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { runGate } from '../cli/runGate.ts';
import { pemOf, type Minted } from '../support/certificateBuilder.ts';
import { deviceCa, deviceList, frontCertificate } from './deviceCertificates.ts';
import { GATE_FILE } from './forwardedHeaders.ts';
import { startGuardedApp, type AskGate, type GateAnswer, type GuardedApp } from './guardedApp.ts';
import { exampleOf, type ProxyEnvironment, type ProxyServer } from './proxyServers.ts';

/** The secret and the key whose hashes stand in examples/proxies/gate.yaml. */
export const GATE_SECRET = 'igs_proxy-demo-secret-known-to-everybody-000';
const APP_KEY = 'igk_compose-demo-key-known-to-everybody-0000';

/** Who can log in. */
export const PERSON = { username: 'acarter', password: 'correct horse battery' };

const READY_WITHIN_MS = 20_000;

/** A proxy with an application behind it and a gate beside it, all on loopback. */
export interface FrontDoor {
  readonly port: number;
  readonly configFile: string;
  /** CA of the certificate that the proxy shows. */
  readonly frontCaFile: string;
  readonly app: GuardedApp;
  /** Microsoft, as the gate sees it. */
  readonly simulator: Simulator;
  /** For what happens when nobody answers the proxy's question. */
  stopGate(): Promise<void>;
  /** What the proxy said about itself and its trouble. */
  log(): string;
  close(): Promise<void>;
}

export interface FrontDoorOptions {
  /** Another file than the one in examples/proxies, for a proxy that is configured badly on purpose. */
  readonly example?: string;
  /** Who answers instead of the gate on this port of loopback, to see what the proxy sends. */
  readonly gatePort?: number;
  /** What else the configuration of the gate says. */
  readonly config?: Record<string, unknown>;
}

export async function openFrontDoor(
  server: ProxyServer,
  program: string,
  { example = exampleOf(server), gatePort, config = {} }: FrontDoorOptions = {},
): Promise<FrontDoor> {
  const folder = createGateFolder();
  const stops: (() => Promise<unknown> | void)[] = [() => folder.remove()];
  const close = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const simulator = await startSimulator();
    stops.push(() => simulator.close());
    const port = await freePort();
    const gate = await startGate(folder, simulator, { node: server.name, frontPort: port, config });
    stops.push(gate.stop);
    const app = await startGuardedApp(
      server.asks === 'application' ? askAs(server.name, gate.port) : undefined,
    );
    stops.push(() => app.close());
    const environment = {
      FRONT_ADDRESS: '127.0.0.1',
      FRONT_PORT: String(port),
      TLS_FOLDER: folder.path,
      GATE: `127.0.0.1:${gatePort ?? gate.port}`,
      APP: `127.0.0.1:${app.port}`,
      GATE_SECRET,
      LUA_FOLDER: dirname(exampleOf(server)),
    };
    const proxy = await startProxy(server, program, { folder, example, environment });
    stops.push(proxy.stop);
    return {
      port,
      configFile: gate.configFile,
      frontCaFile: join(folder.path, 'front.crt'),
      app,
      simulator,
      stopGate: gate.stop,
      log: proxy.log,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startGate(
  folder: GateFolder,
  simulator: Simulator,
  { node, frontPort, config }: { node: string; frontPort: number; config: Record<string, unknown> },
): Promise<{ port: number; configFile: string; stop: () => Promise<void> }> {
  const deviceCaFile = folder.file('device-ca.pem', deviceCa.pem);
  folder.file('front.crt', frontCertificate.pem);
  folder.file('front.key', keyPem(frontCertificate));
  const port = await freePort();
  // As it stands, except for what belongs to this machine: addresses, the tenant, where the files are, a revocation list, and which of
  // the proxies there is.
  const trust = `{ anchors: [${deviceCaFile}], crl: { files: [${folder.file('device-ca.crl', deviceList)}] } }`;
  const text = readFileSync(GATE_FILE, 'utf8').replaceAll('{ anchors: [/shared/device-ca.pem] }', trust);
  const example = gateFile.parse(parse(text));
  const configFile = folder.config({
    ...example,
    listen: { host: '127.0.0.1', port },
    tenants: { default: simulatedTenant(simulator, folder) },
    stepUp: { ...example.stepUp, allowedHosts: [`localhost:${frontPort}`] },
    journeys: {
      ...example.journeys,
      files: example.journeys.files.map((file) => join(dirname(GATE_FILE), file)),
      nodeFor: { '*': node },
      publicUrl: `https://localhost:${frontPort}`,
    },
    identity: await createPeople(folder),
    log: { level: 'silent' },
    ...config,
  });
  const stopping = new AbortController();
  const running = runGate(['serve', '--config', configFile], { stopped: stopping.signal });
  await Promise.race([untilConnects(port), running]);
  await untilConnects(port);
  return {
    port,
    configFile,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const gateFile = z.looseObject({
  stepUp: z.looseObject({}),
  journeys: z.looseObject({ files: z.array(z.string()) }),
});

/** Somebody who can log in. @returns `identity` of the configuration */
async function createPeople(folder: GateFolder): Promise<object> {
  mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
  const identity = {
    store: { kind: 'file', file: 'users.yaml' },
    state: { folder: 'state', key: { file: folder.file('identity-key', 'a'.repeat(44)) } },
  };
  const config = folder.config({ ...ONLY_PEOPLE, identity }, 'people.yaml');
  const { exitCode, err } = await runGate(['users', 'add', PERSON.username, '--config', config], {
    input: `${PERSON.password}\n`,
  });
  if (exitCode !== 0) throw new Error(err);
  return identity;
}

/** What else a configuration needs. */
const ONLY_PEOPLE = {
  tenants: {
    default: {
      tenantId: 'contoso.example',
      clientId: '00000000-0000-4000-8000-0000000000c1',
      credential: { kind: 'managedIdentity' },
    },
  },
  nodes: { default: { deviceId: [{ source: 'header' }] } },
};

function askAs(node: string, port: number): AskGate {
  return async (rawHeaders) => {
    const headers: [string, string][] = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
    }
    const { body } = await request(`http://127.0.0.1:${port}/v1/decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${APP_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ node, request: { headers: gather(headers) } }),
    });
    return (await body.json()) as GateAnswer;
  };
}

/** Header lines as the API takes them: a list of values for each name, as spelled. */
function gather(lines: readonly (readonly [string, string])[]): Record<string, string[]> {
  const gathered: Record<string, string[]> = {};
  for (const [name, value] of lines) (gathered[name] ??= []).push(value);
  return gathered;
}

async function startProxy(
  server: ProxyServer,
  program: string,
  setup: { folder: GateFolder; example: string; environment: ProxyEnvironment },
): Promise<{ log: () => string; stop: () => Promise<void> }> {
  const folder = join(setup.folder.path, server.name);
  mkdirSync(folder);
  const args = server.prepare(folder, setup.example, setup.environment);
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      ...setup.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-100_000);
    });
  }
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${server.name} ended; it said: ${said}`);
  });
  ended.catch(() => undefined);
  await Promise.race([untilConnects(Number(setup.environment.FRONT_PORT)), ended]);
  return { log: () => said, stop: () => stopProcess(child) };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** @throws Error after 20 s */
async function untilConnects(port: number): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connected) return;
    await sleep(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** PKCS #8. */
export function keyPem({ key }: Minted): string {
  return pemOf(key.export({ type: 'pkcs8', format: 'der' }), 'PRIVATE KEY');
}
