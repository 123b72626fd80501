import type { FastifyReply, FastifyRequest } from 'fastify';

/** What AM's SDKs send beyond what every page may. */
const ALLOWED_HEADERS =
  'accept-api-version, authorization, content-type, x-requested-with, x-requested-platform, x-openam-username, x-openam-password, x-forgerock-transactionid';
const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of the configured origins read answers, with their cookies, and no others. It adds headers alone: a request of another
 * origin is answered without them, and its browser keeps the answer from the page.
 */
export function addCorsHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): void {
  if (origins.length === 0) return;
  reply.header('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return;
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'content-api-version, x-forgerock-transactionid, x-request-id',
  });
  if (request.method !== 'OPTIONS') return;
  reply.headers({
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  });
}
