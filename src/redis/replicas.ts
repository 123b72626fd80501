import type { AnswerStore } from '../answers/answerStore.ts';
import type { FollowLease } from '../answers/fleet/followLease.ts';
import type { GraphService } from '../graph/graphEvent.ts';
import type { Pacer, Pacing } from '../graph/pacer.ts';
import type { ThrottleMemory } from '../graph/throttleMemory.ts';
import type { SharedHistory } from '../history/sharedHistory.ts';
import { createJointState } from './jointState.ts';
import type { OnceStore } from '../identity/onceStore.ts';
import type { AttemptStore } from '../journeys/attemptStore.ts';
import type { SuspendedJourneys } from '../journeys/suspendedJourneys.ts';
import type { UsedTokens } from '../journeys/usedTokens.ts';
import type { LinkState } from './linkHealth.ts';
import { createNoticeBoard } from './noticeBoard.ts';
import { createRedisHistory } from './redisHistory.ts';
import { createRedisLink } from './redisLink.ts';
import type { RedisSettings } from './redisSettings.ts';
import { createReplicaSeal } from './replicaSeal.ts';
import { createSharedAnswers } from './sharedAnswers.ts';
import { createSharedLease } from './sharedLease.ts';
import type { OperationStore } from '../operations/operationStore.ts';
import { createSharedOperations } from './sharedOperations.ts';
import { createSharedAttempts } from './sharedAttempts.ts';
import { createSharedClaims } from './sharedClaims.ts';
import { createSharedPacer } from './sharedPacer.ts';
import { createSharedSuspended } from './sharedSuspended.ts';
import { createSharedThrottle } from './sharedThrottle.ts';

/** What is worth a line in the log. */
export type ReplicasEvent =
  /** `code`: the first word of Redis' error, that of the system's, or `timeout`. */
  | { readonly type: 'redisChanged'; readonly state: LinkState; readonly code: string }
  /** So many values since the last such event that no replica sealed, or under a key that is not known here. */
  | { readonly type: 'unreadable'; readonly count: number };

/** What journeys of all replicas share. */
export interface SharedJourneys {
  readonly usedTokens: UsedTokens;
  readonly attempts: AttemptStore;
  readonly suspended: SuspendedJourneys;
}

/** What several replicas share, by way of Redis. */
export interface Replicas {
  readonly answers: AnswerStore;
  /** Requests to change something. Unlike the rest it does not go on without Redis. */
  readonly operations: OperationStore;
  /** One for each service of a tenant, however often it is asked for. */
  throttle(tenant: string, service: GraphService): ThrottleMemory;
  pacer(tenant: string, pacing: Pacing): Pacer;
  /** Which replica may page the devices of a tenant. */
  readonly lease: FollowLease;
  /** What journeys remember beside what clients hold. Unlike the rest, it throws while Redis cannot be asked: nothing is used twice. */
  readonly journeys: SharedJourneys;
  /** What was used once about people, e.g. codes that were sent. It throws GateError `identityUnavailable` while Redis cannot be asked. */
  readonly once: OnceStore;
  /** Histories of devices. `runs`: most of each device; `keepMs`: how long a run stays after its end. */
  history(settings: { readonly runs: number; readonly keepMs: number }): SharedHistory;
  /** Begins to connect. Before, and whenever Redis cannot be asked, each replica is on its own. */
  start(): void;
  /** Ends all connections. Idempotent. */
  close(): void;
}

export interface ReplicasOptions {
  readonly settings: RedisSettings;
  /** The longest that any answer may be used, also in an outage, milliseconds. */
  readonly longestMs: number;
  /** How many answers a replica remembers. */
  readonly entries: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  readonly onEvent?: (event: ReplicasEvent) => void;
}

const UNREADABLE_EVERY_MS = 60_000;
const PING_EVERY_MS = 1_000;

/** Puts together what replicas share. No connection is made yet; what rejects, and nothing else does, says so. */
export function createReplicas(options: ReplicasOptions): Replicas {
  const {
    settings,
    longestMs,
    entries,
    now = Date.now,
    random = Math.random,
    onEvent = () => undefined,
  } = options;
  const { prefix } = settings;
  const seal = createReplicaSeal(settings.key, settings.previousKeys);
  const throttles = new Map<string, ThrottleMemory>();
  const pacers = new Map<string, Pacer>();
  let unreadable = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  const onUnreadable = (): void => {
    unreadable += 1;
    if (Math.abs(now() - toldAt) < UNREADABLE_EVERY_MS) return;
    toldAt = now();
    onEvent({ type: 'unreadable', count: unreadable });
    unreadable = 0;
  };

  // They are two connections to one server, so they are spoken of as one.
  const joint = createJointState((state, code) => onEvent({ type: 'redisChanged', state, code }));
  const link = createRedisLink({ settings, now, random, onChange: joint(), onReady: () => board.flush() });
  const ear = createRedisLink({ settings, now, random, onChange: joint(), onReady: () => undefined });
  let asking: NodeJS.Timeout | undefined;
  const board = createNoticeBoard({ link, ear, seal, prefix, keepMs: longestMs, now, random, onUnreadable });
  const answers = createSharedAnswers({ link, board, seal, prefix, entries, longestMs, now, onUnreadable });

  const keyOf =
    (kind: string) =>
    (key: string): string =>
      `${prefix}:j:${seal.name(`${kind} ${key}`)}`;
  const code = 'replicasUnavailable';
  const journeys: SharedJourneys = {
    usedTokens: createSharedClaims({ link, keyOf: keyOf('step'), code, now }),
    attempts: createSharedAttempts({ link, keyOf: keyOf('attempts') }),
    suspended: createSharedSuspended({ link, keyOf: keyOf('suspended'), now }),
  };
  const once = createSharedClaims({ link, keyOf: keyOf('once'), code: 'identityUnavailable', now });

  return {
    answers,
    operations: createSharedOperations({ link, seal, prefix, now }),
    journeys,
    once,
    throttle(tenant, service) {
      const name = `${service} ${tenant}`;
      const throttle = throttles.get(name) ?? createSharedThrottle({ tenant, service, board, now });
      throttles.set(name, throttle);
      return throttle;
    },
    pacer(tenant, pacing) {
      const name = JSON.stringify([tenant, pacing.calls, pacing.windowMs]);
      const { replicas } = settings;
      const key = `${prefix}:p:${seal.name(name)}`;
      const pacer = pacers.get(name) ?? createSharedPacer({ pacing, replicas, link, key, now });
      pacers.set(name, pacer);
      return pacer;
    },
    lease: createSharedLease({ link, keyOf: (tenant) => `${prefix}:l:${seal.name(tenant)}` }),
    history: (kept) => createRedisHistory({ link, seal, prefix, now, onUnreadable, ...kept }),
    start() {
      link.start();
      ear.start();
      board.start();
      // Whether it is back is found out even if nobody has anything to ask. The other connection is in use all the time.
      asking ??= setInterval(() => void link.send(['PING']), PING_EVERY_MS).unref();
    },
    close() {
      clearInterval(asking);
      board.close();
      link.close();
      ear.close();
    },
  };
}
