import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseAcceptLanguage } from '../../journeys/localisedTexts.ts';
import { messagePage } from '../../pages/pageFrame.ts';
import { choosePageTexts, type PageTexts } from '../../pages/pageTexts.ts';
import { readPageAssets } from '../../pages/shippedPages.ts';
import type { JourneySurface } from '../am/journeySurface.ts';
import { deliveredRequest, type DeliveredRequest, type ListenerTrust } from '../deliveredRequest.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';
import { PAGE_HEADERS } from './pageHeaders.ts';
import type { PagesSurface } from './pagesSurface.ts';

/** What one request for a page is answered from. */
export interface PageContext {
  readonly surface: Surface;
  readonly pages: PagesSurface;
  readonly journeys: JourneySurface;
  readonly texts: PageTexts;
  readonly delivered: () => DeliveredRequest;
}

export type PageHandler = (
  request: FastifyRequest,
  reply: FastifyReply,
  context: PageContext,
) => Promise<unknown>;

/** Refuses with a page; `text` is the key of what it says. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly status: number;
  readonly text: string;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
    this.text = text;
  }
}

export interface PageScopeOptions {
  readonly surface: () => Surface;
  readonly listener: ListenerTrust;
}

/** A part of the gate that people see: forms come in, pages go out, and what goes wrong is a page too. */
export function registerPageScope(
  app: FastifyInstance,
  options: PageScopeOptions,
  register: (scope: FastifyInstance, serve: (handler: PageHandler) => PageRoute) => void,
): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.headers(PAGE_HEADERS);
      done();
    });
    scope.setErrorHandler(async (error: FastifyError | PageError | ProblemError, request, reply) => {
      const { status, text } = shownError(error);
      if (status >= 500) request.log.error({ err: error }, 'request failed');
      if (status === 413) reply.header('connection', 'close');
      const texts = textsFor(request, options.surface().pages);
      if (texts === undefined) throw error;
      await sendPage(
        reply.code(status),
        messagePage({
          texts,
          title: texts.say('error.title'),
          kind: 'error',
          paragraphs: [texts.say(text), texts.say('error.reference', { id: request.id })],
        }),
        texts,
      );
    });
    register(
      scope,
      (handler) => async (request, reply) => handler(request, reply, contextFor(request, options)),
    );
    await Promise.resolve();
  });
}

export type PageRoute = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** @throws ProblemError where there are no pages */
export function contextFor(request: FastifyRequest, { surface, listener }: PageScopeOptions): PageContext {
  const current = surface();
  const { pages, journeys } = current;
  const texts = textsFor(request, pages);
  if (pages === undefined || journeys === undefined || texts === undefined) throw noPages();
  return {
    surface: current,
    pages,
    journeys,
    texts,
    delivered: () => deliveredRequest(request, current, listener),
  };
}

function noPages(): ProblemError {
  return new ProblemError('notFound', 'See /openapi.json for what is offered.');
}

/** The files that pages load. They are the same for everybody. */
export function registerPageAssets(app: FastifyInstance, prefix: string, surface: () => Surface): void {
  for (const [name, { type, body, etag }] of readPageAssets()) {
    app.get(`${prefix}/${name}`, async (request, reply) => {
      if (surface().pages === undefined) throw noPages();
      reply.headers({
        etag,
        'cache-control': 'public, max-age=300',
        'cross-origin-resource-policy': 'same-origin',
      });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
}

/** Sends a page in the language of its texts. */
export async function sendPage(
  reply: FastifyReply,
  page: string,
  { language }: PageTexts,
): Promise<FastifyReply> {
  return reply.header('content-language', language).type('text/html; charset=utf-8').send(page);
}

/** A form, or an empty one for a request without. */
export function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}

function textsFor(request: FastifyRequest, pages: PagesSurface | undefined): PageTexts | undefined {
  return pages && choosePageTexts(pages.texts, parseAcceptLanguage(request.headers['accept-language']));
}

function shownError(error: FastifyError | PageError | ProblemError): {
  readonly status: number;
  readonly text: string;
} {
  if (error instanceof PageError) return { status: error.status, text: error.text };
  const status = error instanceof ProblemError ? error.problem.status : (error.statusCode ?? 500);
  if (status === 404) return { status, text: 'error.notFound' };
  if (status === 413) return { status, text: 'error.tooLarge' };
  return status >= 400 && status < 500
    ? { status, text: 'login.begunAnew' }
    : { status: 500, text: 'error.failed' };
}
