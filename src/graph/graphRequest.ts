import { randomUUID } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { UpstreamReason } from '../outcomes/reason.ts';
import type { EndSignal } from '../node/ending.ts';
import { withinDeadline } from '../node/withinDeadline.ts';
import type { CircuitOutcome } from './circuitBreaker.ts';
import type { GraphEndpoint, GraphService, OnGraphEvent } from './graphEvent.ts';
import { judgeGraphAnswer, type GraphVerdict } from './graphFailure.ts';
import { httpExchange } from './httpExchange.ts';
import type { JsonObject } from './jsonObject.ts';
import { describeFault, NETWORK_FAULTS } from './networkFault.ts';
import { parseRetryAfter, retryDelay } from './retryPolicy.ts';
import type { ServiceGuard } from './serviceGuard.ts';
import { parseTokenGrants } from './tokenGrants.ts';
import type { TokenKeeper } from './tokenSource.ts';
import { upstreamFailure } from './upstreamFailure.ts';

const MAX_BYTES = 8 * 1024 * 1024;

/** Graph's answer: a body, the word that there is no such thing, or why there is no answer. */
export type GraphAnswer =
  | { readonly kind: 'body'; readonly body: JsonObject; readonly fetchedAt: number }
  | { readonly kind: 'absent'; readonly fetchedAt: number }
  | { readonly kind: 'failure'; readonly failure: LookupFailure };

/** How something is asked; a plain GET if nothing is said. */
export interface GraphAsking {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As how many calls Microsoft counts it. Default 1. */
  readonly calls?: number;
  /** It must not happen twice: it is sent again only if Microsoft said that it did not look at it (429), never after a doubt. */
  readonly once?: boolean;
}

/** One request. `url` is absolute and on Graph's origin; the token goes wherever it points. Never throws. */
export type AskGraph = (
  endpoint: GraphEndpoint,
  url: string,
  options: LookupOptions,
  asking?: GraphAsking,
) => Promise<GraphAnswer>;

export interface GraphRequestOptions {
  readonly tokens: TokenKeeper;
  readonly dispatcher: Dispatcher;
  readonly attemptTimeoutMs: number;
  /** Ends everything when the tenant closes. */
  readonly closing: EndSignal;
  readonly now: () => number;
  readonly random: () => number;
  readonly guards: Readonly<Record<GraphService, ServiceGuard>>;
  readonly onEvent: OnGraphEvent;
  /** False: a question is sent once, as whoever asks tries again later. Default true. */
  readonly retrying?: boolean;
}

/** A verdict on one attempt, with what the retry policy needs of it. */
type AttemptVerdict = GraphVerdict & { readonly retryAfterMs?: number | undefined };

const SERVICES = {
  managedDevice: 'intune',
  managedDevices: 'intune',
  detectedApps: 'intune',
  deviceAction: 'intune',
  policyStates: 'intune',
  deviceBatch: 'intune',
  tenantSettings: 'intune',
  entraDevice: 'entra',
  groups: 'entra',
  groupMembers: 'entra',
  memberships: 'entra',
} as const satisfies Record<GraphEndpoint, GraphService>;

/** Nobody gives up so late on a service that is well. */
const WELL_WITHIN_MS = 1_000;

/** Whoever waits has a short deadline, or the service is slow: only time can tell which. */
function outcomeOfGivingUp(waitedMs: number): CircuitOutcome {
  return waitedMs >= WELL_WITHIN_MS ? 'failed' : 'unclear';
}

function circuitOutcome(reason: UpstreamReason): CircuitOutcome {
  switch (reason) {
    case 'upstreamUnreachable':
    case 'upstreamUnavailable':
    case 'timeout':
      return 'failed';
    // The pause that follows is protection enough; and who wrote a malformed answer is not known.
    case 'throttled':
    case 'malformedAnswer':
      return 'unclear';
    default:
      return 'answered';
  }
}

const ENDED = (): LookupFailure =>
  upstreamFailure('timeout', 'Graph: the deadline passed, or the caller went away, before it was asked.');

export function createGraphRequest(options: GraphRequestOptions): AskGraph {
  const { tokens, dispatcher, attemptTimeoutMs, closing, guards, now, random, onEvent } = options;
  const { retrying = true } = options;

  const attempt = async (
    endpoint: GraphEndpoint,
    url: string,
    token: string,
    tries: number,
    signal: EndSignal,
    { method = 'GET', body, headers: more = {} }: GraphAsking,
  ): Promise<AttemptVerdict> => {
    const startedAt = now();
    const answer = await httpExchange({
      method,
      url,
      body,
      headers: {
        ...more,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'client-request-id': randomUUID(),
        'user-agent': 'intune-gate',
      },
      dispatcher,
      signal,
      timeoutMs: attemptTimeoutMs,
      maxBytes: MAX_BYTES,
    });
    onEvent({
      type: 'requestAttempt',
      endpoint,
      attempt: tries,
      status: answer.status,
      ...(answer.whole ? {} : { fault: answer.fault.kind }),
      durationMs: now() - startedAt,
    });
    if (!answer.whole) {
      const { reason, passing } = NETWORK_FAULTS[answer.fault.kind];
      return { kind: 'failed', reason, detail: `Graph: ${describeFault(answer.fault)}.`, passing };
    }
    const { status, headers, text } = answer;
    return {
      ...judgeGraphAnswer({ endpoint, status, headers, text, grants: () => parseTokenGrants(token) }),
      retryAfterMs: parseRetryAfter(headers['retry-after'], now()),
    };
  };

  const askWithin = async (
    endpoint: GraphEndpoint,
    url: string,
    deadline: number,
    signal: EndSignal,
    asking: GraphAsking,
  ): Promise<GraphAnswer> => {
    const pass = guards[SERVICES[endpoint]].enter();
    if ('ok' in pass) return { kind: 'failure', failure: pass };
    const bound = { signal, deadline };
    let outcome: CircuitOutcome = 'unclear';
    let renewed = false;
    let retries = 0;
    let notBefore = 0;
    let firstSentAt: number | undefined;
    let failure: LookupFailure | undefined;
    try {
      let token = await tokens.getToken(bound);
      for (let tries = 1; ; tries += 1) {
        if (!token.ok) return { kind: 'failure', failure: token };
        let turn = await pass.turn(bound, notBefore);
        for (let more = 1; turn === 'go' && more < (asking.calls ?? 1); more += 1) {
          turn = await pass.turn(bound, notBefore);
        }
        if (turn !== 'go')
          return { kind: 'failure', failure: turn === 'ended' ? (failure ?? ENDED()) : turn };
        const sentAt = now();
        firstSentAt ??= sentAt;
        const verdict = await attempt(endpoint, url, token.token, tries, signal, asking);
        if (verdict.kind !== 'failed') {
          outcome = 'answered';
          pass.noteAnswer(sentAt);
          return { ...verdict, fetchedAt: now() };
        }
        const { reason, detail } = verdict;
        outcome = signal.aborted ? outcomeOfGivingUp(now() - firstSentAt) : circuitOutcome(reason);
        const pauseMs = pass.noteFailure(sentAt, reason, verdict.retryAfterMs);
        const retryAfterMs = verdict.retryAfterMs ?? pauseMs;
        failure = upstreamFailure(reason, detail, retryAfterMs);
        if (verdict.tokenRefused && !renewed) {
          renewed = true;
          const newer = await tokens.renew(token.token, bound);
          // The same token again: it was renewed a moment ago, so the token is not what is wrong.
          if (newer.ok && newer.token === token.token) return { kind: 'failure', failure };
          token = newer;
          continue;
        }
        if (reason === 'permissionMissing' || reason === 'consentMissing')
          tokens.refreshForPermissions(token.token);
        const delay =
          verdict.passing && retrying && (asking.once !== true || reason === 'throttled')
            ? retryDelay({ retries, retryAfterMs, now: now(), deadline, random })
            : undefined;
        if (delay === undefined || !pass.mayRetry()) return { kind: 'failure', failure };
        retries += 1;
        notBefore = now() + delay;
        token = await tokens.getToken(bound);
      }
    } finally {
      pass.leave(outcome);
    }
  };

  return (endpoint, url, asked, asking = {}) =>
    withinDeadline(asked, now, (signal) => askWithin(endpoint, url, asked.deadline, signal, asking), closing);
}
