import type { FastifyInstance } from 'fastify';
import { AmError } from '../am/amError.ts';
import { parseAmPath, type AmPath } from '../am/amPath.ts';
import { registerAmScope, type AmHandler } from '../am/amScope.ts';
import { queryOf } from '../am/journeyRequestOf.ts';
import type { JourneySurface } from '../am/journeySurface.ts';
import type { ListenerTrust } from '../deliveredRequest.ts';
import type { Surface } from '../surface.ts';
import { authenticate } from './authenticate.ts';
import { serverInfo, serverVersion } from './serverInfo.ts';
import { sessions } from './sessions.ts';
import { jwks, openidConfiguration } from './wellKnown.ts';

interface Resource {
  readonly method: 'GET' | 'POST';
  readonly handler: AmHandler;
  /** Also answered at the top, for clients that name no realm. */
  readonly atTop: boolean;
}

/** Below `/json`. */
const JSON_RESOURCES: ReadonlyMap<string, Resource> = new Map([
  ['authenticate', { method: 'POST', handler: authenticate, atTop: false }],
  ['sessions', { method: 'POST', handler: sessions, atTop: true }],
  ['serverinfo/*', { method: 'GET', handler: serverInfo, atTop: true }],
  ['serverinfo/version', { method: 'GET', handler: serverVersion, atTop: true }],
]);

/** Below `/oauth2`. */
const OAUTH_RESOURCES: ReadonlyMap<string, Resource> = new Map([
  ['.well-known/openid-configuration', { method: 'GET', handler: openidConfiguration, atTop: false }],
  ['connect/jwk_uri', { method: 'GET', handler: jwks, atTop: false }],
]);

/** AM's protocol: journeys, sessions, and what clients ask about the server. */
export function registerJourneys(
  app: FastifyInstance,
  surface: () => Surface,
  listener: ListenerTrust,
): void {
  registerAmScope(app, '/json', { surface, listener }, handlers(JSON_RESOURCES));
  registerAmScope(app, '/oauth2', { surface, listener }, handlers(OAUTH_RESOURCES));
}

function handlers(resources: ReadonlyMap<string, Resource>) {
  return (path: string, method: string): AmHandler | undefined => {
    const parsed = parseAmPath(path);
    const resource = parsed === undefined ? undefined : resources.get(parsed.resource);
    if (parsed === undefined || resource === undefined) return undefined;
    return async (request, reply, surface, delivered) => {
      if (!isAnswered(parsed, resource, queryOf(request).get('realm'), surface)) {
        throw new AmError(404, 'There is no such realm');
      }
      if (method !== resource.method) {
        reply.header('allow', resource.method);
        throw new AmError(405, `Use ${resource.method}`);
      }
      return resource.handler(request, reply, surface, delivered);
    };
  };
}

/** The realm stands in the path, or in a parameter, or is the top one. */
function isAnswered(
  { realm }: AmPath,
  { atTop }: Resource,
  named: readonly string[] = [],
  surface: JourneySurface,
): boolean {
  if (named.length > 1) return false;
  const asked = realm ?? (named[0] === undefined ? '/' : `/${named[0].replace(/^\//, '')}`);
  return asked === surface.realm || (atTop && asked === '/');
}
