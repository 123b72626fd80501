import type { FastifyRequest } from 'fastify';

/** The one `traceparent` of a request; two of them are none. */
export function traceparentOf({ headers, raw }: FastifyRequest): string | undefined {
  const value = headers['traceparent'];
  return typeof value === 'string' && raw.headersDistinct['traceparent']?.length === 1 ? value : undefined;
}
