import { randomUUID } from 'node:crypto';
import { fastify, LogController } from 'fastify';
import { createLogger } from '../../src/http/logging.ts';
import { readReferenceSettings } from './referenceSettings.ts';

/**
 * The cheapest honest service that a proxy could ask: it lets everybody pass, writes the log line the gate writes, and answers with the
 * headers the gate answers with.
 */
const { port, sample } = readReferenceSettings();
const DEVICE = 'c0000001-0000-4000-8000-000000000001';

const app = fastify({
  loggerInstance: createLogger('info'),
  logController: new LogController({ disableRequestLogging: true }),
});
app.get('/auth/request', async (request, reply) => {
  const startedAt = Date.now();
  const decisionId = randomUUID();
  request.log.info(
    {
      decisionId,
      node: sample.node,
      caller: 'edge',
      outcome: sample.outcome,
      reason: sample.reason,
      source: 'cache',
      ageSeconds: 1,
      warnings: sample.warnings,
      durationMs: Date.now() - startedAt,
      policy: 'default',
      action: 'allow',
      verdict: 'pass',
    },
    'decision',
  );
  return reply
    .headers({
      'x-request-id': randomUUID(),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-device-outcome': sample.outcome,
      'x-device-reason': sample.reason,
      'x-decision-id': decisionId,
      'x-device-id': DEVICE,
      'x-auth-user': '',
      'x-auth-level': '',
      'x-device-warning': '',
      'x-device-monitor': '',
    })
    .code(200)
    .send();
});
await app.listen({ host: '127.0.0.1', port });
