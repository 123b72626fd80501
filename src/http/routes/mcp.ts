import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createKnownCallers } from '../knownCallers.ts';
import { actorOf, operationsOf, withinCall, type OperationsSurface } from '../operationsSurface.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';

/** Of the tools, not of the program. */
const VERSION = '1';

/** `POST /mcp`: the tools of assistants over streamable HTTP. */
export function registerMcp(app: FastifyInstance, surface: () => Surface): void {
  const callers = createKnownCallers(app, surface);

  app.route({
    method: 'POST',
    url: '/mcp',
    onRequest: callers.onRequest,
    async handler(request, reply) {
      const { surface: current, caller } = callers.find(request);
      const served = operationsOf(current);
      refuseForeignPage(request, served);
      // Several calls at once would be counted as one.
      if (Array.isArray(request.body))
        throw new ProblemError('malformedRequest', 'Send one message at a time.');
      // Loaded by the first who comes this way: the protocol's library is larger than the rest of the gate.
      const { answerMcp } = await import('../../mcp/answerMcp.ts');
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      try {
        await answerMcp(request.raw, reply.raw, request.body, {
          operations: served.operations,
          actor: actorOf(caller, 'mcp'),
          version: VERSION,
          within: (run) => withinCall(served, reply, false, run),
        });
      } catch (error) {
        request.log.error({ err: error as Error }, 'request failed');
        reply.raw.destroy();
      }
    },
  });

  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/mcp',
    handler: async (_, reply) => {
      reply.header('allow', 'POST');
      throw new ProblemError(
        'methodNotAllowed',
        'Use POST: there are no sessions, and nothing is sent unasked.',
      );
    },
  });
}

/** Browsers name the page that sends something; programs do not. A page that got here by a name it was not meant to know is foreign too. */
function refuseForeignPage({ headers: { origin } }: FastifyRequest, { mcpOrigins }: OperationsSurface): void {
  if (origin !== undefined && !mcpOrigins.has(origin)) {
    throw new ProblemError(
      'notPermitted',
      'Pages of this origin may not use the tools (operations.mcpOrigins).',
    );
  }
}
