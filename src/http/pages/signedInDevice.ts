import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../node/decision.ts';
import type { RequestContext } from '../../node/requestContext.ts';
import type { Session } from '../../sessions/session.ts';
import { findHeldToken } from '../am/sessionCookie.ts';
import { decideFor } from '../decideFor.ts';
import { loginState } from '../loginState.ts';
import type { PageContext } from './pageScope.ts';

/** Somebody at a device, and whether the two belong together. */
export type SignedInDevice =
  | { readonly is: 'nobody' }
  /** The request shows no device, or another one than the login was made with. Nothing about either is for whoever asks. */
  | { readonly is: 'unproved'; readonly session: Session; readonly showsDevice: boolean }
  | {
      readonly is: 'proved';
      readonly session: Session;
      /** A browser sends the session by itself, so that another site may have made it send the request. */
      readonly inCookie: boolean;
      readonly decision: Decision;
      readonly decideAgain: () => Promise<Decision>;
    };

/**
 * Who asks, with which device. What a session says of a device is a memory; the device itself has to be there again, and be the same
 * one: a session that was taken elsewhere shows nothing.
 */
export async function findSignedInDevice(
  request: FastifyRequest,
  reply: FastifyReply,
  { journeys, pages, delivered }: PageContext,
): Promise<SignedInDevice> {
  const held = findHeldToken(request, journeys.cookie);
  const live = held === undefined ? undefined : await journeys.sessions.find(held.token);
  if (held === undefined || live === undefined) return { is: 'nobody' };
  const { session } = live;
  const presented = delivered();
  const context: RequestContext = {
    ...presented,
    sharedState: await loginState(pages.node, presented, session),
  };
  const decide = (recheck: boolean): Promise<Decision> =>
    decideFor(request, reply, pages.node, { ...context, recheck });
  const decision = await decide(false);
  const ids = [decision.deviceId, decision.managedDeviceId, decision.azureADDeviceId];
  return session.device !== undefined && ids.includes(session.device.id)
    ? { is: 'proved', session, inCookie: held.inCookie, decision, decideAgain: () => decide(true) }
    : { is: 'unproved', session, showsDevice: decision.deviceId !== null };
}
