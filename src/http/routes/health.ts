import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problem.ts';

/**
 * `/livez`: the process answers. `/readyz`: it takes work; not while it is shutting down. Neither says anything about Microsoft: an
 * outage there is answered decision by decision, and restarting the gate would not end it.
 */
export function registerHealth(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    if (closing) throw new ProblemError('shuttingDown', 'Ask another replica.');
    return { status: 'ok' };
  });
}
