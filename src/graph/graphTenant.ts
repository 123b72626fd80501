import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { GateError } from '../errors.ts';
import type { DeviceDirectory, Lookup, LookupOptions } from '../node/deviceDirectory.ts';
import { Ending } from '../node/ending.ts';
import type { DeviceList } from '../node/deviceList.ts';
import type { DeviceSync } from '../node/deviceSync.ts';
import type { PolicyStates } from '../node/policyStates.ts';
import type { DeviceOperations } from '../operations/deviceOperations.ts';
import type { GroupDirectory } from '../operations/groupDirectory.ts';
import type { Credential } from './credential.ts';
import { createDispatcher, type ProxyOptions } from './dispatcher.ts';
import { createGraphBatch } from './graphBatch.ts';
import { createGraphDeviceList } from './graphDeviceList.ts';
import { createGraphDevices } from './graphDevices.ts';
import { createGraphDirectory } from './graphDirectory.ts';
import { guardedObserver, type GraphService, type OnGraphEvent } from './graphEvent.ts';
import { createGraphDeviceSync } from './graphDeviceSync.ts';
import { createGraphPolicyStates } from './graphPolicyStates.ts';
import { createGraphGroups } from './graphGroups.ts';
import { createGraphRequest, type AskGraph } from './graphRequest.ts';
import { createManagedDeviceFeed, type ManagedDeviceFeed } from './managedDeviceFeed.ts';
import { tenantSettingsUrl } from './graphUrls.ts';
import { createPacer, DEFAULT_PACING, type Pacer, type Pacing } from './pacer.ts';
import { leaveRoom } from './leaveRoom.ts';
import { createServiceGuard, type ServiceGuard, type ServiceStatus } from './serviceGuard.ts';
import { parseTenantSettings, type TenantSettings } from './tenantSettings.ts';
import { createThrottleMemory, type ThrottleMemory } from './throttleMemory.ts';
import { createTokenAcquirer } from './tokenAcquirer.ts';
import { createTokenKeeper, type TokenSource, type TokenTimes } from './tokenSource.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export type { Credential } from './credential.ts';
export type { GraphEvent } from './graphEvent.ts';
export type { TenantSettings } from './tenantSettings.ts';
export type { TokenResult, TokenSource } from './tokenSource.ts';

export interface GraphTenantOptions {
  /** GUID or verified domain; `common` and its kind are refused by Entra for applications. */
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** Origin, https, without a path, e.g. `https://login.microsoftonline.com` (see `clouds.ts`). */
  readonly authority: string;
  /** Origin, https, without a path, e.g. `https://graph.microsoft.com`. */
  readonly graph: string;
  /** Trusted beside the CAs Node trusts, PEM. */
  readonly extraCaPems?: readonly string[];
  readonly proxy?: ProxyOptions;
  /** Bound of one HTTP attempt, headers and body. Default 4000. */
  readonly attemptTimeoutMs?: number;
  /** Bound of TCP and TLS set-up. Default 2000. */
  readonly connectTimeoutMs?: number;
  /** How many device calls are made in which time. Default: 1,600 in 20 seconds. */
  readonly pacing?: Pacing;
  /** What keeps several replicas together. Default: this one is alone. */
  readonly together?: {
    readonly throttle: (service: GraphService) => ThrottleMemory;
    readonly pacer: (pacing: Pacing) => Pacer;
  };
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** 0 to below 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** Waits between attempts; rejects when the signal aborts. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Replaces the network, for tests; then `extraCaPems`, `proxy` and `connectTimeoutMs` mean nothing. Not closed by `close()`. */
  readonly dispatcher?: Dispatcher;
  readonly onEvent?: OnGraphEvent;
}

export interface GraphTenant {
  readonly directory: DeviceDirectory;
  /** All devices, for those who copy them. */
  readonly feed: ManagedDeviceFeed;
  /** All devices, page by page: with patience, and with a small part of the pace. */
  readonly list: DeviceList;
  /** Needs DeviceManagementConfiguration.Read.All. */
  readonly policyStates: PolicyStates;
  /** Needs DeviceManagementManagedDevices.PrivilegedOperations.All. */
  readonly sync: DeviceSync;
  readonly devices: DeviceOperations;
  readonly groups: GroupDirectory;
  readonly tokens: TokenSource;
  /** Needs DeviceManagementConfiguration.Read.All; without it the failure is `permissionMissing`. */
  readTenantSettings(options: LookupOptions): Promise<Lookup<TenantSettings>>;
  /** Forgets what kept it from asking: pauses Microsoft wished for, an open circuit, a used-up budget of retries. */
  forgetTrouble(): void;
  status(): TenantStatus;
  /** Ends requests under way and closes connections. Idempotent. */
  close(): Promise<void>;
}

/** What stands between the gate and a tenant now. */
export interface TenantStatus {
  readonly token: TokenTimes | undefined;
  readonly services: Readonly<Record<GraphService, ServiceStatus>>;
}

const ATTEMPT_TIMEOUT_MS = 4_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Intune itself gives up on a page after about as long. */
const PAGE_TIMEOUT_MS = 30_000;

/**
 * One Entra tenant and its Intune, asked over the network. Makes no request by itself. Throws `GateError` `configInvalid` if origins,
 * tenant id or certificate are unusable; after that nothing throws.
 */
export function createGraphTenant(options: GraphTenantOptions): GraphTenant {
  const {
    attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    now = Date.now,
    random = Math.random,
    sleep = (ms, signal) => delay(ms, undefined, { signal }),
  } = options;
  const authority = parseOrigin('authority', options.authority);
  const graph = parseOrigin('graph', options.graph);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/.test(options.tenantId)) {
    throw new GateError('configInvalid', 'The tenant id is neither a GUID nor a domain name.');
  }
  const onEvent = guardedObserver(options.onEvent);
  const { extraCaPems, proxy, together, pacing = DEFAULT_PACING } = options;
  const owned: Dispatcher[] = [];
  const open = (how: { proxy?: ProxyOptions | undefined }): Dispatcher => {
    const dispatcher = createDispatcher({ extraCaPems, connectTimeoutMs, ...how });
    owned.push(dispatcher);
    return dispatcher;
  };
  const dispatcher = options.dispatcher ?? open({ proxy });
  const directDispatcher =
    options.dispatcher ?? (options.credential.kind === 'managedIdentity' ? open({}) : dispatcher);

  const acquire = createTokenAcquirer({
    tenantId: options.tenantId,
    clientId: options.clientId,
    credential: options.credential,
    authority,
    graph,
    attemptTimeoutMs,
    dispatcher,
    directDispatcher,
    now,
    random,
    sleep,
  });
  // Discovery and token are one attempt each, and one of them may be repeated after a reset.
  const acquisitionTimeoutMs = attemptTimeoutMs * 2.5;
  const tokens = createTokenKeeper({ acquire, acquisitionTimeoutMs, now, random, onEvent });
  const closing = new Ending();
  const guardFor = (service: GraphService, pacer?: Pacer): ServiceGuard =>
    createServiceGuard({
      service,
      pacer,
      throttle: together?.throttle(service) ?? createThrottleMemory({ now }),
      now,
      random,
      sleep,
      onEvent,
    });
  const guards = {
    intune: guardFor('intune', together?.pacer(pacing) ?? createPacer(pacing, now)),
    entra: guardFor('entra'),
  };
  const asking = { tokens, dispatcher, closing, guards, now, random, onEvent };
  const ask = createGraphRequest({ ...asking, attemptTimeoutMs });
  const askForPage = createGraphRequest({ ...asking, attemptTimeoutMs: PAGE_TIMEOUT_MS, retrying: false });

  return {
    directory: createGraphDirectory(graph, ask),
    feed: createManagedDeviceFeed(graph, ask),
    list: createGraphDeviceList(graph, leaveRoom(askForPage, { pacing, now, sleep })),
    policyStates: createGraphPolicyStates(graph, ask),
    sync: createGraphDeviceSync(graph, ask),
    devices: createGraphDevices(graph, ask, createGraphBatch({ graph, ask, now, random, sleep })),
    groups: createGraphGroups(graph, ask),
    tokens,
    readTenantSettings: (asked) => readTenantSettings(graph, ask, asked),
    forgetTrouble() {
      guards.intune.reset();
      guards.entra.reset();
    },
    status: () => ({
      token: tokens.times(),
      services: { intune: guards.intune.status(), entra: guards.entra.status() },
    }),
    async close() {
      closing.abort();
      tokens.close();
      await Promise.all(owned.splice(0).map((one) => one.destroy()));
    },
  };
}

async function readTenantSettings(
  graph: string,
  ask: AskGraph,
  asked: LookupOptions,
): Promise<Lookup<TenantSettings>> {
  const answer = await ask('tenantSettings', tenantSettingsUrl(graph), asked);
  if (answer.kind === 'failure') return answer.failure;
  const settings = answer.kind === 'body' ? parseTenantSettings(answer.body) : undefined;
  if (settings === undefined) {
    return upstreamFailure('malformedAnswer', 'Graph: the answer holds no tenant settings.');
  }
  return { ok: true, value: settings, source: 'graph', fetchedAt: answer.fetchedAt };
}

/** The canonical origin; whatever is more than an origin would end up in URLs that carry tokens and secrets. */
function parseOrigin(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url === undefined || url.protocol !== 'https:' || !bare) {
    throw new GateError('configInvalid', `The ${name} of a tenant must be an https origin without a path.`);
  }
  return url.origin;
}
