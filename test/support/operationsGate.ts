import { composeGate } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { openGate, type OpenGate } from '../../src/cli/openGate.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { ConnectorInvoked } from '../../src/operations/operationLog.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { sha256 } from './testApp.ts';

/** A gate that listens on loopback, in front of the simulated Microsoft, with callers for every kind of grants. */
export interface OperationsGate {
  readonly origin: string;
  readonly simulator: Simulator;
  readonly folder: GateFolder;
  readonly events: ConnectorInvoked[];
  close(): Promise<void>;
}

export const GATE_KEYS = {
  /** May read, sync, and ask for changes. */
  ann: 'igk_ann_0123456789abcdefghijklmnopqrstuvwxyz',
  /** May approve. */
  bob: 'igk_bob_0123456789abcdefghijklmnopqrstuvwxyz',
  /** May read. */
  reader: 'igk_reader_0123456789abcdefghijklmnopqrstuv',
} as const;

export async function startOperationsGate(): Promise<OperationsGate> {
  const simulator = await startSimulator();
  simulator.world.service.actionMs = 0;
  const folder = createGateFolder();
  const events: ConnectorInvoked[] = [];
  const caller = (name: keyof typeof GATE_KEYS, grants: readonly string[]): object => ({
    name,
    apiKeySha256: [sha256(GATE_KEYS[name])],
    nodes: ['default'],
    grants,
  });
  const configuration = configWith(simulatedTenant(simulator, folder)) as {
    readonly callers?: readonly object[];
  };
  const config = loadConfig(
    folder.config({
      ...configuration,
      callers: [
        ...(configuration.callers ?? []),
        caller('ann', ['READ', 'PROPOSE', 'MUTATE']),
        caller('bob', ['READ', 'APPROVE']),
        caller('reader', ['READ']),
      ],
      listen: { host: '127.0.0.1', port: 0 },
      operations: { mcpOrigins: ['https://assistant.example'] },
    }),
    {},
  );
  const logger = createLogger('silent');
  const gate = composeGate(config, { logger, operationLog: { record: (event) => void events.push(event) } });
  const open: OpenGate = await openGate({ config, surface: () => gate.surface, logger });
  return {
    origin: open.origins[0] ?? '',
    simulator,
    folder,
    events,
    async close() {
      await open.close();
      await gate.close();
      await simulator.close();
      folder.remove();
    },
  };
}
