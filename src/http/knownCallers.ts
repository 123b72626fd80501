import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Caller } from './callerAuthentication.ts';
import { ProblemError } from './problem.ts';
import type { Surface } from './surface.ts';

/** Who asks, and what is answered from: one state of the gate for the whole of an answer. */
export interface Asked {
  readonly surface: Surface;
  readonly caller: Caller;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, on routes that want a caller. */
    known: Asked | undefined;
  }
}

export interface KnownCallers {
  /** Refuses who is not known before the body is read: it costs nothing. @throws ProblemError `unauthenticated` */
  readonly onRequest: onRequestHookHandler;
  /** Who was known when the headers came may not be any more now that the body is here. @throws ProblemError `unauthenticated` */
  readonly find: (request: FastifyRequest) => Asked;
}

/** For routes that want a caller. */
export function createKnownCallers(app: FastifyInstance, surface: () => Surface): KnownCallers {
  if (!app.hasRequestDecorator('known')) app.decorateRequest('known', undefined);
  return {
    onRequest(request, _reply, done) {
      const current = surface();
      request.known = { surface: current, caller: requireCaller(current, request) };
      done();
    },
    find(request) {
      const current = surface();
      const { known } = request;
      return known?.surface === current
        ? known
        : { surface: current, caller: requireCaller(current, request) };
    },
  };
}

function requireCaller({ findCaller }: Pick<Surface, 'findCaller'>, request: FastifyRequest): Caller {
  const caller = findCaller(request);
  if (caller !== undefined) return caller;
  throw new ProblemError('unauthenticated', 'Send a bearer key or a client certificate that is configured.');
}
