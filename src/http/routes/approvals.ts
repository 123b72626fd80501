import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { inputRefusal } from '../../operations/inputRefusal.ts';
import { jsonSchemaOf } from '../../operations/marks.ts';
import { requestSchema } from '../../operations/requestView.ts';
import { wrapUntrusted } from '../../operations/untrustedText.ts';
import { createKnownCallers } from '../knownCallers.ts';
import { operationProblem } from '../operationProblem.ts';
import { actorOf, operationsOf, withinCall } from '../operationsSurface.ts';
import type { Surface } from '../surface.ts';

export const approveBody = z
  .strictObject({
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the digest of the request')
      .describe('`digest` of the request that you looked at: the approval is good for nothing else.'),
    dry_run: z.boolean().default(false).describe('Tell whether it could be approved; decide nothing.'),
  })
  .describe('An approval.');

export const denyBody = z
  .strictObject({ dry_run: z.boolean().default(false).describe('Decide nothing.') })
  .describe('A denial; of an own request, its withdrawal.');

const requests = jsonSchemaOf(requestSchema);

/** Requests that wait for somebody else, and the word of that somebody. */
export function registerApprovals(app: FastifyInstance, surface: () => Surface): void {
  const callers = createKnownCallers(app, surface);

  app.route({
    method: 'GET',
    url: '/v1/approvals',
    onRequest: callers.onRequest,
    async handler(request) {
      const { surface: current, caller } = callers.find(request);
      const found = await operationsOf(current).operations.listRequests(actorOf(caller, 'http'), 'pending');
      if ('ok' in found) throw operationProblem(found);
      return { approvals: found.map((one) => wrapUntrusted(requests, one)) };
    },
  });

  for (const [verdict, schema] of [
    ['approve', approveBody],
    ['deny', denyBody],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/v1/approvals/:id/${verdict}`,
      onRequest: callers.onRequest,
      async handler(request, reply) {
        const { surface: current, caller } = callers.find(request);
        const served = operationsOf(current);
        const parsed = schema.safeParse(request.body ?? {});
        if (!parsed.success) throw operationProblem(inputRefusal(parsed.error));
        const { id } = request.params as { readonly id: string };
        const { dry_run: dryRun, digest } = parsed.data as Partial<z.output<typeof approveBody>>;
        const decision = { verdict, dryRun: dryRun === true, digest };
        const result = await withinCall(served, reply, false, (bound) =>
          served.operations.decide(actorOf(caller, 'http'), id.toLowerCase(), decision, bound),
        );
        if (!result.ok) throw operationProblem(result);
        return wrapUntrusted(requests, result.value);
      },
    });
  }
}
