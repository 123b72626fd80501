import type { FastifyRequest } from 'fastify';
import type { JourneyRequest } from '../../journeys/journeyRequest.ts';
import { parseAcceptLanguage } from '../../journeys/localisedTexts.ts';
import type { DeliveredRequest } from '../deliveredRequest.ts';
import { parseCookies } from './sessionCookie.ts';

/** The request as nodes see it. */
export function journeyRequestOf(request: FastifyRequest, delivered: DeliveredRequest): JourneyRequest {
  return {
    ...delivered,
    parameters: queryOf(request),
    cookies: parseCookies(request.headers.cookie),
    locales: parseAcceptLanguage(request.headers['accept-language']),
  };
}

/** Query parameters, each with all its values. */
export function queryOf({ url }: FastifyRequest): ReadonlyMap<string, readonly string[]> {
  const start = url.indexOf('?');
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : url.slice(start + 1))) {
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  return parameters;
}
