import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * A 4xx as RFC 9457 describes it. `type` is a stable name a program may branch on; `detail` is for people and never repeats a value
 * from the request.
 */
export interface Problem {
  readonly type: ProblemType;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The place in the body that is wrong, as a JSON Pointer, and what is wrong there. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  /** Why Microsoft did not answer, from the list of docs/reasons.md. */
  readonly reason?: string;
}

const PROBLEMS = {
  malformedRequest: { status: 400, title: 'The request is malformed.' },
  unauthenticated: { status: 401, title: 'No known caller.' },
  notPermitted: { status: 403, title: 'The caller may not do this.' },
  notFound: { status: 404, title: 'There is nothing here.' },
  methodNotAllowed: { status: 405, title: 'This method is not offered here.' },
  timeout: { status: 408, title: 'The request took too long to arrive.' },
  tooLarge: { status: 413, title: 'The request is too large.' },
  unsupportedMediaType: { status: 415, title: 'The body must be JSON.' },
  misdirected: { status: 421, title: 'This is not the server for this name.' },
  unknownNode: { status: 422, title: 'There is no node of this name.' },
  tooSoon: { status: 429, title: 'This was asked for a moment ago.' },
  tooManyHeaders: { status: 431, title: 'The request has too many headers.' },
  tooManyAtOnce: { status: 429, title: 'Too many requests are under way on this connection.' },
  deviceNotFound: { status: 404, title: 'Intune knows no such device.' },
  groupNotFound: { status: 404, title: 'Entra knows no such group.' },
  memberNotFound: { status: 404, title: 'Entra knows no such user or device.' },
  approvalNotFound: { status: 404, title: 'There is no such request.' },
  badCursor: { status: 400, title: 'The cursor is not good.' },
  requestIdReused: { status: 409, title: 'The request id was used for something else.' },
  ownRequest: { status: 403, title: 'Nobody approves an own request.' },
  notAsSeen: { status: 409, title: 'The request is not the one that was looked at.' },
  approvalClosed: { status: 409, title: 'The request is not waiting for approval.' },
  approvalExpired: { status: 409, title: 'The time to approve the request is over.' },
  requesterMayNot: { status: 409, title: 'Whoever asked may not do this any more.' },
  tooManyPending: { status: 429, title: 'Too many requests wait for approval.' },
  massLimit: { status: 429, title: 'As many changes as one hour may see were made.' },
  internal: { status: 500, title: 'The gate failed.' },
  upstream: { status: 502, title: 'Microsoft could not answer, or refused.' },
  upstreamBusy: { status: 503, title: 'Microsoft asks to wait.' },
  upstreamTimeout: { status: 504, title: 'Microsoft did not answer in time.' },
  stateUnavailable: { status: 503, title: 'What must be remembered cannot be.' },
  notRecorded: { status: 503, title: 'What happens could not be recorded.' },
  unavailable: { status: 503, title: 'What is needed for this cannot be reached.' },
  shuttingDown: { status: 503, title: 'The gate is shutting down.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;
type ProblemType = `urn:intune-gate:problem:${ProblemName}`;

interface ProblemFacts {
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Thrown by routes and hooks; the error handler answers with it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** When it is worth trying again. */
  readonly retryAfterMs: number | undefined;

  constructor(name: ProblemName, detail: string, errors?: Problem['errors'], more: ProblemFacts = {}) {
    super(detail);
    const { reason, retryAfterMs } = more;
    this.problem = { ...problem(name, detail, errors), ...(reason === undefined ? {} : { reason }) };
    this.retryAfterMs = retryAfterMs;
  }
}

function problem(name: ProblemName, detail: string, errors?: Problem['errors']): Problem {
  return {
    type: `urn:intune-gate:problem:${name}`,
    ...PROBLEMS[name],
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** What Fastify itself refuses, in our words. Its own texts quote the request. */
const FASTIFY_PROBLEMS: ReadonlyMap<string, readonly [ProblemName, string]> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', ['tooLarge', 'The body is larger than this gate accepts.']],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', ['unsupportedMediaType', 'Send Content-Type: application/json.']],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', ['malformedRequest', 'The body is empty.']],
  ['FST_ERR_CTP_INVALID_JSON_BODY', ['malformedRequest', 'The body is no valid JSON.']],
  ['FST_ERR_BAD_URL', ['malformedRequest', 'The path is no valid URL path.']],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    ['malformedRequest', 'The body is not as long as Content-Length says.'],
  ],
]);

function toProblem(error: FastifyError | ProblemError): Problem {
  if (error instanceof ProblemError) return error.problem;
  const [name, detail] = FASTIFY_PROBLEMS.get(error.code) ?? [];
  if (name !== undefined && detail !== undefined) return problem(name, detail);
  return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
    ? problem('malformedRequest', 'The request cannot be read.')
    : problem('internal', 'The failure has been logged under the request id in X-Request-Id.');
}

async function send(reply: FastifyReply, answer: Problem): Promise<void> {
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer realm="intune-gate"');
  // What is refused before its body was read would otherwise go on arriving.
  if (answer.status === 401 || answer.status === 413) reply.header('connection', 'close');
  await reply.code(answer.status).type('application/problem+json').send(JSON.stringify(answer));
}

/** Answers what is no HTTP at all, or has headers beyond every limit: nothing was parsed, so there is no request to speak of. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // A handshake that never came to its end can be told nothing.
  if (!socket.writable || (socket instanceof TLSSocket && !isEstablished(socket))) {
    socket.destroy();
    return;
  }
  const answer = unreadable(error.code);
  const body = JSON.stringify(answer);
  socket.end(
    [
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  // Node does not count it any more, and a peer that never hangs up would hold it for good.
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
}

const FAREWELL_MS = 1_000;

function isEstablished(socket: TLSSocket): boolean {
  return (
    socket.getProtocol() !== null && socket.getCipher() !== undefined && socket.getFinished() !== undefined
  );
}

function unreadable(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem('tooManyHeaders', 'The headers are larger than this gate accepts.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem('timeout', 'The request did not arrive in the time allowed.');
    default:
      return problem('malformedRequest', 'This is no readable HTTP request.');
  }
}

/** Answers whatever was thrown, by a route, a hook or the framework before them. */
export async function answerProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const answer = toProblem(error);
  if (answer.status >= 500 && !(error instanceof ProblemError)) {
    request.log.error({ err: error }, 'request failed');
  }
  if (error instanceof ProblemError && error.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000))));
  }
  await send(reply, answer);
}

/** Every way of not answering a request ends here, so that nothing of the inside leaves by accident. */
export function installProblemHandlers(app: FastifyInstance): void {
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(async (_, reply) => {
    await send(reply, problem('notFound', 'See /openapi.json for what is offered.'));
  });
}
