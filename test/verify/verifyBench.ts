import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { AppRegistration, SimulatedUser } from '../../src/simulator/world.ts';
import type { Check } from '../../src/verify/check.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { runGate, type Run } from '../cli/runGate.ts';

export interface VerifyOptions {
  /** Laid over the good tenant of the configuration. */
  readonly tenant?: Record<string, unknown>;
  /** Laid over the node of the configuration. */
  readonly node?: Record<string, unknown>;
  readonly args?: readonly string[];
}

export interface VerifyRun extends Run {
  /** From a second run, with --json. */
  readonly checks: readonly Check[];
  /** Everything either run wrote. */
  readonly everything: string;
}

/** A simulator whose world tests break, and `verify` run against it. */
export interface VerifyBench {
  readonly simulator: Simulator;
  readonly folder: GateFolder;
  app(): AppRegistration;
  user(name: string): SimulatedUser;
  /** A credential of one of the simulator's users, for a configuration. */
  userCredential(name: string): Record<string, unknown>;
  verify(options?: VerifyOptions): Promise<VerifyRun>;
  close(): Promise<void>;
}

export async function createVerifyBench(): Promise<VerifyBench> {
  const simulator = await startSimulator();
  const folder = createGateFolder();

  const bench: VerifyBench = {
    simulator,
    folder,
    app() {
      const [app] = simulator.world.apps;
      if (app === undefined) throw new Error('the world has no app');
      return app;
    },
    user(name) {
      const user = simulator.world.users.find(({ userPrincipalName }) =>
        userPrincipalName.startsWith(`${name}@`),
      );
      if (user === undefined) throw new Error(`the world has no user ${name}`);
      return user;
    },
    userCredential(name) {
      const user = bench.user(name);
      folder.file('username', user.userPrincipalName);
      folder.file('password', user.password);
      return { kind: 'userPassword', username: { file: 'username' }, password: { file: 'password' } };
    },
    async verify({ tenant, node, args = [] } = {}) {
      const config = folder.config(configWith({ ...simulatedTenant(simulator, folder), ...tenant }, node));
      const run = await runGate(['verify', '--config', config, ...args]);
      const json = await runGate(['verify', '--config', config, '--json', ...args]);
      const { default: checks = [] } = JSON.parse(json.out) as Record<string, readonly Check[]>;
      if (json.exitCode !== run.exitCode) throw new Error('--json changes the exit code');
      return { ...run, checks, everything: [run.out, run.err, json.out, json.err].join('\n') };
    },
    async close() {
      await simulator.close();
      folder.remove();
    },
  };
  return bench;
}
