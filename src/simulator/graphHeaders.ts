import type { FastifyRequest } from 'fastify';
import { createGraphErrors } from './graphErrors.ts';
import type { GraphErrors } from './graphErrors.ts';
import { requestOrigin } from './simulatorContext.ts';

const DIAGNOSTIC = JSON.stringify({
  ServerInfo: {
    DataCenter: 'West Europe',
    Slice: 'E',
    Ring: '3',
    ScaleUnit: '000',
    RoleInstance: 'AM0000000',
  },
});

/** Headers on every answer of Graph. The caller's client-request-id is echoed; without one it equals request-id. */
export function graphHeaders(request: FastifyRequest, now: number): Record<string, string> {
  return {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'cache-control': 'no-cache',
    date: new Date(now).toUTCString(),
    'request-id': request.id,
    'client-request-id': clientRequestId(request),
    'strict-transport-security': 'max-age=31536000',
    'x-ms-ags-diagnostic': DIAGNOSTIC,
  };
}

/** Error bodies that carry this request's ids. */
export function graphErrorsFor(request: FastifyRequest, now: number): GraphErrors {
  const path = request.url.split('?', 1)[0] ?? '';
  return createGraphErrors({
    requestId: request.id,
    clientRequestId: clientRequestId(request),
    now,
    resourcePath: path.split('/').slice(2).join('/'),
    origin: requestOrigin(request),
  });
}

function clientRequestId(request: FastifyRequest): string {
  const sent = request.headers['client-request-id'];
  return typeof sent === 'string' && /^[\w.-]{1,64}$/.test(sent) ? sent : request.id;
}
