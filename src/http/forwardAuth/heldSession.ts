import type { FastifyRequest } from 'fastify';
import type { LiveSession } from '../../sessions/sessions.ts';
import type { JourneySurface } from '../am/journeySurface.ts';
import { findHeldToken } from '../am/sessionCookie.ts';

/** The session that came with a request: in its cookie, or as a bearer token of a program. Undefined if none of it is good. */
export async function heldSession(
  request: FastifyRequest,
  { sessions, cookie }: JourneySurface,
): Promise<LiveSession | undefined> {
  const token = findHeldToken(request, cookie)?.token ?? bearerOf(request);
  return token === undefined ? undefined : sessions.find(token);
}

function bearerOf({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
}
