import type { FastifyRequest } from 'fastify';
import type { HeaderLine } from '../node/requestContext.ts';

/** Most header lines a request may have. Real ones have a tenth of it. */
export const MOST_HEADER_LINES = 200;

export function hasTooManyHeaders({ raw }: FastifyRequest): boolean {
  return raw.rawHeaders.length / 2 > MOST_HEADER_LINES;
}

/** The header lines as they came: none joined, none dropped, names as spelled. */
export function headerLinesOf({ raw: { rawHeaders } }: FastifyRequest): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([rawHeaders[index] ?? '', rawHeaders[index + 1]]);
  }
  return lines;
}
