import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import { abortSignalOf } from '../node/ending.ts';
import { untilAborted, withinDeadline } from '../node/withinDeadline.ts';
import type { OnGraphEvent, TokenTrigger } from './graphEvent.ts';
import type { AcquireToken, Acquisition } from './tokenAcquirer.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export interface Token {
  readonly ok: true;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Milliseconds since 1970. */
  readonly acquiredAt: number;
}

/** Milliseconds since 1970. */
export type TokenTimes = Pick<Token, 'acquiredAt' | 'expiresAt'>;

export type TokenResult = Token | LookupFailure;

export interface TokenSource {
  /** A token that is still good, from memory if possible. Never throws. */
  getToken(options: LookupOptions): Promise<TokenResult>;
  /**
   * After Graph refused `rejected`: a newer token. At most one renewal a minute is sent; in between the token at hand is returned,
   * which may be the rejected one itself.
   */
  renew(rejected: string, options: LookupOptions): Promise<TokenResult>;
}

/** The tenant's own view of its token source. */
export interface TokenKeeper extends TokenSource {
  /** Graph missed a permission: what an administrator grants meanwhile only shows in a new token. At most one every five minutes. */
  refreshForPermissions(token: string): void;
  /** When the token at hand was acquired and when it expires; undefined before the first one. */
  times(): TokenTimes | undefined;
  close(): void;
}

export interface TokenKeeperOptions {
  readonly acquire: AcquireToken;
  /** Bound of one acquisition, whoever waits for it. */
  readonly acquisitionTimeoutMs: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly onEvent: OnGraphEvent;
}

/** Not used in its last moments, as it would expire on the way. */
const MARGIN_MS = 30_000;
/** Renewed this long before its end, in the background. */
const RENEW_AHEAD_MS = 300_000;
const REJECTED_PAUSE_MS = 60_000;
const PERMISSION_PAUSE_MS = 300_000;
/** So that a wrong secret does not hammer Entra, and a corrected one still works soon. */
const CREDENTIAL_PAUSE_MS = 10_000;
const OTHER_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

interface Held {
  readonly token: Token;
  readonly usableUntil: number;
  readonly renewFrom: number;
}

/**
 * The one token of a tenant: at most one acquisition under way, renewal in the background while the token at hand is still good,
 * failures remembered no longer than is polite. There is no timer; time passes only when somebody asks.
 */
export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const { acquire, acquisitionTimeoutMs, now, random, onEvent } = options;
  const closing = new AbortController();
  let held: Held | undefined;
  let underWay: Promise<TokenResult> | undefined;
  let pause: { readonly failure: LookupFailure; readonly until: number; readonly named: boolean } | undefined;
  let rejectedAskedAt = Number.NEGATIVE_INFINITY;
  let permissionsAskedAt = Number.NEGATIVE_INFINITY;

  const usable = (): Token | undefined => (held && now() < held.usableUntil ? held.token : undefined);

  const paused = (): LookupFailure | undefined => {
    const leftMs = pause === undefined ? 0 : pause.until - now();
    if (pause === undefined || leftMs <= 0) return undefined;
    return pause.named ? { ...pause.failure, retryAfterMs: leftMs } : pause.failure;
  };

  const run = async (trigger: TokenTrigger): Promise<TokenResult> => {
    const startedAt = now();
    const bound = { signal: closing.signal, deadline: startedAt + acquisitionTimeoutMs };
    const acquisition = await withinDeadline(bound, now, (signal) => acquire(abortSignalOf(signal)));
    underWay = undefined;
    const durationMs = now() - startedAt;
    if (acquisition.ok) {
      held = hold(acquisition, startedAt);
      pause = undefined;
      onEvent({ type: 'tokenRefreshed', trigger, durationMs, lifetimeMs: acquisition.expiresInMs });
      return held.token;
    }
    const { reason, detail } = acquisition;
    const named = acquisition.retryAfterMs !== undefined;
    const retryAfterMs = named ? Math.min(acquisition.retryAfterMs, LONGEST_PAUSE_MS) : undefined;
    const failure = upstreamFailure(reason, detail, retryAfterMs);
    pause = { failure, until: now() + pauseFor(failure), named };
    onEvent({
      type: 'tokenFailed',
      trigger,
      durationMs,
      reason,
      detail,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    return failure;
  };

  const hold = (acquisition: Acquisition & { ok: true }, startedAt: number): Held => {
    const { token, expiresInMs, refreshInMs } = acquisition;
    // Counted from before the request: the answer may have been on its way for a while.
    const expiresAt = startedAt + expiresInMs;
    const wishedFor = refreshInMs ?? expiresInMs - Math.min(RENEW_AHEAD_MS, expiresInMs / 2);
    return {
      token: { ok: true, token, expiresAt, acquiredAt: now() },
      usableUntil: expiresAt - Math.min(MARGIN_MS, expiresInMs / 10),
      // Replicas started together must not renew together.
      renewFrom: startedAt + wishedFor * (1 - 0.05 * random()),
    };
  };

  const pauseFor = ({ reason, retryAfterMs }: LookupFailure): number => {
    if (retryAfterMs !== undefined) return retryAfterMs;
    switch (reason) {
      case 'throttled':
      case 'upstreamUnreachable':
      case 'upstreamUnavailable':
      case 'timeout':
      case 'malformedAnswer':
        return OTHER_PAUSE_MS * (1 + random());
      default:
        return CREDENTIAL_PAUSE_MS;
    }
  };

  const acquisitionUnderWay = (trigger: TokenTrigger): Promise<TokenResult> => (underWay ??= run(trigger));

  const wait = (asked: LookupOptions, trigger: TokenTrigger): Promise<TokenResult> => {
    const acquisition = acquisitionUnderWay(trigger);
    return withinDeadline(asked, now, (signal) =>
      untilAborted(acquisition, signal, () =>
        upstreamFailure('timeout', 'No token came before the deadline of the decision.'),
      ),
    );
  };

  const getToken = async (asked: LookupOptions): Promise<TokenResult> => {
    const token = usable();
    if (token === undefined) return paused() ?? wait(asked, 'missing');
    if (held && now() >= held.renewFrom && paused() === undefined) void acquisitionUnderWay('ageing');
    return token;
  };

  return {
    getToken,
    async renew(rejected, asked) {
      const token = usable();
      if (token === undefined || token.token !== rejected) return getToken(asked);
      const mayAsk = now() - rejectedAskedAt >= REJECTED_PAUSE_MS && paused() === undefined;
      if (underWay === undefined && !mayAsk) return token;
      if (underWay === undefined) rejectedAskedAt = now();
      return wait(asked, 'rejected');
    },
    refreshForPermissions(token) {
      if (usable()?.token !== token || paused() !== undefined || closing.signal.aborted) return;
      if (now() - permissionsAskedAt < PERMISSION_PAUSE_MS) return;
      permissionsAskedAt = now();
      void acquisitionUnderWay('permissions');
    },
    times: () => held && { acquiredAt: held.token.acquiredAt, expiresAt: held.token.expiresAt },
    close: () => closing.abort(),
  };
}
