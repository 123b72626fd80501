import type { FastifyInstance } from 'fastify';
import type { IntuneNode } from '../../node/intuneNode.ts';
import type { Caller } from '../callerAuthentication.ts';
import { decideFor } from '../decideFor.ts';
import { traceparentOf } from '../traceparentOf.ts';
import { parseDecisionRequest } from '../decisionRequest.ts';
import { createKnownCallers } from '../knownCallers.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';

/**
 * `POST /v1/decisions`: one decision for a journey engine. Every decision is a 200, the outcome Error included; a 4xx says that the
 * call itself was wrong.
 */
export function registerDecisions(
  app: FastifyInstance,
  surface: () => Surface,
  { devices }: { readonly devices: boolean },
): void {
  const callers = createKnownCallers(app, surface);

  app.route({
    method: 'POST',
    url: '/v1/decisions',
    onRequest: callers.onRequest,
    async handler(request, reply) {
      const { surface: current, caller } = callers.find(request);
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
