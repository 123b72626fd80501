import { constants, randomUUID } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { createOpenApi } from './openapi.ts';
import { answerProblem, answerUnreadable, installProblemHandlers, ProblemError } from './problem.ts';
import { hasTooManyHeaders, MOST_HEADER_LINES } from './requestHeaders.ts';
import { registerDecisions } from './routes/decisions.ts';
import { cutExtAuthzPath, denyUnreadable, isForwardAuth, registerForwardAuth } from './routes/forwardAuth.ts';
import { registerDevice } from './routes/device.ts';
import { registerHealth } from './routes/health.ts';
import { registerEvents } from './routes/events.ts';
import { registerJourneys } from './routes/journeys.ts';
import { registerApprovals } from './routes/approvals.ts';
import { registerMcp } from './routes/mcp.ts';
import { registerOperations } from './routes/operations.ts';
import { registerMonitoring } from './routes/monitoring.ts';
import { registerPages } from './routes/pages.ts';
import type { ServesMonitoring } from './monitoring.ts';
import { limitPipelining } from './pipelining.ts';
import { isMisdirected } from './serverNames.ts';
import type { Surface } from './surface.ts';
import { parseStrictJson } from '../strictJson.ts';

export interface AppOptions {
  /** What is answered from, asked anew for each request. */
  readonly surface: () => Surface;
  readonly logger: Logger;
  /** Largest request body, bytes. */
  readonly bodyBytes: number;
  readonly listener: ListenerOptions;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** PEM, all of it. */
export interface TlsOptions {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Authorities of device certificates: what clients are told to choose from, and what TLS itself looks for a path to. */
  readonly clientAuthorities: readonly string[];
  /** Devices connect here by themselves: their client certificates are their own. */
  readonly devices?: boolean | undefined;
  /** The only names this listener answers to; undefined for any. */
  readonly serverNames?: readonly string[] | undefined;
}

export interface ListenerOptions {
  /** Serve HTTPS, and ask for a client certificate without demanding one. */
  readonly tls?: TlsOptions | undefined;
  /** The app will listen on a Unix socket. */
  readonly isUnixSocket: boolean;
  /** Default false. */
  readonly monitoring?: ServesMonitoring | undefined;
}

const MOST_HEADER_BYTES = 32_768;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** How often Node looks for connections past the two limits above; between looks they live on. */
const TIMEOUT_CHECKS_MS = 2_000;

/** Builds the gate's HTTP surface, routes in order. It does not listen. */
export function buildApp(options: AppOptions): FastifyInstance {
  const app = createServer(options);
  const names = options.listener.tls?.serverNames?.map((name) => name.toLowerCase());
  const serverNames = names && new Set(names);
  installProblemHandlers(app);
  app.setGenReqId(() => randomUUID());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseStrictJson(body);
    if (parsed.ok) done(null, parsed.value);
    else done(new ProblemError('malformedRequest', parsed.detail));
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({
      'x-request-id': request.id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    limitPipelining(request, reply);
    if (hasTooManyHeaders(request)) {
      throw new ProblemError('tooManyHeaders', `Send at most ${MOST_HEADER_LINES} header lines.`);
    }
    if (isMisdirected(request, serverNames)) {
      throw new ProblemError('misdirected', 'This listener answers to other names.');
    }
    done();
  });

  const listener = { ...options.listener, devices: options.listener.tls?.devices === true };
  registerHealth(app);
  if (listener.monitoring === true || listener.monitoring === 'only')
    registerMonitoring(app, options.surface);
  if (listener.monitoring === 'only') return app;
  registerDecisions(app, options.surface, listener);
  registerForwardAuth(app, options.surface, listener, options.now);
  registerOperations(app, options.surface);
  registerApprovals(app, options.surface);
  registerMcp(app, options.surface);
  registerEvents(app, options.surface);
  registerJourneys(app, options.surface, listener);
  registerPages(app, { surface: options.surface, listener });
  registerDevice(app, { surface: options.surface, listener });
  const openapi = JSON.stringify(createOpenApi());
  app.get('/openapi.json', async (_, reply) => reply.type('application/json').send(openapi));
  return app;
}

/** What TLS speaks with. Replaced when the certificate is. */
export function secureContextOf({
  certificatePem,
  privateKeyPem,
  clientAuthorities,
  serverNames,
}: TlsOptions): SecureContextOptions {
  return {
    cert: certificatePem,
    key: privateKeyPem,
    ...(clientAuthorities.length === 0 ? {} : { ca: [...clientAuthorities] }),
    minVersion: 'TLSv1.2',
    // What a connection proved at its beginning holds for all of it. A resumed session of TLS 1.2 does not say for which name it was.
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION | (serverNames === undefined ? 0 : constants.SSL_OP_NO_TICKET),
  };
}

function createServer({ logger, bodyBytes, listener: { tls } }: AppOptions): FastifyInstance {
  const http = {
    maxHeaderSize: MOST_HEADER_BYTES,
    // Node takes the larger of this and the request timeout for bodies, so both are said.
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECKS_MS,
  };
  const shared = {
    loggerInstance: logger as FastifyBaseLogger,
    // Each route logs what it has to say; a line for every request would hold what clients sent.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Keep-alive connections with nothing to say do not hold up a shutdown.
    forceCloseConnections: 'idle' as const,
    return503OnClosing: false,
    trustProxy: false,
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      isForwardAuth(request) ? denyUnreadable(reply) : answerProblem(error, request, reply),
    rewriteUrl: ({ url = '/' }: { readonly url?: string | undefined }) => cutExtAuthzPath(url),
  };
  const app: FastifyInstance =
    tls === undefined
      ? fastify({ ...shared, http })
      : fastify({
          ...shared,
          https: {
            ...http,
            ...secureContextOf(tls),
            requestCert: true,
            handshakeTimeout: HEADERS_TIMEOUT_MS,
            // Any certificate may be shown; only a pinned key means anything (see callerAuthentication).
            rejectUnauthorized: false,
          },
        });
  // Node drops header lines beyond this number silently; the size limit is bound enough, and the line limit is enforced above.
  app.server.maxHeadersCount = 0;
  // Node would answer by itself that it does not know what is expected; the routes know better.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  return app;
}
