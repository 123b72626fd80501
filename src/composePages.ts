import type { AnswerKeeper } from './answers/answerKeeper.ts';
import { createPolicyStateKeeper, type PolicyStateKeeper } from './answers/policyStateKeeper.ts';
import type { ComposedJourneys } from './composeJourneys.ts';
import type { GateConfig } from './config/gateConfig.ts';
import type { GraphTenant } from './graph/graphTenant.ts';
import type { PagesSurface } from './http/pages/pagesSurface.ts';
import type { IntuneNode } from './node/intuneNode.ts';
import { createDeviceDesk, createRecheckMemory, type RecheckMemory } from './pages/deviceDesk.ts';

/** What people see, put together, with what it remembers. */
export interface ComposedPages {
  readonly surface: PagesSurface;
  readonly policyStates: PolicyStateKeeper;
  readonly memory: RecheckMemory;
}

export interface ComposePagesOptions {
  readonly tenants: ReadonlyMap<string, GraphTenant>;
  readonly keepers: ReadonlyMap<string, AnswerKeeper>;
  readonly journeys: ComposedJourneys | undefined;
  readonly nodes: ReadonlyMap<string, IntuneNode>;
  readonly nodeForOperator: (name: string, deviceId: string) => IntuneNode;
  readonly now: () => number;
  /** Of the gate that this one takes the place of. */
  readonly former: ComposedPages | undefined;
}

/** How much longer than a decision whatever stands beside it on the page may take: it is several questions. */
const BESIDE_FACTOR = 1.5;

/** Undefined where no pages are configured. */
export function composePages(config: GateConfig, options: ComposePagesOptions): ComposedPages | undefined {
  const { pages: setup, stepUp, nodes } = config;
  const node = setup && options.nodes.get(setup.node);
  const nodeSetup = setup && nodes[setup.node];
  if (setup === undefined || options.journeys === undefined || node === undefined || nodeSetup === undefined)
    return undefined;
  const tenant = options.tenants.get(nodeSetup.tenant);
  const directory = options.keepers.get(nodeSetup.tenant);
  if (tenant === undefined || directory === undefined)
    throw new Error(`node ${setup.node} is not configured completely`);
  const { now, nodeForOperator, journeys } = options;
  const deadlineMs = nodeSetup.deadlineMs * BESIDE_FACTOR;
  const policyStates = createPolicyStateKeeper({
    source: tenant.policyStates,
    freshMs: config.answers.otherSeconds * 1_000,
    flightMs: deadlineMs,
    now,
  });
  const memory = options.former?.memory ?? createRecheckMemory();
  const desk = createDeviceDesk({
    directory,
    policyStates,
    memory,
    sync: setup.tellDevices ? tenant.sync : undefined,
    recheckIntervalMs: setup.recheckSeconds * 1_000,
    watchMs: setup.watchSeconds * 1_000,
    deadlineMs,
    now,
  });
  return {
    memory,
    policyStates,
    surface: {
      texts: setup.texts,
      journey: setup.journey,
      deviceJourney: setup.deviceJourney,
      allowedHosts: stepUp.allowedHosts,
      formTokens: journeys.formTokens,
      desk,
      canTell: setup.tellDevices,
      nodeName: setup.node,
      node,
      nodeFor: (deviceId) => nodeForOperator(setup.node, deviceId),
      callers: new Set(setup.callers),
      now,
    },
  };
}
