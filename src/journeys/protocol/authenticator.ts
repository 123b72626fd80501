import type { Session } from '../../sessions/session.ts';
import type { LiveSession } from '../../sessions/sessions.ts';
import { callbacks } from '../callbacks/callback.ts';
import { parseAnswers } from '../callbacks/parseAnswers.ts';
import { renderCallbacks } from '../callbacks/renderCallbacks.ts';
import type { JourneyEngine, StepRequest } from '../engine/journeyEngine.ts';
import type { StepEnd } from '../engine/stepEnd.ts';
import type { JourneyRequest } from '../journeyRequest.ts';
import { entryOf, isJsonObject, type JsonObject } from '../json.ts';
import type { ExistingSession } from '../nodeContext.ts';
import type { RunSealer } from '../seal/runSealer.ts';
import type { SuspendedJourneys } from '../suspendedJourneys.ts';
import type { UsedTokens } from '../usedTokens.ts';
import {
  loginFailure,
  refuse,
  TIMED_OUT,
  UNKNOWN_LINK,
  type AuthenticateAnswer,
} from './authenticateAnswer.ts';
import { chooseJourney, type JourneyChoice } from './chooseJourney.ts';
import { mayReuse } from './mayReuse.ts';
import { decisionOf, finishJourney, type FinishOptions } from './finishJourney.ts';
import type { JourneyEnd } from './journeyEnd.ts';

export interface AuthenticatorOptions extends JourneyChoice, FinishOptions {
  readonly engine: JourneyEngine;
  readonly sealer: RunSealer;
  readonly usedTokens: UsedTokens;
  readonly suspended: SuspendedJourneys;
  readonly onEnd?: (end: JourneyEnd) => void;
}

/** A call of AM's authenticate endpoint. */
export interface AuthenticateCall {
  /** Undefined for an empty body. */
  readonly body: unknown;
  readonly request: JourneyRequest;
  /** The session token the client sent along. */
  readonly sessionToken: string | undefined;
  readonly signal: AbortSignal;
}

export interface Authenticator {
  /** Rejects only for a bug or a store that fails; nothing has succeeded then. */
  authenticate(call: AuthenticateCall): Promise<AuthenticateAnswer>;
}

/** AM's protocol without HTTP: starts journeys, goes on with them, and turns their ends into answers. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { engine, sealer, sessions, usedTokens, suspended, realm } = options;

  async function authenticate(call: AuthenticateCall): Promise<AuthenticateAnswer> {
    const { body, request, signal } = call;
    if (body !== undefined && !isJsonObject(body)) return refuse(400, 'The request body is no JSON object');
    const token = single(request, 'sessionUpgradeSSOTokenId');
    const existing = await findSession(token ?? call.sessionToken);
    if (token !== undefined && existing === undefined) return refuse(400, 'Invalid sessionUpgradeSSOTokenId');
    const step = { request, session: describe(existing?.session), signal };

    if (body !== undefined && Object.keys(body).length > 0) return proceed(body, step, existing);
    const link = single(request, 'suspendedId');
    return link === undefined ? start(step, existing) : resume(link, step, existing);
  }

  async function findSession(token: string | undefined): Promise<LiveSession | undefined> {
    return token === undefined ? undefined : sessions.find(token);
  }

  async function start(step: StepRequest, existing: LiveSession | undefined): Promise<AuthenticateAnswer> {
    const chosen = chooseJourney(step.request.parameters, options);
    if (!chosen.ok) return chosen.refusal;
    if (existing !== undefined && mayReuse(existing.session, chosen, options.journeys, step.request)) {
      await sessions.use(existing.session);
      const { successUrl } = options;
      return { is: 'success', body: { tokenId: existing.token, successUrl, realm } };
    }
    const beginning = {
      state: {
        ...(existing === undefined ? {} : { username: existing.session.username }),
        ...(chosen.targetLevel === undefined ? {} : { targetAuthLevel: chosen.targetLevel }),
      },
      noSession: single(step.request, 'noSession') === 'true',
    };
    return answer(await engine.start(chosen.journey, beginning, step), step, existing);
  }

  async function proceed(
    body: JsonObject,
    step: StepRequest,
    existing: LiveSession | undefined,
  ): Promise<AuthenticateAnswer> {
    const opened = await sealer.open(entryOf(body, 'authId'));
    if (!opened.ok) return TOKEN_FAULTS[opened.fault];
    const { run, oneTimeKey } = opened;
    // One that waits for a link goes on by the link alone.
    if (run.asked.length === 0) return refuse(400, 'Incorrect number of callbacks found in JSON response');
    const parsed = parseAnswers(run.asked, entryOf(body, 'callbacks'));
    if (!parsed.ok) return refuse(400, parsed.message);
    // Malformed answers use nothing up; from here on, this step is taken.
    if (!(await usedTokens.claim(oneTimeKey, run.expiresAt))) {
      options.onEnd?.({ journeyId: run.id, tree: run.tree, result: 'replayed' });
      return loginFailure();
    }
    return answer(await engine.proceed(run, parsed.answers, step), step, existing);
  }

  async function resume(
    link: string,
    step: StepRequest,
    existing: LiveSession | undefined,
  ): Promise<AuthenticateAnswer> {
    const opened = await sealer.open(await suspended.take(link));
    if (!opened.ok) return UNKNOWN_LINK;
    return answer(await engine.proceed(opened.run, 'resumed', step), step, existing);
  }

  async function answer(
    end: StepEnd,
    { signal }: StepRequest,
    existing: LiveSession | undefined,
  ): Promise<AuthenticateAnswer> {
    switch (end.is) {
      case 'asked': {
        const { token } = await sealer.seal(end.run);
        const shown = renderCallbacks(end.callbacks, end.run.asked);
        return { is: 'step', body: { authId: token, callbacks: shown, ...end.page } };
      }
      case 'suspended': {
        const { token } = await sealer.seal(end.run);
        await suspended.keep(end.id, token, end.run.expiresAt);
        const text = callbacks.suspendedTextOutput(end.message);
        return { is: 'step', body: { authId: token, callbacks: renderCallbacks([text], []) } };
      }
      case 'succeeded': {
        const finished = await finishJourney(end, { existing, signal }, options);
        options.onEnd?.(finished.told);
        return finished.answer;
      }
      case 'failed':
        options.onEnd?.({
          journeyId: end.journeyId,
          tree: end.tree,
          result: end.cause,
          ...decisionOf(end.gathered),
        });
        return loginFailure({ ...end.gathered.failure, failureUrl: end.failureUrl });
      case 'timedOut':
        return TIMED_OUT;
    }
  }

  return { authenticate };
}

const TOKEN_FAULTS = {
  unreadable: refuse(400, 'Failed to parse JWT, the authId is not one of this server'),
  badSignature: refuse(400, 'AuthId JWT Signature not valid'),
  expired: TIMED_OUT,
} as const;

/** A parameter that stands there once. What stands there twice is left out, as nobody can say which was meant. */
function single({ parameters }: JourneyRequest, name: string): string | undefined {
  const [value, ...others] = parameters.get(name) ?? [];
  return others.length === 0 && value !== '' ? value : undefined;
}

function describe(session: Session | undefined): ExistingSession | undefined {
  if (session === undefined) return undefined;
  const { id, username, authLevel, properties } = session;
  return { id, username, authLevel, properties };
}
