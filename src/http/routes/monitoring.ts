import type { FastifyInstance } from 'fastify';
import type { Monitoring } from '../monitoring.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';

/** `/metrics` for Prometheus, and `/health`: how the gate and its way to Microsoft are. Neither asks who is asking; the listener does. */
export function registerMonitoring(app: FastifyInstance, surface: () => Surface): void {
  app.get('/metrics', async (request, reply) => {
    const { contentType, text } = await monitoringOf(surface()).expose(request.headers.accept);
    return reply.header('vary', 'accept').type(contentType).send(text);
  });
  app.get('/health', async () => monitoringOf(surface()).health());
}

function monitoringOf({ monitoring }: Surface): Monitoring {
  if (monitoring === undefined) throw new ProblemError('notFound', 'This gate does not measure itself.');
  return monitoring;
}
