import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { describeSimulator } from '../../src/cli/simulate.ts';
import type { SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { LARGEST_FLEET } from '../../src/simulator/fleet.ts';
import { startMeasured, type MeasuredProcess } from './childProcess.ts';
import { freePort } from './freePort.ts';

/** What a client needs to use the simulator, and a user for the password grant. */
export interface SimulatorFacts extends ReturnType<typeof describeSimulator> {
  readonly username: string;
  readonly password: string;
}

export interface SimulatorProcess {
  readonly facts: SimulatorFacts;
  cpuMicroseconds(): Promise<number>;
  /** Milliseconds added to every answer. */
  setLatency(latencyMs: number): Promise<void>;
  /** Calls since the last reset of the counts. */
  counts(): Promise<Readonly<Record<SimulatedEndpoint, number>>>;
  clearCounts(): Promise<void>;
  /** From now on this goes wrong at this endpoint, and nothing else does; undefined for nothing. */
  setFault(fault: { readonly endpoint: SimulatedEndpoint; readonly fault: Fault } | undefined): Promise<void>;
  stop(): Promise<void>;
}

const USERNAME = 'gate@contoso.example';
const PASSWORD = 'only-for-the-replica-1';
const START_LIMIT_MS = 20_000;

/** Starts the built simulator over HTTPS, without added latency. */
export async function startSimulatorProcess(options: {
  readonly folder: string;
  /** The folder of the built program. */
  readonly built: string;
  /** Size of its fleet. Default: the largest it can have. */
  readonly devices?: number;
}): Promise<SimulatorProcess> {
  const port = await freePort();
  const program = await startMeasured({
    name: 'simulator',
    file: join(options.built, 'main.js'),
    args: [
      'simulate',
      '--json',
      '--port',
      String(port),
      '--devices',
      String(options.devices ?? LARGEST_FLEET),
      '--ca-file',
      join(options.folder, 'ca.pem'),
    ],
    port,
    scheme: 'https',
    folder: options.folder,
  });
  const facts = await readFacts(program);
  const dispatcher = new Agent({ connect: { ca: readFileSync(facts.caFile) } });
  const control = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<unknown> => {
    const answer = await request(`${facts.simulatorControl.url}${path}`, {
      dispatcher,
      method,
      headers: {
        authorization: `Bearer ${facts.simulatorControl.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`the simulator refused ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  await control('PATCH', `/users/${encodeURIComponent(USERNAME)}`, { password: PASSWORD });

  return {
    facts: { ...facts, username: USERNAME, password: PASSWORD },
    cpuMicroseconds: () => program.cpuMicroseconds(),
    async setLatency(latencyMs) {
      await control('PATCH', '/service', { latencyMs });
    },
    counts: async () => (await control('GET', '/counts')) as Record<SimulatedEndpoint, number>,
    async clearCounts() {
      await control('DELETE', '/requests');
    },
    async setFault(broken) {
      await control('DELETE', '/faults');
      if (broken !== undefined)
        await control('POST', '/faults', { match: { endpoint: broken.endpoint }, fault: broken.fault });
    },
    async stop() {
      await dispatcher.destroy();
      await program.stop();
    },
  };
}

/** Its first line says everything. */
async function readFacts(program: MeasuredProcess): Promise<ReturnType<typeof describeSimulator>> {
  const latest = Date.now() + START_LIMIT_MS;
  while (Date.now() < latest) {
    const line = /^\{.*\}$/m.exec(program.logTail())?.[0];
    if (line !== undefined) return JSON.parse(line) as ReturnType<typeof describeSimulator>;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const said = program.logTail();
  await program.stop();
  throw new Error(`the simulator did not start:\n${said}`);
}
