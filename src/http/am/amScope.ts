import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseStrictJson } from '../../strictJson.ts';
import { deliveredRequest, type DeliveredRequest, type ListenerTrust } from '../deliveredRequest.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';
import { AmError, amErrorBody } from './amError.ts';
import { addCorsHeaders } from './cors.ts';
import type { JourneySurface } from './journeySurface.ts';

/** A route of AM's protocol: it answers for one resource of a realm. `delivered` tells who delivered the request. */
export type AmHandler = (
  request: FastifyRequest,
  reply: FastifyReply,
  surface: JourneySurface,
  delivered: () => DeliveredRequest,
) => Promise<unknown>;

/** What AM's own answers carry. */
const ANSWER_HEADERS = {
  'cache-control': 'private, no-store',
  expires: '0',
  pragma: 'no-cache',
  'x-frame-options': 'SAMEORIGIN',
} as const;

const TRANSACTION_ID = /^[\w.:/-]{1,255}$/;

/**
 * A part of the gate that speaks as AM does: its errors, its headers, and an empty body where JSON is announced, which AM's SDKs send
 * first of all.
 */
export function registerAmScope(
  app: FastifyInstance,
  prefix: string,
  { surface, listener }: { readonly surface: () => Surface; readonly listener: ListenerTrust },
  handlerOf: (path: string, method: string) => AmHandler | undefined,
): void {
  void app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
        if (body.length === 0) return done(null, undefined);
        const parsed = parseStrictJson(body);
        if (parsed.ok) return done(null, parsed.value);
        return done(new AmError(400, parsed.detail));
      });
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
        if (body.length === 0) return done(null, undefined);
        return done(new AmError(415, 'The content type of the request has to be application/json'));
      });
      scope.addHook('onRequest', async (request, reply) => {
        reply.headers(ANSWER_HEADERS);
        const transaction = request.headers['x-forgerock-transactionid'];
        if (typeof transaction === 'string' && TRANSACTION_ID.test(transaction)) {
          reply.header('x-forgerock-transactionid', transaction);
        }
        addCorsHeaders(request, reply, surface().journeys?.corsOrigins ?? []);
        await Promise.resolve();
      });
      scope.setErrorHandler(answerAmError);
      scope.setNotFoundHandler(async () => {
        throw new AmError(404, 'Resource not found');
      });
      scope.route({
        method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url: '/*',
        async handler(request, reply) {
          if (request.method === 'OPTIONS') return reply.code(204).send();
          const current = surface();
          const handler = handlerOf(pathOf(request, prefix), request.method);
          const { journeys } = current;
          if (journeys === undefined || handler === undefined) throw new AmError(404, 'Resource not found');
          return handler(request, reply, journeys, () => deliveredRequest(request, current, listener));
        },
      });
      await Promise.resolve();
    },
    { prefix },
  );
}

function pathOf({ url }: FastifyRequest, prefix: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  return path.slice(prefix.length + 1);
}

/** What Fastify itself refuses, in our words. Its own texts quote the request. */
const FASTIFY_MESSAGES: Readonly<Record<number, string>> = {
  413: 'The request is larger than this server accepts',
  415: 'The content type of the request has to be application/json',
};

async function answerAmError(
  error: FastifyError | AmError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const answer = toAmError(error);
  if (answer.status >= 500) request.log.error({ err: error }, 'request failed');
  // What is refused before its body was read would otherwise go on arriving.
  if (answer.status === 413) reply.header('connection', 'close');
  await reply
    .code(answer.status)
    .type('application/json')
    .send(JSON.stringify(amErrorBody(answer)));
}

function toAmError(error: FastifyError | AmError | ProblemError): AmError {
  if (error instanceof AmError) return error;
  if (error instanceof ProblemError) return new AmError(error.problem.status, error.message);
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return new AmError(500, 'Internal Server Error');
  return new AmError(status, FASTIFY_MESSAGES[status] ?? 'The request cannot be read');
}
