import { randomUUID } from 'node:crypto';
import { fastify, LogController } from 'fastify';
import { createLogger } from '../../src/http/logging.ts';
import { deviceIdOf, type ReferenceSettings, type SampleDecision } from './referenceSettings.ts';

/**
 * Serves `POST /v1/decisions` without anything around it: parses the question, writes the log line the gate writes, answers with as
 * many bytes as the gate.
 *
 * @param findState - gives the complianceState of the device
 */
export async function serveReference(
  { port, apiKey, sample }: ReferenceSettings,
  findState: (deviceId: string) => Promise<string> | string,
): Promise<void> {
  const app = fastify({
    loggerInstance: createLogger('info'),
    logController: new LogController({ disableRequestLogging: true }),
  });
  const authorization = `Bearer ${apiKey}`;
  app.post('/v1/decisions', async (request, reply) => {
    const startedAt = Date.now();
    if (request.headers.authorization !== authorization) return reply.code(401).send();
    const state = await findState(deviceIdOf(request.body));
    const decision: SampleDecision = {
      ...sample,
      outcome: state === 'compliant' ? 'Compliant' : 'NotCompliant',
      decisionId: randomUUID(),
    };
    request.log.info(logLine(decision, Date.now() - startedAt), 'decision');
    return decision;
  });
  await app.listen({ host: '127.0.0.1', port });
}

function logLine(decision: SampleDecision, durationMs: number): Record<string, unknown> {
  return {
    decisionId: decision.decisionId,
    node: decision.node,
    caller: 'bench',
    outcome: decision.outcome,
    reason: decision.reason,
    source: decision.evidence.source,
    ageSeconds: decision.evidence.ageSeconds,
    warnings: decision.warnings,
    durationMs,
  };
}
