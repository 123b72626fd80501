import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision, TracedDecision } from '../node/decision.ts';
import type { IntuneNode } from '../node/intuneNode.ts';
import type { RequestContext } from '../node/requestContext.ts';
import { watchDeparture } from './departure.ts';

/**
 * Has a node decide for one request, and writes the one line of the log that every decision has.
 *
 * @param describe - what else there is to say in that line, of a decision that somebody waits for
 */
export async function decideFor(
  request: FastifyRequest,
  reply: FastifyReply,
  node: IntuneNode,
  context: RequestContext,
  describe: (decision: Decision) => object = NOTHING_MORE,
): Promise<Decision> {
  // Who hangs up needs no answer, and Microsoft need not be asked for one.
  const departure = watchDeparture(reply.raw);
  const traced = await node.decide(context, departure);
  // What is found about a request that nobody waits for any more says nothing about the device.
  if (departure.aborted) {
    request.log.info({ node: traced.decision.node, caller: context.caller }, 'caller went away');
  } else {
    request.log.info({ ...logLine(traced, context.caller), ...describe(traced.decision) }, 'decision');
  }
  return traced.decision;
}

const NOTHING_MORE = (): object => ({});

/** What an operator needs to find a decision again. Device ids stay out: they are in the answer, for whoever is entitled to it. */
function logLine(
  { decision, durationMs }: TracedDecision,
  caller: string | undefined,
): Record<string, unknown> {
  return {
    decisionId: decision.decisionId,
    node: decision.node,
    caller,
    outcome: decision.outcome,
    reason: decision.reason,
    source: decision.evidence.source,
    ageSeconds: decision.evidence.ageSeconds,
    warnings: decision.warnings.map(({ reason }) => reason),
    durationMs,
  };
}
