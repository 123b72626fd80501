import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IntuneNode } from '../../node/intuneNode.ts';
import type { Caller } from '../callerAuthentication.ts';
import { decideFor } from '../decideFor.ts';
import { traceparentOf } from '../traceparentOf.ts';
import { parseDecisionRequest } from '../decisionRequest.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asked for a decision, and by which surface that was told. */
    known: { readonly surface: Surface; readonly caller: Caller } | undefined;
  }
}

/**
 * `POST /v1/decisions`: one decision for a journey engine. Every decision is a 200, the outcome Error included; a 4xx says that the
 * call itself was wrong.
 */
export function registerDecisions(
  app: FastifyInstance,
  surface: () => Surface,
  { devices }: { readonly devices: boolean },
): void {
  app.decorateRequest('known', undefined);
  app.route({
    method: 'POST',
    url: '/v1/decisions',
    // Before the body is read: who is not known costs nothing.
    onRequest(request, _reply, done) {
      const current = surface();
      request.known = { surface: current, caller: requireCaller(current, request) };
      done();
    },
    async handler(request, reply) {
      // Who was known when the headers came may not be any more now that the body is here.
      const current = surface();
      const { known } = request;
      const caller = known?.surface === current ? known.caller : requireCaller(current, request);
      const parsed = parseDecisionRequest(request.body);
      if (!parsed.ok)
        throw new ProblemError('malformedRequest', 'Some fields are not as expected.', parsed.errors);
      const node = findNode(current.nodes, parsed.value.node, caller);
      return decideFor(request, reply, node, {
        ...parsed.value.context,
        caller: caller.name,
        traceparent: traceparentOf(request),
        clientCertificate: devices ? current.findDeviceCertificate(request) : undefined,
      });
    },
  });

  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/v1/decisions',
    handler: async (_, reply) => {
      reply.header('allow', 'POST');
      throw new ProblemError('methodNotAllowed', 'Use POST.');
    },
  });
}

function requireCaller({ findCaller }: Pick<Surface, 'findCaller'>, request: FastifyRequest): Caller {
  const caller = findCaller(request);
  if (caller !== undefined) return caller;
  throw new ProblemError('unauthenticated', 'Send a bearer key or a client certificate that is configured.');
}

function findNode(nodes: ReadonlyMap<string, IntuneNode>, name: string, caller: Caller): IntuneNode {
  const node = nodes.get(name);
  if (node === undefined) {
    throw new ProblemError('unknownNode', 'The configuration has no node of this name.', [
      { pointer: '/node', detail: 'is no configured node' },
    ]);
  }
  if (!caller.nodes.has(name)) throw new ProblemError('notPermitted', 'This caller may not ask this node.');
  return node;
}
