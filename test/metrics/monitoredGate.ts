import { composeGate, type Gate } from '../../src/compose.ts';
import { openGate } from '../../src/cli/openGate.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Tracing } from '../../src/traces/tracing.ts';
import { API_KEY, configWith, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';
import { parseExposition, type Samples } from './parseExposition.ts';

/** A whole gate that listens, with its clock in the hands of the test. */
export interface MonitoredGate {
  readonly gate: Gate;
  /** In the order of the configuration. */
  readonly origins: readonly string[];
  /** Puts its clock forward, milliseconds. */
  ahead(ms: number): void;
  decide(deviceId: string, how?: DecideOptions): Promise<Record<string, unknown>>;
  scrape(): Promise<Samples>;
  close(): Promise<void>;
}

interface DecideOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MonitoredGateOptions {
  readonly simulator: Simulator;
  readonly folder: GateFolder;
  readonly tenant?: Record<string, unknown>;
  readonly node?: Record<string, unknown>;
  readonly changes?: Record<string, unknown>;
  readonly tracing?: Tracing | undefined;
}

/** Opens a gate in front of the simulator: the first of its listeners serves monitoring, unless `changes` say otherwise. */
export async function openMonitoredGate(options: MonitoredGateOptions): Promise<MonitoredGate> {
  const { simulator, folder, tenant = {}, node = {}, changes = {}, tracing } = options;
  const config = loadConfig(
    folder.config({
      ...configWith({ ...simulatedTenant(simulator, folder), ...tenant }, node),
      listen: { port: 0, monitoring: true },
      ...changes,
    }),
    {},
  );
  let aheadMs = 0;
  const logger = createLogger('silent');
  const gate = composeGate(config, { logger, tracing, now: () => Date.now() + aheadMs });
  const open = await openGate({ config, surface: () => gate.surface, logger });
  const [origin = ''] = open.origins;
  return {
    gate,
    origins: open.origins,
    ahead(ms) {
      aheadMs += ms;
    },
    async decide(deviceId, { signal, headers } = {}) {
      const response = await fetch(`${origin}/v1/decisions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${deviceId}`] } } }),
        ...(signal === undefined ? {} : { signal }),
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async scrape() {
      const response = await fetch(`${origin}/metrics`);
      return parseExposition(await response.text()).samples;
    },
    async close() {
      await open.close();
      await gate.close();
    },
  };
}
