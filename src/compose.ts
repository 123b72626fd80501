import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { composeEvents, type EventParts } from './composeEvents.ts';
import { composeFallWatch, composeGuardWatch, narrowedSetup, type Narrowing } from './composeGuard.ts';
import { composeFollowers, endFollowers } from './composeFollowers.ts';
import { composeIdentity, type IdentityParts } from './composeIdentity.ts';
import {
  composeOperations,
  createAuditedOperations,
  createLoggedOperations,
  type OperationParts,
} from './composeOperations.ts';
import { composeRevocation, type RevocationParts } from './composeRevocation.ts';
import { composeSource, kindOf } from './composeSources.ts';
import {
  composeJourneys,
  createJourneyMemory,
  type ComposedJourneys,
  type JourneyMemory,
} from './composeJourneys.ts';
import { createAnswerKeeper, type AnswerKeeper } from './answers/answerKeeper.ts';
import { createAnswerMemory, type AnswerMemory } from './answers/answerMemory.ts';
import { composeMonitoring } from './composeMonitoring.ts';
import { composePages, type ComposedPages } from './composePages.ts';
import type { FleetFollower } from './answers/fleet/fleetFollower.ts';
import type { GateConfig, NodeSetup } from './config/gateConfig.ts';
import type { PolicySetup } from './config/resolvePolicies.ts';
import { createGraphTenant, type GraphEvent, type GraphTenant } from './graph/graphTenant.ts';
import { createSurface, type Surface } from './http/surface.ts';
import type { MailSenders } from './identity/mailSender.ts';
import { NOBODY } from './identity/nobody.ts';
import type { NodeType } from './journeys/nodeType.ts';
import { PING_NODE_DEADLINE_MS } from './journeys/pingIntuneNodes.ts';
import type { JourneyEnd } from './journeys/protocol/journeyEnd.ts';
import { createMailSenders } from './mail/mailSenders.ts';
import { createGateMetrics, type GateMetrics } from './metrics/gateMetrics.ts';
import type { Tracing } from './traces/tracing.ts';
import { createWatchedNode } from './node/watchedNode.ts';
import { createAdmission, type Admission } from './node/admission.ts';
import type { DeviceIdKind } from './node/deviceId.ts';
import type { DeviceIdSource } from './node/deviceIdSource.ts';
import { createReplicas, type Replicas, type ReplicasEvent } from './redis/replicas.ts';
import { createIntuneNode, type IntuneNode, type IntuneNodeOptions } from './node/intuneNode.ts';
import { createOperatorSource } from './node/sources/operatorSource.ts';
import type { OperationLog } from './operations/operationLog.ts';
import { createScrub, type Scrub } from './sharedState/scrub.ts';

export interface ComposeOptions {
  readonly logger: Logger;
  readonly now?: () => number;
  /** Who is told what takes how long. Default: nobody. */
  readonly tracing?: Tracing | undefined;
  /** The gate that this one takes the place of. What is configured as it was is taken over with its connections and its memory. */
  readonly former?: Gate;
  /** Where calls of operations are recorded. Default: the log. */
  readonly operationLog?: OperationLog | undefined;
  readonly onJourneyEnd?: (end: JourneyEnd) => void;
  /** Node types beside those of this engine (docs/journeys.md). */
  readonly nodeTypes?: readonly NodeType[];
  /** Where events go that are configured to. Default: that of the process. */
  readonly stdout?: Writable;
}

/** Everything a configuration describes, put together and not yet listening. */
export interface Gate {
  readonly nodes: ReadonlyMap<string, IntuneNode>;
  readonly tenants: ReadonlyMap<string, GraphTenant>;
  readonly limits: GateLimits;
  /** What is remembered of each tenant. */
  readonly keepers: ReadonlyMap<string, AnswerKeeper>;
  /** Who fetches what is known about revoked certificates. */
  readonly revocation: RevocationParts;
  readonly memory: AnswerMemory;
  /** Undefined if no listener serves them: then nothing is counted. */
  readonly metrics: GateMetrics | undefined;
  /** Who lists the devices of a tenant beforehand. They begin when they are told to, and end with the gate. */
  readonly followers: ReadonlyMap<string, FleetFollower>;
  /** Who people are; undefined if it is not configured. */
  readonly identity: IdentityParts | undefined;
  readonly mail: MailSenders;
  /** Undefined where none are configured. */
  readonly journeys: ComposedJourneys | undefined;
  /** What journeys remember by themselves, once any were configured. What replicas share stands in its place. */
  readonly journeyMemory: JourneyMemory | undefined;
  /** Undefined where none are configured. */
  readonly pages: ComposedPages | undefined;
  /** A node as configured, except that the device id is what an operator typed. */
  nodeForOperator(name: string, deviceId: string): IntuneNode;
  readonly config: GateConfig;
  /** Devices and groups, under the rights of callers. */
  readonly operations: OperationParts;
  /** What other replicas share; undefined if there is nobody to share with. */
  readonly replicas: Replicas | undefined;
  /** Who takes down what happens; undefined if nobody does. */
  readonly events: EventParts | undefined;
  readonly surface: Surface;
  /** Forgets every answer, and every reason not to ask: as if it had just started, but with its tokens. */
  forget(): void;
  /**
   * Begins what goes on by itself: sharing with other replicas, fetching revocation lists ahead. A gate that is asked one question
   * need not.
   */
  start(): void;
  /** Ends what is under way towards Microsoft and towards those who say what was revoked, except what other gates have taken over. */
  close(heirs?: readonly Gate[]): Promise<void>;
}

/** Constructs the adapters and wires them to the nodes. Nothing here decides anything, and nothing does I/O yet. */
export function composeGate(config: GateConfig, options: ComposeOptions): Gate {
  const { logger, now = Date.now, tracing, former } = options;
  const metrics = former === undefined ? composeMetrics(config, now) : former.metrics;
  const scrub = createScrub(config.secrets);
  const replicas = composeReplicas(config, { logger, now, former });
  const tenants = composeTenants(config, { logger, scrub, now, former, replicas, metrics, tracing });
  // Limits are those of the beginning: who is inside is counted in one place.
  const limits = former?.limits ?? composeLimits(config);
  const { keepers, memory } = composeKeepers(config, tenants, { now, former, limits, replicas });
  const revocation = composeRevocation({ logger, now, former: former?.revocation });
  const { stdout = process.stdout } = options;
  const events = composeEvents(config, { logger, now, metrics, replicas, former, stdout });
  // Who is in the middle of a journey goes on with it, and a session that was ended stays so.
  const journeyMemory =
    former?.journeyMemory ?? (config.journeys === undefined ? undefined : createJourneyMemory(now));
  const watchersOf = (tenant?: string) =>
    [
      journeyMemory && composeFallWatch(journeyMemory.sessionRecords),
      events?.watch(tenant),
      metrics?.watchDecision,
      tracing?.watchDecision,
    ].filter((watch) => watch !== undefined);
  const followers = composeFollowers(config, { tenants, keepers, replicas, logger, scrub, now, former });

  function buildNode(name: string, { operatorDeviceId, kind, narrowing = {} }: NodeVariant = {}): IntuneNode {
    const configured = config.nodes[name];
    const directory = configured === undefined ? undefined : keepers.get(configured.tenant);
    if (configured === undefined || directory === undefined)
      throw new Error(`node ${name} is not configured completely`);
    const setup = narrowedSetup(configured, narrowing);
    const sources =
      operatorDeviceId === undefined
        ? setup.deviceId.map((source) =>
            composeSource(source, {
              tenantId: config.tenants[setup.tenant]?.tenantId,
              revocationOf: revocation.keeperFor,
            }),
          )
        : [createOperatorSource(operatorDeviceId, kind ?? operatorIdKind(setup))];
    const { admission } = limits;
    return createWatchedNode(
      composeNode(name, setup, sources, { directory, admission, scrub, now }),
      watchersOf(setup.tenant),
    );
  }

  /** The node itself, or one like it that accepts less. */
  function policyNode({ node: name, ...narrowing }: PolicySetup): IntuneNode {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`node ${name} is not configured`);
    const { maxAnswerAgeSeconds, maxCheckInAgeHours } = narrowing;
    return maxAnswerAgeSeconds === undefined && maxCheckInAgeHours === undefined
      ? node
      : buildNode(name, { narrowing });
  }

  const nodes = new Map(Object.keys(config.nodes).map((name) => [name, buildNode(name)]));
  const policies = new Map(
    Object.entries(config.policies).map(([name, setup]) => [
      name,
      { policy: setup.policy, node: policyNode(setup) },
    ]),
  );
  // What failed is counted in one place, whatever else is configured anew.
  const isSamePeople =
    former?.replicas === replicas && isDeepStrictEqual(former?.config.identity, config.identity);
  const identity = (isSamePeople ? former?.identity : undefined) ?? composeIdentityOf(config, now, replicas);
  const operations = composeOperations(config, {
    tenants,
    keepers,
    replicas,
    buildNode: (name, deviceId) => buildNode(name, { operatorDeviceId: deviceId, kind: 'intune' }),
    log:
      options.operationLog ??
      (events === undefined ? createLoggedOperations(logger) : createAuditedOperations(events.log, logger)),
    now,
    former: former?.operations,
  });
  const mail = createMailSenders(config.mailServers);
  const journeys =
    config.journeys &&
    composeJourneys(config.journeys, {
      operations: operations.forJourneys,
      tenants: config.tenants,
      nodes,
      directoryOf: (tenant) => keepers.get(tenant),
      admission: limits.admission,
      watch: (node, tenant) => createWatchedNode(node, watchersOf(tenant)),
      scrub,
      now,
      logger,
      identities: identity?.store ?? NOBODY,
      lockout: identity?.lockout,
      mail,
      revocationOf: revocation.keeperFor,
      memory: { ...(journeyMemory ?? createJourneyMemory(now)), ...replicas?.journeys },
      onJourneyEnd: options.onJourneyEnd,
      nodeTypes: options.nodeTypes,
    });
  const nodeForOperator: Gate['nodeForOperator'] = (name, operatorDeviceId) =>
    buildNode(name, { operatorDeviceId });
  const pages = composePages(config, {
    tenants,
    keepers,
    journeys,
    nodes,
    nodeForOperator,
    now,
    former: former?.pages,
  });
  return {
    nodes,
    tenants,
    identity,
    journeys,
    journeyMemory,
    pages,
    mail,
    nodeForOperator,
    config,
    keepers,
    memory,
    replicas,
    followers,
    limits,
    revocation,
    metrics,
    operations,
    events,
    surface: createSurface({
      operations: operations.surface,
      nodes,
      policies,
      events: events?.surface,
      journeys: journeys?.surface,
      pages: pages?.surface,
      callers: config.callers,
      proxies: config.proxies,
      stepUp: config.stepUp,
      exceptions: config.exceptions,
      watchGuard: composeGuardWatch({ logger, metrics, events: events?.log }),
      monitoring:
        metrics &&
        composeMonitoring({ config, tenants, keepers, followers, memory, limits, events }, metrics),
    }),
    forget() {
      for (const keeper of keepers.values()) keeper.invalidateAll();
      pages?.policyStates.invalidateAll();
      for (const tenant of tenants.values()) tenant.forgetTrouble();
    },
    start() {
      replicas?.start();
      events?.start();
      for (const keeper of revocation.keepers.keys()) void keeper.start();
    },
    async close(heirs = []) {
      await endFollowers(followers, heirs);
      const kept = new Set<object>(
        heirs.flatMap((heir) => [...heir.tenants.values(), ...heir.revocation.keepers.keys()]),
      );
      const ending = [...tenants.values(), ...revocation.keepers.keys()].filter((part) => !kept.has(part));
      if (!heirs.some((heir) => heir.keepers === keepers))
        for (const keeper of keepers.values()) keeper.close();
      if (!heirs.some((heir) => heir.replicas === replicas)) replicas?.close();
      const eventHeirs = heirs.flatMap((heir) => heir.events ?? []);
      await Promise.all([
        ...ending.map((part) => part.close()),
        journeys?.close(),
        events?.close(eventHeirs),
      ]);
    },
  };
}

function composeIdentityOf(
  { identity }: GateConfig,
  now: () => number,
  replicas: Replicas | undefined,
): IdentityParts | undefined {
  return identity && composeIdentity(identity, { now, once: replicas?.once });
}

function composeTenants(
  config: GateConfig,
  shared: Required<Pick<ComposeOptions, 'logger' | 'now'>> &
    Pick<ComposeOptions, 'tracing'> &
    Pick<Gate, 'metrics'> & {
      scrub: Scrub;
      former: Gate | undefined;
      replicas: Replicas | undefined;
    },
): ReadonlyMap<string, GraphTenant> {
  const { logger, scrub, now, former, replicas, metrics, tracing } = shared;
  const isKept = (name: string): boolean =>
    former?.replicas === replicas && isDeepStrictEqual(former?.config.tenants[name], config.tenants[name]);
  return new Map(
    Object.entries(config.tenants).map(([name, setup]) => [
      name,
      (isKept(name) ? former?.tenants.get(name) : undefined) ??
        createGraphTenant({
          ...setup,
          ...(replicas && {
            together: {
              throttle: (service) => replicas.throttle(name, service),
              pacer: (pacing) => replicas.pacer(name, pacing),
            },
          }),
          now,
          onEvent(event) {
            metrics?.countGraphEvent(name, event);
            tracing?.recordGraphEvent(name, event);
            logGraphEvent(logger, name, event, scrub);
          },
        }),
    ]),
  );
}

/** Who serves no metrics need not count. */
function composeMetrics({ listeners }: GateConfig, now: () => number): GateMetrics | undefined {
  return listeners.some(({ monitoring }) => monitoring !== false)
    ? createGateMetrics({ now, measureProcess: true })
    : undefined;
}

/** How many decisions there may be at once. */
export interface GateLimits {
  readonly admission: Admission;
  /** Those of them that wait for Microsoft. */
  readonly waiting: Admission;
}

function composeLimits({ limits: { concurrentDecisions } }: GateConfig): GateLimits {
  return {
    admission: createAdmission(Math.ceil(concurrentDecisions * (1 + PLACES_FOR_MEMORY))),
    waiting: createAdmission(concurrentDecisions),
  };
}

/** Beside those that wait for Microsoft: however slow it is, what memory knows is decided. */
const PLACES_FOR_MEMORY = 0.25;

/** Stays connected, unless something was configured anew on which it depends. */
function composeReplicas(
  { redis, answers }: GateConfig,
  { logger, now, former }: { logger: Logger; now: () => number; former: Gate | undefined },
): Replicas | undefined {
  if (redis === undefined) return undefined;
  if (isDeepStrictEqual([former?.config.redis, former?.config.answers], [redis, answers]))
    return former?.replicas;
  const {
    entries,
    compliantSeconds,
    otherSeconds,
    notFoundSeconds,
    entraSeconds,
    appsSeconds,
    staleSeconds,
  } = answers;
  const longestSeconds = Math.max(
    compliantSeconds,
    otherSeconds,
    notFoundSeconds,
    entraSeconds,
    appsSeconds,
    staleSeconds,
  );
  return createReplicas({
    settings: redis,
    longestMs: longestSeconds * 1_000,
    entries,
    now,
    onEvent: (event) => logReplicasEvent(logger, event),
  });
}

/** What was remembered stays, unless something was configured anew on which it depends. */
function composeKeepers(
  config: GateConfig,
  tenants: ReadonlyMap<string, GraphTenant>,
  shared: {
    now: () => number;
    former: Gate | undefined;
    limits: GateLimits;
    replicas: Replicas | undefined;
  },
): Pick<Gate, 'keepers' | 'memory'> {
  const { now, former, limits, replicas } = shared;
  if (former !== undefined && isDeepStrictEqual(memoryParts(former.config), memoryParts(config))) {
    return former;
  }
  const { answers } = config;
  const memory = createAnswerMemory({ entries: answers.entries, now });
  const lifetimes = {
    compliantMs: answers.compliantSeconds * 1_000,
    otherMs: answers.otherSeconds * 1_000,
    notFoundMs: answers.notFoundSeconds * 1_000,
    entraMs: answers.entraSeconds * 1_000,
    appsMs: answers.appsSeconds * 1_000,
    staleMs: answers.staleSeconds * 1_000,
  };
  const keepers = new Map(
    [...tenants].map(([name, { directory }]) => [
      name,
      createAnswerKeeper({
        tenant: name,
        directory,
        memory,
        ...(replicas && { store: replicas.answers }),
        lifetimes,
        recheckIntervalMs: answers.recheckSeconds * 1_000,
        flightMs: longestDeadline(config, name),
        waiting: limits.waiting,
        now,
        random: Math.random,
      }),
    ]),
  );
  return { keepers, memory };
}

function memoryParts(config: GateConfig): object {
  const { answers, tenants, redis } = config;
  const deadlines = Object.keys(tenants).map((name) => longestDeadline(config, name));
  return { answers, tenants, redis, deadlines };
}

/** Milliseconds; 0 for a tenant that no node asks. Imported IntuneNodes may ask any. */
function longestDeadline({ nodes, journeys }: GateConfig, name: string): number {
  return Math.max(
    journeys === undefined ? 0 : PING_NODE_DEADLINE_MS,
    ...Object.values(nodes).map(({ tenant, deadlineMs }) => (tenant === name ? deadlineMs : 0)),
  );
}

/** In what a node is to differ from what is configured. */
interface NodeVariant {
  /** What an operator typed, instead of what the sources find. */
  readonly operatorDeviceId?: string;
  /** Kind of that id. Default: as the node's sources have it, or found out. */
  readonly kind?: DeviceIdKind;
  readonly narrowing?: Narrowing;
}

function composeNode(
  name: string,
  setup: NodeSetup,
  sources: readonly DeviceIdSource[],
  shared: Pick<IntuneNodeOptions, 'directory' | 'admission' | 'scrub' | 'now'>,
): IntuneNode {
  return createIntuneNode({
    ...shared,
    name,
    sources,
    deadlineMs: setup.deadlineMs,
    maxAnswerAgeMs: setup.maxAnswerAgeSeconds === undefined ? undefined : setup.maxAnswerAgeSeconds * 1_000,
    saveDeviceProperties: setup.saveDeviceProperties,
    saveInstalledApps: setup.saveInstalledApps,
    largestCheckInAgeMs:
      setup.maxCheckInAgeHours === undefined ? undefined : setup.maxCheckInAgeHours * 3_600_000,
    loginUser:
      setup.requireSameUser === undefined
        ? undefined
        : { key: setup.requireSameUser.key, domain: setup.requireSameUser.domain },
    requireEnabledEntraDevice: setup.requireEnabledEntraDevice,
    outcomes: setup.outcomes,
    pingErrorKeys: setup.pingErrorKeys,
  });
}

/** What an operator types is of the kind the node's sources agree on, or is found out. */
function operatorIdKind(setup: NodeSetup): DeviceIdKind {
  const [first, ...others] = new Set(setup.deviceId.map(kindOf));
  return first === undefined || others.length > 0 ? 'unknown' : first;
}

/** Requests are for those who look closely; what keeps the gate from asking is for everyone. */
function logGraphEvent(logger: Logger, tenant: string, event: GraphEvent, scrub: Scrub): void {
  if (event.type === 'requestAttempt' && !logger.isLevelEnabled('debug')) return;
  const { type, ...facts } = event;
  const line = { tenant, ...facts, ...('detail' in facts ? { detail: scrub(facts.detail) } : {}) };
  if (type === 'tokenFailed') logger.warn(line, 'no token');
  else if (type === 'heldOff') logger.warn(line, 'Microsoft asked to be left alone');
  else if (type === 'circuitChanged') logger.warn(line, 'circuit changed');
  else logger.debug(line, type);
}

function logReplicasEvent(logger: Logger, event: ReplicasEvent): void {
  if (event.type === 'unreadable') {
    logger.warn({ count: event.count }, 'values in Redis that no replica with a known key has sealed');
  } else if (event.state === 'up') logger.info({ state: event.state }, 'Redis answers');
  else
    logger.warn({ state: event.state, code: event.code }, 'Redis cannot be used; the gate goes on without');
}
