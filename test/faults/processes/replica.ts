import { freePort } from '../../../bench/lab/freePort.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { configWith, simulatedTenant, type GateFolder } from '../../cli/gateFolder.ts';
import { startProgram, type RunningProgram } from '../../support/startDemo.ts';

/** One gate of several, in a process of its own and always at the same address. */
export interface Replica {
  readonly origin: string;
  /** @throws Error while it is not running */
  program(): RunningProgram;
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReplicaOptions {
  readonly name: string;
  readonly simulator: Simulator;
  readonly folder: GateFolder;
  /** Of the configuration: what is not as usual. */
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly node?: Readonly<Record<string, unknown>>;
}

/** Does not start it. */
export async function createReplica(options: ReplicaOptions): Promise<Replica> {
  const { name, simulator, folder, changes = {}, node = {} } = options;
  const port = await freePort();
  const tenant = {
    ...simulatedTenant(simulator, folder),
    pacing: { deviceCalls: 1_000_000, perSeconds: 1 },
  };
  const file = folder.config(
    { ...configWith(tenant, node), ...changes, listen: { host: '127.0.0.1', port } },
    `${name}.yaml`,
  );
  let running: RunningProgram | undefined;
  const program = (): RunningProgram => {
    if (running === undefined) throw new Error(`${name} is not running`);
    return running;
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    program,
    async start() {
      running = await startProgram(['serve', '--config', file], { readyOn: 'stderr', contains: 'listening' });
    },
    async kill() {
      await program().kill();
      running = undefined;
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
  };
}
