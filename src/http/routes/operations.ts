import type { FastifyInstance } from 'fastify';
import { OPERATIONS } from '../../operations/catalogue.ts';
import { jsonSchemaOf } from '../../operations/marks.ts';
import { requestSchema } from '../../operations/requestView.ts';
import { wrapUntrusted } from '../../operations/untrustedText.ts';
import { createKnownCallers } from '../knownCallers.ts';
import { inputSchemaOf, readInput } from '../operationInput.ts';
import { operationProblem } from '../operationProblem.ts';
import { actorOf, operationsOf, withinCall } from '../operationsSurface.ts';
import type { Surface } from '../surface.ts';

const requests = jsonSchemaOf(requestSchema);

/** Every operation of the catalogue at its own place, and the catalogue itself. */
export function registerOperations(app: FastifyInstance, surface: () => Surface): void {
  const callers = createKnownCallers(app, surface);

  for (const operation of OPERATIONS) {
    const schema = inputSchemaOf(operation);
    app.route({
      method: operation.route.method,
      url: `/v1${operation.route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      onRequest: callers.onRequest,
      async handler(request, reply) {
        const { surface: current, caller } = callers.find(request);
        const served = operationsOf(current);
        const isReading = operation.class === 'READ';
        const input = readInput(request, operation, schema);
        const result = await withinCall(served, reply, isReading, (bound) =>
          served.operations.invoke(actorOf(caller, 'http'), operation, input, bound),
        );
        if (!result.ok) throw operationProblem(result);
        if (isReading) return result.value;
        const isWaiting = 'state' in result.value && result.value.state === 'pendingApproval';
        return reply.code(isWaiting ? 202 : 200).send(wrapUntrusted(requests, result.value));
      },
    });
  }

  app.route({
    method: 'GET',
    url: '/v1/operations',
    onRequest: callers.onRequest,
    async handler(request) {
      const { caller } = callers.find(request);
      return {
        grants: [...caller.grants],
        tenants: [...caller.tenants],
        operations: OPERATIONS.map(({ name, class: ofClass, summary, route }) => ({
          name,
          class: ofClass,
          summary,
          granted: caller.grants.has(ofClass),
          method: route.method,
          path: `/v1${route.path}`,
        })),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/operations/:id',
    onRequest: callers.onRequest,
    async handler(request, reply) {
      const { surface: current, caller } = callers.find(request);
      const served = operationsOf(current);
      const { id } = request.params as { readonly id: string };
      const result = await withinCall(served, reply, true, (bound) =>
        served.operations.findRequest(actorOf(caller, 'http'), id.toLowerCase(), bound),
      );
      if (!result.ok) throw operationProblem(result);
      return wrapUntrusted(requests, result.value);
    },
  });
}
