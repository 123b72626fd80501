import type { FastifyRequest } from 'fastify';
import { entryOf, isJsonObject, type JsonObject } from '../../journeys/json.ts';
import type { LiveSession } from '../../sessions/sessions.ts';
import { AmError } from '../am/amError.ts';
import type { AmHandler } from '../am/amScope.ts';
import { checkApiVersion, type SupportedVersions } from '../am/apiVersion.ts';
import { queryOf } from '../am/journeyRequestOf.ts';
import type { JourneySurface } from '../am/journeySurface.ts';
import { expiredCookie, findHeldToken, type HeldToken } from '../am/sessionCookie.ts';

const VERSIONS: SupportedVersions = { resource: [1, 2, 3, 4, 5], answered: '4.0' };

const ACTIONS = [
  'getSessionInfo',
  'getSessionInfoAndResetIdleTime',
  'refresh',
  'validate',
  'logout',
] as const;

/** `POST /json/{realmPath}/sessions?_action=…`: what a session is, whether it is good, and its end. */
export const sessions: AmHandler = async (request, reply, surface) => {
  const version = request.headers['accept-api-version'];
  checkApiVersion(typeof version === 'string' ? version : undefined, VERSIONS);
  reply.header('content-api-version', `resource=${VERSIONS.answered}`);
  const action = actionOf(request);
  const held = findToken(request, surface);
  refuseForgery(request, held);
  const live = held === undefined ? undefined : await surface.sessions.find(held.token);

  if (action === 'validate') {
    if (live === undefined) return { valid: false };
    if (queryOf(request).get('refresh')?.[0] === 'true') await surface.sessions.use(live.session);
    const { id, username, realm } = live.session;
    return { valid: true, sessionUid: id, uid: username, realm };
  }
  if (live === undefined) throw new AmError(401, 'Access Denied');
  switch (action) {
    case 'logout':
      await surface.sessions.revoke(live.session);
      if (held?.inCookie === true) reply.header('set-cookie', expiredCookie(surface.cookie));
      return { result: 'Successfully logged out' };
    case 'refresh':
    case 'getSessionInfoAndResetIdleTime': {
      await surface.sessions.use(live.session);
      return describe((await surface.sessions.find(live.token)) ?? live);
    }
    case 'getSessionInfo':
      return describe(live);
  }
};

function actionOf(request: FastifyRequest): (typeof ACTIONS)[number] {
  const [named, ...others] = queryOf(request).get('_action') ?? [];
  const action = ACTIONS.find((known) => known === named);
  if (action === undefined || others.length > 0) {
    throw new AmError(400, `The _action is none of ${ACTIONS.join(', ')}`);
  }
  return action;
}

/** The session that is spoken of: named in the body, or the client's own. */
function findToken(request: FastifyRequest, { cookie }: JourneySurface): HeldToken | undefined {
  const { body } = request;
  const named = isJsonObject(body) ? entryOf(body, 'tokenId') : undefined;
  if (typeof named === 'string' && named !== '') return { token: named, inCookie: false };
  return findHeldToken(request, cookie);
}

/** A browser adds cookies to what other sites make it send, but none of these headers. */
function refuseForgery({ headers }: FastifyRequest, held: HeldToken | undefined): void {
  const isMarked = headers['x-requested-with'] !== undefined || headers['accept-api-version'] !== undefined;
  if (held?.inCookie === true && !isMarked) {
    throw new AmError(403, 'Send X-Requested-With or Accept-API-Version');
  }
}

function describe({ session, lastUsedAt, idleEndsAt }: LiveSession): JsonObject {
  const { device } = session;
  return {
    username: session.username,
    universalId: session.universalId,
    realm: session.realm,
    latestAccessTime: isoSeconds(lastUsedAt),
    maxIdleExpirationTime: isoSeconds(idleEndsAt),
    maxSessionExpirationTime: isoSeconds(session.expiresAt),
    properties: {
      ...session.properties,
      AMCtxId: session.id,
      AuthLevel: String(session.authLevel),
      AuthType: session.methods.join('|'),
      Service: session.service,
      ...(device === undefined
        ? {}
        : {
            DeviceId: device.id,
            DeviceOutcome: device.outcome,
            DeviceReason: device.reason,
            DecisionId: device.decisionId,
          }),
    },
  };
}

/** As AM writes times: `2026-11-21T09:30:00Z`. */
function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
