import type { FastifyRequest } from 'fastify';
import { aadstsBody } from './aadstsError.ts';
import { graphErrorsFor, graphHeaders } from './graphHeaders.ts';
import { requestOrigin } from './simulatorContext.ts';
import type { AadstsCode } from './aadstsError.ts';
import type { SimulatedEndpoint } from './classifyRequest.ts';
import type { Fault } from './faults.ts';
import type { GraphErrors } from './graphErrors.ts';

export interface FaultAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const SIGN_IN: ReadonlySet<SimulatedEndpoint> = new Set(['token', 'discovery', 'managedIdentity']);

/** The page an overloaded gateway sends instead of JSON, for any status. */
const HTML_PAGE =
  '<HTML><HEAD><TITLE>Service Unavailable</TITLE>\r\n<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n<BODY><h2>Service Unavailable</h2>\r\n<hr><p>HTTP Error. The service is unavailable.</p>\r\n</BODY></HTML>\r\n';

/** What to send for a fault that is a complete answer. */
export function faultAnswer(
  fault: Extract<Fault, { kind: 'status' | 'wrongJson' | 'replace' }>,
  context: { request: FastifyRequest; endpoint: SimulatedEndpoint; now: number },
): FaultAnswer {
  const headers: Record<string, string> = SIGN_IN.has(context.endpoint)
    ? {}
    : graphHeaders(context.request, context.now);
  const json = { ...headers, 'content-type': JSON_TYPE };
  switch (fault.kind) {
    case 'wrongJson':
      return { status: 200, headers: json, body: fault.body ?? '{"complianceState":"comp' };
    case 'replace':
      return { status: 200, headers: json, body: JSON.stringify(fault.body) ?? 'null' };
    case 'status': {
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      const { status, body = 'json' } = fault;
      if (body === 'html') {
        return {
          status,
          headers: { ...headers, ...retry, 'content-type': 'text/html; charset=us-ascii' },
          body: HTML_PAGE,
        };
      }
      if (body === 'empty') {
        const { 'content-type': _none, ...rest } = headers;
        return { status, headers: { ...rest, ...retry }, body: '' };
      }
      return statusAnswer(status, body, { ...json, ...retry }, context);
    }
  }
}

function statusAnswer(
  status: number,
  body: 'json' | 'nested',
  headers: Record<string, string>,
  { request, endpoint, now }: { request: FastifyRequest; endpoint: SimulatedEndpoint; now: number },
): FaultAnswer {
  if (SIGN_IN.has(endpoint)) {
    const { code, error } = signInError(status);
    const details = { value: 'scope', tenant: 'unknown', appId: 'unknown' };
    const text = aadstsBody(
      { code, details },
      { now, origin: requestOrigin(request), correlationId: undefined, error },
    );
    return { status, headers, body: JSON.stringify(text) };
  }
  const errors = graphErrorsFor(request, now);
  const answer = body === 'nested' ? nestedError(status, errors) : plainError(status, errors);
  return { status, headers: { ...headers, ...answer.headers }, body: JSON.stringify(answer.body) };
}

/** Real bodies of transient failures are not known; these numbers are what the documentation names. */
function signInError(status: number): { code: AadstsCode; error: string } {
  if (status === 429) return { code: 90055, error: 'temporarily_unavailable' };
  if (status >= 500)
    return { code: 90033, error: status === 503 ? 'temporarily_unavailable' : 'server_error' };
  if (status === 401) return { code: 7000215, error: 'invalid_client' };
  return { code: 900144, error: 'invalid_request' };
}

function plainError(status: number, errors: GraphErrors) {
  switch (status) {
    case 401:
      return errors.badToken('Access token validation failure.');
    case 403:
      return errors.plain(status, 'Forbidden', 'Access denied.');
    case 404:
      return errors.plain(status, 'ResourceNotFound', 'Resource not found.');
    case 429:
      return errors.throttled();
    case 503:
      return errors.plain(status, 'ServiceUnavailable', 'Service unavailable.');
    case 504:
      // Seen with an empty message.
      return errors.plain(status, 'UnknownError', '');
    default:
      return errors.plain(
        status,
        status >= 500 ? 'InternalServerError' : 'BadRequest',
        'An error has occurred.',
      );
  }
}

function nestedError(status: number, errors: GraphErrors) {
  switch (status) {
    case 401:
      return errors.intuneRefusal();
    case 403:
      return errors.missingScope(['DeviceManagementManagedDevices.Read.All']);
    case 404:
      return errors.nested(status, 'ResourceNotFound');
    case 429:
      return errors.nested(status, 'TooManyRequests');
    case 503:
      return errors.serviceTimeout();
    case 504: {
      const inner = errors.nested(status, 'UnknownError').body as { error: { message: string } };
      return errors.plain(status, 'UnknownError', JSON.stringify({ Message: inner.error.message }));
    }
    default:
      return errors.nested(status, status >= 500 ? 'InternalServerError' : 'BadRequest');
  }
}
