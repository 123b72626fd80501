import type { SessionDevice } from '../../sessions/session.ts';
import type { LiveSession, Sessions } from '../../sessions/sessions.ts';
import type { Gathered, SealedDevice } from '../engine/journeyRun.ts';
import type { StepEnd } from '../engine/stepEnd.ts';
import type { JsonObject } from '../json.ts';
import type { NodePorts } from '../nodeContext.ts';
import { authLevelOf } from '../nodes/authLevel.ts';
import { parseOrText } from '../nodes/setDetails.ts';
import { loginFailure, type AuthenticateAnswer } from './authenticateAnswer.ts';
import type { JourneyEnd } from './journeyEnd.ts';

export interface FinishOptions {
  readonly sessions: Sessions;
  readonly ports: Pick<NodePorts, 'identities' | 'attempts'>;
  readonly realm: string;
  /** Where clients go after success, unless the journey says otherwise. */
  readonly successUrl: string;
}

/** What the last request of a journey brought along. */
export interface FinishRequest {
  readonly existing: LiveSession | undefined;
  readonly signal: AbortSignal;
}

/** Browsers keep no larger cookie, without a word. */
const LONGEST_TOKEN = 3_900;

type Succeeded = Extract<StepEnd, { readonly is: 'succeeded' }>;

/**
 * Success is the journey's word that somebody may go in; who that is has to be known to the identity store, active, and the one who
 * proved something on the way. Only then there is a session.
 */
export async function finishJourney(
  end: Succeeded,
  { existing, signal }: FinishRequest,
  options: FinishOptions,
): Promise<{ readonly answer: AuthenticateAnswer; readonly told: JourneyEnd }> {
  const { journey, gathered, journeyId, state } = end;
  const { realm, sessions, ports } = options;
  const about = {
    journeyId,
    tree: journey.name,
    ...decisionOf(gathered),
  };
  const refusal = (result: 'noUser' | 'userChanged' | 'tooLarge') => ({
    answer: loginFailure({ ...gathered.failure, failureUrl: textOf(state.get('failureUrl')) ?? '' }),
    told: { ...about, result },
  });

  const username = textOf(state.get('username'));
  const identity = username === undefined ? undefined : await ports.identities.find(username, signal);
  if (gathered.identified !== undefined && !isSame(gathered.identified)) return refusal('userChanged');
  if (await wasLoggedOut()) return refusal('noUser');
  const successUrl = textOf(state.get('successUrl')) ?? options.successUrl;
  if (end.noSession || journey.noSession) {
    await clearAttempts();
    const body = { message: 'Authentication Successful', successUrl, realm, ...gathered.success.details };
    return { answer: { is: 'success', body }, told: { ...about, result: 'succeeded' } };
  }
  if (identity?.active !== true) return refusal('noUser');

  const upgraded = existing?.session.username === identity.username ? existing.session : undefined;
  const properties = { ...upgraded?.properties, ...gathered.sessionProperties };
  const device = deviceOf(gathered.device);
  const issued = await sessions.issue({
    username: identity.username,
    universalId: identity.id,
    service: journey.name,
    authLevel: authLevelOf(state) ?? 0,
    methods: gathered.methods,
    ...(device === undefined ? {} : { device }),
    properties,
    maxMinutes: gathered.maxSessionMinutes ?? journey.maximumSessionTime,
    idleMinutes: gathered.maxIdleMinutes ?? journey.maximumIdleTime,
  });
  if (issued.token.length > LONGEST_TOKEN) return refusal('tooLarge');
  // The new session takes the place of the one that came along, whoever's that was.
  if (existing !== undefined) await sessions.revoke(existing.session);
  await clearAttempts();
  const details = detailsOf(end, properties);
  return {
    answer: { is: 'success', body: { tokenId: issued.token, successUrl, realm, ...details }, issued },
    told: { ...about, result: 'succeeded', sessionId: issued.session.id },
  };

  /** Is who proved something the one at the end? Somebody may have got that name meanwhile. */
  function isSame({ id, username: proved }: { readonly id: string; readonly username: string }): boolean {
    return identity === undefined ? proved === username : id === identity.id && proved === identity.username;
  }

  /** Where the session it began with is all that says who it is, and that was ended meanwhile. */
  async function wasLoggedOut(): Promise<boolean> {
    const isAll = gathered.identified === undefined && end.beganWith !== undefined;
    return isAll && (await sessions.isRevoked(end.beganWith));
  }

  /** Of who logs in, under whatever name; or whoever may guess at others could forget it for them. */
  async function clearAttempts(): Promise<void> {
    for (const { key, username: given } of gathered.attempts) {
      const isOwn =
        given === username ||
        (identity !== undefined && (await ports.identities.find(given, signal))?.id === identity.id);
      if (isOwn) await ports.attempts.clear(key);
    }
  }
}

/** What the log needs to find the decision again. */
export function decisionOf({ device }: Gathered): Pick<JourneyEnd, 'decisionId' | 'reason'> {
  return device === undefined ? {} : { decisionId: device.decisionId, reason: device.reason };
}

/** A decision without a device proves none. */
function deviceOf(sealed: SealedDevice | undefined): SessionDevice | undefined {
  if (sealed === undefined || sealed.deviceId === null) return undefined;
  const { deviceId, outcome, reason, decisionId, evaluatedAt } = sealed;
  return { id: deviceId, outcome, reason, decisionId, evaluatedAt };
}

/** What SetSuccessDetailsNode adds to the answer. */
function detailsOf({ gathered }: Succeeded, properties: Readonly<Record<string, string>>): JsonObject {
  const { details, sessionProperties } = gathered.success;
  const fromSession = Object.entries(sessionProperties).flatMap(([key, name]) => {
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return value === undefined ? [] : [[key, parseOrText(value)] as const];
  });
  return { ...Object.fromEntries(fromSession), ...details };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
