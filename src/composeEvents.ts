import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Writable } from 'node:stream';
import type { ChainFileEvent } from './audit/chain/chainFile.ts';
import { createChainHash } from './audit/chain/chainHash.ts';
import { eventsOfDecision } from './audit/decisionEvents.ts';
import { createSecurityEventSender } from './audit/delivery/securityEventSender.ts';
import { COMPLIANCE_CHANGES } from './audit/delivery/securityEvent.ts';
import { parseSecurityEventKey, publicJwkOf } from './audit/delivery/securityEventKey.ts';
import { createSpool } from './audit/delivery/spool.ts';
import { createSpooledSink } from './audit/delivery/spooledSink.ts';
import { createWebhookSender } from './audit/delivery/webhookSender.ts';
import { createEventRecorder, type EventRecorder } from './audit/eventRecorder.ts';
import type { EventSink, SinkStatus, SinkTrouble } from './audit/eventSink.ts';
import { createFileSink } from './audit/fileSink.ts';
import { createStreamSink } from './audit/streamSink.ts';
import type { GateConfig } from './config/gateConfig.ts';
import type { EventsSetup, SecurityEventSetup, WebhookSetup } from './config/resolveEvents.ts';
import type { EventLog, GateEvent } from './events/gateEvent.ts';
import { createNameUser, type NameUser } from './events/userNames.ts';
import { createDispatcher } from './graph/dispatcher.ts';
import { historyEntryOf } from './history/historyEntry.ts';
import { standingChange } from './history/standingChange.ts';
import type { Erasure } from './history/sharedHistory.ts';
import { createDeviceHistory, type DeviceHistory } from './history/deviceHistory.ts';
import type { EventsSurface } from './http/eventsSurface.ts';
import type { GateMetrics } from './metrics/gateMetrics.ts';
import type { WatchDecision } from './node/watchedNode.ts';
import type { Replicas } from './redis/replicas.ts';

/** What takes down what happens. */
export interface EventParts {
  readonly log: EventLog;
  /** Takes down each decision of the nodes of a tenant. */
  watch(tenant: string | undefined): WatchDecision;
  readonly surface: EventsSurface;
  readonly history: DeviceHistory | undefined;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly recorder: EventRecorder;
  status(): ReadonlyMap<string, SinkStatus>;
  /** Begins to work, once the places are free that former sinks had. */
  start(): void;
  /** Ends every sink that no heir has taken over. Takes some seconds at most. Idempotent. */
  close(heirs: readonly EventParts[]): Promise<void>;
}

/** A sink with what it was made from. */
interface Sink {
  readonly sink: EventSink;
  readonly setup: unknown;
}

export interface ComposeEventsOptions {
  readonly logger: Logger;
  readonly now: () => number;
  readonly metrics: GateMetrics | undefined;
  readonly replicas: Replicas | undefined;
  /** That of the gate before, with its configuration. */
  readonly former: { readonly config: GateConfig; readonly events: EventParts | undefined } | undefined;
  readonly stdout: Writable;
}

/** How long sinks may take to get rid of what they have, milliseconds. */
const FAREWELL_MS = 2_000;

/** Undefined if nothing is to be taken down. */
export function composeEvents(config: GateConfig, options: ComposeEventsOptions): EventParts | undefined {
  const setup = config.events;
  if (setup === undefined) return undefined;
  const { now, metrics, former } = options;
  const nameUser = createNameUser(setup.userNames);
  const recorder = createEventRecorder({
    source: setup.source,
    nameUser,
    now,
    onRecorded: (type) => metrics?.countEvent(type),
  });
  const sinks = composeSinks(config, setup, recorder, options);
  recorder.setSinks([...sinks.values()].map(({ sink }) => sink));
  const history = composeHistory(config, setup, recorder, options);
  const proxies = new Set(config.proxies.map(({ name }) => name));
  const users = setup.userNames.as === 'omitted' ? undefined : nameUser;
  const loginKeys = new Map(
    Object.entries(config.nodes).flatMap(([name, { requireSameUser }]) =>
      requireSameUser === undefined ? [] : [[name, requireSameUser.key] as const],
    ),
  );
  let isStarted = false;

  return {
    log: recorder,
    recorder,
    history,
    sinks,
    watch: (tenant) => watchDecisions({ tenant, recorder, history, proxies, users, loginKeys }),
    surface: {
      history,
      erase: (whose, by) => erase(whose, by, { history, recorder, nameUser }),
      transmitter: composeTransmitter(setup.securityEvents),
    },
    status: () => new Map([...sinks].map(([name, { sink }]) => [name, sink.status()])),
    start() {
      if (isStarted) return;
      isStarted = true;
      void startAfter(former?.events, { sinks, recorder });
    },
    async close(heirs) {
      recorder.flush();
      if (!isStarted) return;
      const kept = new Set(heirs.flatMap((heir) => [...heir.sinks.values()].map(({ sink }) => sink)));
      const ending = [...sinks.values()].filter(({ sink }) => !kept.has(sink));
      await Promise.all(ending.map(({ sink }) => closeOnce(sink)));
    },
  };
}

/** Sinks of the former gate go on where they are configured as they were. */
function composeSinks(
  config: GateConfig,
  setup: EventsSetup,
  recorder: EventRecorder,
  options: ComposeEventsOptions,
): ReadonlyMap<string, Sink> {
  const { now, former, stdout } = options;
  const { describe } = recorder;
  const sinks = new Map<string, Sink>();

  function add(
    name: string,
    itsSetup: unknown,
    create: (onTrouble: (trouble: SinkTrouble) => void) => EventSink,
  ): void {
    const before = former?.events?.sinks.get(name);
    const sink =
      before !== undefined && isDeepStrictEqual(before.setup, itsSetup)
        ? before.sink
        : create((trouble) => logTrouble(options.logger, name, trouble));
    sinks.set(name, { sink, setup: itsSetup });
  }

  const { file } = setup;
  if (file !== undefined) {
    add('file', file, (onTrouble) =>
      createFileSink({
        ...file,
        hash: createChainHash(file.key),
        now,
        describe,
        onTrouble,
        onEvent: (event) => reportChain(options, event),
      }),
    );
  }
  if (setup.stdout)
    add('stdout', true, (onTrouble) => createStreamSink({ stream: stdout, describe, onTrouble }));
  for (const webhook of setup.webhooks) {
    add(webhook.name, webhook, (onTrouble) => composeWebhook(webhook, now, onTrouble));
  }
  for (const receiver of setup.securityEvents) {
    const tenantIds = Object.entries(config.tenants).map(([name, { tenantId }]) => [name, tenantId] as const);
    add(receiver.name, { ...receiver, tenantIds }, (onTrouble) =>
      composeReceiver(receiver, new Map(tenantIds), onTrouble),
    );
  }
  return sinks;
}

function composeWebhook(
  setup: WebhookSetup,
  now: () => number,
  onTrouble: (trouble: SinkTrouble) => void,
): EventSink {
  const { types, secret, token } = setup;
  return createSpooledSink({
    spool: createSpool({ folder: setup.spoolFolder, mostBytes: setup.spoolBytes }),
    sender: createWebhookSender({ ...wayTo(setup), secret, token, now }),
    types: types && new Set(types),
    random: Math.random,
    onTrouble,
  });
}

function composeReceiver(
  setup: SecurityEventSetup,
  tenantIds: ReadonlyMap<string, string>,
  onTrouble: (trouble: SinkTrouble) => void,
): EventSink {
  const { issuer, audience, subject, deviceId, token } = setup;
  return createSpooledSink({
    spool: createSpool({ folder: setup.spoolFolder, mostBytes: setup.spoolBytes }),
    sender: createSecurityEventSender({
      ...wayTo(setup),
      issuer,
      audience,
      subject,
      deviceId,
      token,
      tenantIdOf: (tenant) => tenantIds.get(tenant),
      key: parseSecurityEventKey(setup.signingKeyPem),
    }),
    types: COMPLIANCE_CHANGES,
    random: Math.random,
    onTrouble,
  });
}

function wayTo({ url, timeoutMs, caPems }: WebhookSetup | SecurityEventSetup) {
  const dispatcher = createDispatcher({ connectTimeoutMs: timeoutMs, extraCaPems: caPems });
  return { url, deadlineMs: timeoutMs, dispatcher };
}

/** What is remembered stays, unless something was configured anew on which it depends. */
function composeHistory(
  config: GateConfig,
  { history: setup }: EventsSetup,
  recorder: EventRecorder,
  { now, former, replicas }: ComposeEventsOptions,
): DeviceHistory | undefined {
  if (setup === undefined) return undefined;
  const parts = ({ events, redis }: GateConfig) => [events?.history, redis];
  const kept = former?.events?.history;
  if (former !== undefined && kept !== undefined && isDeepStrictEqual(parts(former.config), parts(config)))
    return kept;
  return createDeviceHistory({
    ...setup,
    now,
    shared: replicas?.history(setup),
    onChange: (entry, previous) => recorder.record(standingChange(entry, previous)),
  });
}

function watchDecisions({
  tenant,
  recorder,
  history,
  proxies,
  users,
  loginKeys,
}: {
  readonly tenant: string | undefined;
  readonly recorder: EventLog;
  readonly history: DeviceHistory | undefined;
  readonly proxies: ReadonlySet<string>;
  readonly users: NameUser | undefined;
  readonly loginKeys: ReadonlyMap<string, string>;
}): WatchDecision {
  return async ({ context, signal, node }, decide) => {
    const traced = await decide();
    const { decision } = traced;
    const { caller, sharedState } = context;
    const isAbandoned = signal?.aborted === true;
    const login = users === undefined ? undefined : sharedState[loginKeys.get(node) ?? 'username'];
    const user = typeof login === 'string' ? login : undefined;
    const who = {
      kind: caller !== undefined && proxies.has(caller) ? 'proxy' : 'caller',
      name: caller,
    } as const;
    for (const event of eventsOfDecision(decision, { who, tenant, user, isAbandoned }))
      recorder.record(event);
    // What is found about a request that nobody waits for any more says nothing about the device.
    const entry = isAbandoned ? undefined : historyEntryOf(decision, tenant, user && users?.(user));
    if (entry !== undefined) history?.add(entry);
    return traced;
  };
}

async function erase(
  whose: Erasure,
  by: string,
  parts: {
    readonly history: DeviceHistory | undefined;
    readonly recorder: EventLog;
    readonly nameUser: NameUser;
  },
): Promise<number | undefined> {
  const { history, recorder, nameUser } = parts;
  const named = 'user' in whose ? { user: nameUser(whose.user) } : whose;
  const devices =
    history === undefined || ('user' in named && named.user === undefined)
      ? 0
      : await history.erase('user' in named ? { user: named.user ?? '' } : named);
  const event: GateEvent = {
    type: 'RECORDS_ERASED',
    who: { kind: 'caller', name: by },
    what: 'erase',
    outcome: devices === undefined ? 'failed' : 'done',
    ...('user' in whose ? { user: whose.user } : { device: { id: whose.deviceId } }),
    details: { devices: devices ?? null },
  };
  recorder.record(event);
  return devices;
}

function composeTransmitter(receivers: readonly SecurityEventSetup[]): EventsSurface['transmitter'] {
  if (receivers.length === 0) return undefined;
  const pems = [...new Set(receivers.map(({ signingKeyPem }) => signingKeyPem))];
  return {
    issuers: [...new Set(receivers.map(({ issuer }) => issuer))],
    jwks: async () => ({
      keys: await Promise.all(pems.map((pem) => publicJwkOf(parseSecurityEventKey(pem)))),
    }),
  };
}

/** Two that write to one place would write over each other, so the new ones wait until the old ones are at their end. */
async function startAfter(
  former: EventParts | undefined,
  { sinks, recorder }: Pick<EventParts, 'sinks' | 'recorder'>,
): Promise<void> {
  const current = [...sinks.values()].map(({ sink }) => sink);
  if (former !== undefined) {
    // What is still decided by the former gate goes the same way.
    former.recorder.setSinks([{ take: recorder.pass }]);
    const ending = [...former.sinks.values()].filter(({ sink }) => !current.includes(sink));
    await Promise.all(ending.map(({ sink }) => closeOnce(sink)));
  }
  recorder.flush();
  for (const sink of current) sink.start();
}

const closing = new WeakMap<EventSink, Promise<void>>();

async function closeOnce(sink: EventSink): Promise<void> {
  const ending = closing.get(sink) ?? sink.close(AbortSignal.timeout(FAREWELL_MS));
  closing.set(sink, ending);
  return ending;
}

function reportChain({ logger, metrics }: ComposeEventsOptions, event: ChainFileEvent): void {
  if (event.type === 'sealed') {
    // Kept elsewhere, this line proves later that the log up to here is what it was.
    logger.info({ sequence: event.sequence, hash: event.hash }, 'audit log sealed');
    return;
  }
  logger.warn(event.details, 'the end of the audit log was not as it should be');
  metrics?.countAuditRepair(event.details);
}

function logTrouble(logger: Logger, sink: string, trouble: SinkTrouble): void {
  const { type, ...facts } = trouble;
  if (type === 'working') logger.info({ sink }, 'events go out again');
  else if (type === 'failing') logger.warn({ sink, ...facts }, 'events do not go out, and wait');
  else if (type === 'refused')
    logger.error({ sink, ...facts }, 'an event was refused for good, and set aside');
  else logger.error({ sink, ...facts }, 'events are lost: there is no room for them');
}
