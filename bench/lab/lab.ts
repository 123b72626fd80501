import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { ReferenceSettings, SampleDecision } from '../servers/referenceSettings.ts';
import { decisionBody } from '../load/closedLoop.ts';
import { programFile, startMeasured, type MeasuredProcess } from './childProcess.ts';
import { COMPLIANT_DEVICES } from './devices.ts';
import { freePort } from './freePort.ts';
import { writeGateConfig } from './gateConfig.ts';
import { startLoadProcess, type LoadProcess } from './loadProcess.ts';
import { startSimulatorProcess, type SimulatorProcess } from './simulatorProcess.ts';

/** What the gate is compared with. */
export const REFERENCES = {
  nodeHttp: { file: 'servers/nodeHttp.ts', title: 'node:http' },
  fastify: { file: 'servers/bareFastify.ts', title: 'bare Fastify' },
  graphClient: { file: 'servers/graphClientGate.ts', title: 'gate with graph-client' },
  forwardAuth: { file: 'servers/bareForwardAuth.ts', title: 'bare Fastify, asked by proxies' },
  pingReplica: { file: 'servers/pingReplica.ts', title: "replica of Ping's calls" },
} as const;

export type ReferenceName = keyof typeof REFERENCES;

/** A server under load. */
export interface Server extends MeasuredProcess {
  readonly title: string;
  /** Devices it was never asked about: `count` of them, or as many as there are left. */
  takeDevices(count: number): { readonly first: number; readonly count: number };
}

/** Everything a measurement needs, each part in a process of its own. */
export interface Lab {
  readonly simulator: SimulatorProcess;
  readonly load: LoadProcess;
  readonly apiKey: string;
  /** What its configuration lifts. */
  readonly lifted: readonly string[];
  /** A gate that remembers nothing yet. */
  startGate(more?: Readonly<Record<string, unknown>>): Promise<Server>;
  /** A gate that runs the documented journey for so many people. */
  startJourneyGate(people: number): Promise<Server>;
  /** A gate that lists the devices of a tenant of its own, which has so many. */
  startFollowingGate(
    devices: number,
  ): Promise<{ readonly gate: Server; readonly simulator: SimulatorProcess }>;
  /** Started once, and used by every experiment that needs it. */
  startReference(name: ReferenceName): Promise<Server>;
  close(): Promise<void>;
}

/** The simulator is part of the lab, whichever gate is measured. */
const INSTRUMENTS = fileURLToPath(new URL('../../dist', import.meta.url));

/** @param built - folder of the built gate */
export async function openLab(built: string): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'intune-gate-bench-'));
  const servers: Server[] = [];
  const tenants: SimulatorProcess[] = [];
  const references = new Map<ReferenceName, Promise<Server>>();
  const simulator = await startSimulatorProcess({ folder, built: INSTRUMENTS }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const load = startLoadProcess();
  const apiKey = 'igk_bench_0123456789abcdefghijklmnopqrstuv';
  const lifted = new Set<string>();
  let started = 0;

  const startGate: Lab['startGate'] = (more) => startGateBefore(simulator, { more });

  async function startFollowingGate(
    devices: number,
  ): Promise<{ readonly gate: Server; readonly simulator: SimulatorProcess }> {
    const own = await startSimulatorProcess({ folder: ownFolder('simulator'), built: INSTRUMENTS, devices });
    tenants.push(own);
    return { gate: await startGateBefore(own, { follows: true }), simulator: own };
  }

  async function startGateBefore(
    { facts }: SimulatorProcess,
    special: {
      readonly follows?: boolean;
      readonly people?: number;
      readonly more?: Readonly<Record<string, unknown>> | undefined;
    },
  ): Promise<Server> {
    const port = await freePort();
    const own = ownFolder('gate');
    const config = await writeGateConfig({ folder: own, built, port, apiKey, simulator: facts, ...special });
    for (const why of config.lifted) lifted.add(why);
    const gate = await startMeasured({
      name: 'gate',
      file: join(built, 'main.js'),
      args: ['serve', '--config', config.file],
      port,
      folder: own,
      readyPath: '/livez',
    });
    return serverOf(gate, 'intune-gate');
  }

  function startReference(name: ReferenceName): Promise<Server> {
    const running = references.get(name) ?? startNewReference(name);
    references.set(name, running);
    return running;
  }

  async function startNewReference(name: ReferenceName): Promise<Server> {
    const port = await freePort();
    const own = ownFolder(name);
    const settings: ReferenceSettings = { port, apiKey, simulator: simulator.facts, sample };
    const file = join(own, 'settings.json');
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    const program = await startMeasured({
      name,
      file: programFile(REFERENCES[name].file),
      args: [file],
      port,
      folder: own,
      environment: { NODE_EXTRA_CA_CERTS: simulator.facts.caFile },
      readyPath: '/livez',
    });
    return serverOf(program, REFERENCES[name].title);
  }

  function serverOf(program: MeasuredProcess, title: string): Server {
    let next = 0;
    const server: Server = {
      ...program,
      title,
      takeDevices(count) {
        const first = next;
        next = Math.min(COMPLIANT_DEVICES, first + count);
        return { first, count: next - first };
      },
    };
    servers.push(server);
    return server;
  }

  function ownFolder(name: string): string {
    started += 1;
    const path = join(folder, `${started}-${name}`);
    mkdirSync(path);
    return path;
  }

  /** About the last device, which no measurement gets to. */
  async function askOnce(server: Server): Promise<SampleDecision> {
    const answer = await request(`${server.origin}/v1/decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: decisionBody(COMPLIANT_DEVICES - 1),
    });
    const decision = (await answer.body.json()) as SampleDecision;
    if (decision.outcome !== 'Compliant') {
      throw new Error(`the gate does not work: ${decision.reason}\n${server.logTail()}`);
    }
    return decision;
  }

  async function close(): Promise<void> {
    await Promise.all([...servers, load].map((running) => running.stop()));
    await Promise.all([simulator, ...tenants].map((running) => running.stop()));
    rmSync(folder, { recursive: true, force: true });
  }

  async function takeSample(): Promise<SampleDecision> {
    const gate = await startGate();
    const decision = await askOnce(gate);
    await gate.stop();
    return decision;
  }

  // What the references answer with, so that it is as large as what the gate answers.
  const sample = await takeSample().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    simulator,
    load,
    apiKey,
    get lifted() {
      return [...lifted];
    },
    startGate,
    startJourneyGate: (people) => startGateBefore(simulator, { people }),
    startFollowingGate,
    startReference,
    close,
  };
}
