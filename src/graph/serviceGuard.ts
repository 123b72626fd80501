import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import { abortSignalOf, type EndSignal } from '../node/ending.ts';
import type { UpstreamReason } from '../outcomes/reason.ts';
import { createCircuitBreaker, type CircuitOutcome, type CircuitState } from './circuitBreaker.ts';
import type { GraphService, OnGraphEvent } from './graphEvent.ts';
import type { Pacer } from './pacer.ts';
import { createRetryBudget } from './retryBudget.ts';
import { LONGEST_HOLD_MS, type Held, type ThrottleMemory } from './throttleMemory.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** Everything that stands between the gate and one service of one tenant: circuit, pauses, pace and the budget of retries. */
export interface ServiceGuard {
  /** May a question be sent at all? */
  enter(): QuestionPass | LookupFailure;
  /** Forgets all trouble there was. */
  reset(): void;
  status(): ServiceStatus;
}

export interface ServiceStatus {
  readonly circuit: CircuitState;
  /** Undefined if nobody need hold off. */
  readonly held: Held | undefined;
  /** Calls that wait for their turn. */
  readonly waiting: number;
  readonly retriesLeft: number;
}

export interface QuestionPass {
  /**
   * Waits until it is a call's turn, not before `notBefore`. `ended`: the signal aborted meanwhile. A failure at once if the turn
   * would come after the deadline.
   */
  turn(bound: LookupOptions, notBefore: number): Promise<'go' | 'ended' | LookupFailure>;
  /** Microsoft answered a call that was sent at this time. */
  noteAnswer(sentAt: number): void;
  /** A call that was sent at this time failed. Returns how long everybody now holds off, milliseconds, if anybody does. */
  noteFailure(sentAt: number, reason: UpstreamReason, retryAfterMs: number | undefined): number | undefined;
  mayRetry(): boolean;
  /** To be called once. */
  leave(outcome: CircuitOutcome): void;
}

export interface ServiceGuardOptions {
  readonly service: GraphService;
  readonly pacer: Pacer | undefined;
  readonly throttle: ThrottleMemory;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent: OnGraphEvent;
}

/** Intune sends 429 without saying for how long. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_OWN_PAUSE_MS = 30_000;
/** Those who were held off do not all come back in the same moment. */
const SPREAD_MS = 250;

const NAMES = { intune: 'Intune', entra: "Entra's directory" } as const satisfies Record<
  GraphService,
  string
>;

export function createServiceGuard(options: ServiceGuardOptions): ServiceGuard {
  const { service, pacer, throttle, now, random, sleep, onEvent } = options;
  const name = NAMES[service];
  const budget = createRetryBudget({ now });
  let lastFailure: UpstreamReason = 'upstreamUnavailable';
  let unannounced = 0;
  let waiting = 0;
  let pausedAt = Number.NEGATIVE_INFINITY;

  const breaker = createCircuitBreaker({
    now,
    random,
    onChange: (state, forMs) =>
      onEvent({ type: 'circuitChanged', service, state, reason: lastFailure, forMs }),
  });

  const turn: QuestionPass['turn'] = async ({ signal, deadline }, notBefore) => {
    let earliest = Math.max(notBefore, now());
    for (;;) {
      const held = throttle.held();
      if (held !== undefined && held.until > earliest) {
        if (held.until >= deadline) return heldOff(held);
        earliest = notBefore > now() ? held.until : held.until + random() * SPREAD_MS;
      }
      const reserved = pacer?.reserve(earliest, deadline) ?? earliest;
      const at = typeof reserved === 'number' ? reserved : await reserved;
      if (at >= deadline) {
        return upstreamFailure(
          'throttled',
          `The gate paces its calls to ${name}, and the next turn would come after the deadline.`,
          Math.max(1, Math.ceil(at - now())),
        );
      }
      if (at > now() && !(await slept(at - now(), signal))) return 'ended';
      // Somebody may have been told to hold off for longer meanwhile.
      if ((throttle.held()?.until ?? 0) <= at) return 'go';
      earliest = at;
    }
  };

  const heldOff = ({ until, reason }: Held): LookupFailure =>
    upstreamFailure(
      reason,
      `${name} asked to be left alone, and the gate does not ask again until then.`,
      Math.ceil(until - now()),
    );

  const slept = async (ms: number, signal: EndSignal): Promise<boolean> => {
    waiting += 1;
    try {
      await sleep(ms, abortSignalOf(signal));
    } catch {
      return false;
    } finally {
      waiting -= 1;
    }
    return !signal.aborted;
  };

  /** Grows with each call that was sent after a pause and throttled again, not with those that were under way together. */
  const ownPauseMs = (sentAt: number): number => {
    if (sentAt <= pausedAt) return Math.max(0, (throttle.held()?.until ?? 0) - now());
    pausedAt = now();
    const plannedMs = Math.min(FIRST_PAUSE_MS * 2 ** unannounced, LONGEST_OWN_PAUSE_MS);
    unannounced += 1;
    return Math.round(plannedMs * (0.5 + 0.5 * random()));
  };

  const noteFailure: QuestionPass['noteFailure'] = (sentAt, reason, retryAfterMs) => {
    lastFailure = reason;
    if (reason !== 'throttled' && (reason !== 'upstreamUnavailable' || retryAfterMs === undefined))
      return undefined;
    const pauseMs = retryAfterMs ?? ownPauseMs(sentAt);
    const until = now() + Math.min(pauseMs, LONGEST_HOLD_MS);
    if (until > (throttle.held()?.until ?? now())) {
      throttle.hold({ until, reason });
      onEvent({ type: 'heldOff', service, reason, forMs: until - now(), named: retryAfterMs !== undefined });
    }
    return pauseMs;
  };

  return {
    enter() {
      const pass = breaker.enter();
      if ('closedForMs' in pass) {
        return upstreamFailure(
          lastFailure,
          `${name} failed too often of late, so it is not asked for a while.`,
          Math.ceil(pass.closedForMs),
        );
      }
      budget.noteRequest();
      return {
        turn,
        noteAnswer(sentAt) {
          if (sentAt > pausedAt) unannounced = 0;
        },
        noteFailure,
        // A question that finds out whether the service is back does so once.
        mayRetry: () => breaker.state === 'closed' && budget.take(),
        leave: (outcome) => pass.leave(outcome),
      };
    },
    status: () => ({
      circuit: breaker.state,
      held: throttle.held(),
      waiting,
      retriesLeft: budget.left(),
    }),
    reset() {
      breaker.reset();
      throttle.clear();
      budget.clear();
      unannounced = 0;
      pausedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
