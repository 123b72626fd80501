import { setTimeout as delay } from 'node:timers/promises';
import { composeGate, type Gate } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { Decision } from '../../src/node/decision.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { configWith, createGateFolder, simulatedTenant } from '../cli/gateFolder.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faultyProxy.ts';
import {
  DEADLINE_MS,
  TEMPERATURES,
  type AskedNode,
  type Calls,
  type FaultCase,
  type Temperature,
} from './faultCase.ts';

/** What came of a case at one temperature. */
export interface Seen {
  readonly decision: Decision;
  /** From the question to the answer, by the real clock, milliseconds. */
  readonly tookMs: number;
  readonly calls: Calls;
  /** TCP connections that were opened. */
  readonly connections: number;
}

export type SeenRun = Readonly<Record<Temperature, Seen>>;

/** A simulator with a proxy before its token endpoint and another before its Graph: what one case at a time needs. */
export interface FaultLane {
  run(one: FaultCase): Promise<SeenRun>;
  close(): Promise<void>;
}

/** After the warm-up, by the gate's clock: within all lifetimes, past them, past the time for outages, and after it all. */
const AGES_MS = { fresh: 10_000, stale: 400_000, expired: 1_400_000, recovered: 2_800_000 } as const;
/** Longer than anything is remembered, tokens and pauses included. */
const LONG_AFTER_MS = 4_000_000;
/** Lives a little less than a stale answer is old. */
const SHORT_TOKEN_SECONDS = 390;
/** What the gate still does behind an answer that was given is counted as well. */
const SETTLE_MS = 20;

export async function openFaultLane(): Promise<FaultLane> {
  const simulator = await startSimulator();
  const authority = await startFaultyProxy(simulator);
  const graph = await startFaultyProxy(simulator);
  const proxies = [authority, graph];
  // Tokens are asked for what the gate calls Graph.
  simulator.world.resources.push(graph.origin);
  const folder = createGateFolder();
  const gates = new Map<string, Gate>();
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const usualTokenSeconds = simulator.world.tokens.lifetimeSeconds;

  /** Those of a kind share a gate: making one costs more than asking it. Between cases everything it knew has ended by its clock. */
  function gateFor({ node, deadlineMs = DEADLINE_MS }: FaultCase): Gate {
    const key = `${node} ${deadlineMs}`;
    const gate = gates.get(key) ?? openGate(node, deadlineMs);
    gates.set(key, gate);
    return gate;
  }

  function openGate(node: AskedNode, deadlineMs: number): Gate {
    const idKind = node === 'byEntraId' ? 'entra' : 'intune';
    const tenant = {
      ...simulatedTenant(simulator, folder),
      authority: authority.origin,
      graph: graph.origin,
    };
    const config = configWith(tenant, {
      deviceId: [{ source: 'header', from: ['journeys'], idKind }],
      deadlineMs,
      requireEnabledEntraDevice: node === 'withEntra',
      ...(node === 'withApps' ? { saveInstalledApps: 'json' } : {}),
    });
    return composeGate(loadConfig(folder.config(config), {}), { logger: createLogger('silent'), now });
  }

  async function ask(gate: Gate, { node, settleMs = SETTLE_MS }: FaultCase): Promise<Seen> {
    const device = simulator.world.devices.get(deviceIds.compliant);
    const id = node === 'byEntraId' ? device?.properties.azureADDeviceId : deviceIds.compliant;
    for (const proxy of proxies) proxy.clear();
    const startedAt = performance.now();
    const traced = await gate.nodes.get('default')?.decide({
      caller: 'journeys',
      headers: [['x-intune', `CN=${id ?? ''}`]],
      peerAddress: undefined,
      sharedState: {},
    });
    const tookMs = performance.now() - startedAt;
    if (traced === undefined) throw new Error('the node is missing');
    await delay(settleMs);
    return { decision: traced.decision, tookMs, calls: callsOf(proxies), connections: opened(proxies) };
  }

  function breakIt({ fault }: FaultCase): void {
    if (fault.by === 'simulator') {
      const { endpoint, fault: what, times } = fault;
      simulator.world.faults.push({
        id: 'fault',
        match: { endpoint },
        fault: what,
        ...(times === undefined ? {} : { times }),
      });
      return;
    }
    const proxy = fault.by === 'authority' ? authority : graph;
    proxy.fault = fault.wire;
    // What happens to a connection happens to new ones.
    if (fault.wire.layer !== 'http') proxy.hangUp();
  }

  function repair(): void {
    simulator.world.faults.length = 0;
    for (const proxy of proxies) {
      proxy.fault = undefined;
      proxy.hangUp();
    }
  }

  return {
    async run(one) {
      simulator.world.tokens.lifetimeSeconds = one.shortTokens ? SHORT_TOKEN_SECONDS : usualTokenSeconds;
      const gate = gateFor(one);
      const seen: Partial<Record<Temperature, Seen>> = {};
      aheadMs += LONG_AFTER_MS;
      gate.forget();
      const warmAt = aheadMs + LONG_AFTER_MS;
      for (const temperature of TEMPERATURES) {
        repair();
        // What hung up to now fails now, and is over when the next thing is asked.
        await delay(SETTLE_MS);
        if (temperature === 'fresh') {
          aheadMs = warmAt;
          await ask(gate, one);
        }
        if (temperature !== 'cold') aheadMs = warmAt + AGES_MS[temperature];
        if (temperature !== 'recovered') breakIt(one);
        await delay(5);
        seen[temperature] = await ask(gate, one);
      }
      aheadMs = warmAt + AGES_MS.recovered;
      return seen as SeenRun;
    },
    async close() {
      await Promise.all([...gates.values()].map((gate) => gate.close()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await simulator.close();
      folder.remove();
    },
  };
}

function callsOf(proxies: readonly FaultyProxy[]): Calls {
  const calls: Record<string, number> = {};
  for (const proxy of proxies) {
    for (const [endpoint, count] of Object.entries(proxy.requests())) {
      calls[endpoint] = (calls[endpoint] ?? 0) + count;
    }
  }
  return calls;
}

function opened(proxies: readonly FaultyProxy[]): number {
  return proxies.reduce((sum, proxy) => sum + proxy.connections(), 0);
}
