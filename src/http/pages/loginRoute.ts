import type { FastifyReply, FastifyRequest } from 'fastify';
import { answeredStep } from '../../pages/answeredStep.ts';
import { loginPage } from '../../pages/loginPage.ts';
import { messagePage } from '../../pages/pageFrame.ts';
import { placeToGo, type Place } from '../../pages/placeToGo.ts';
import { readStep } from '../../pages/shownCallback.ts';
import { stepMark } from '../../pages/stepMark.ts';
import {
  LOGIN_FAILURE,
  UNKNOWN_LINK,
  type AuthenticateAnswer,
  type Refusal,
} from '../../journeys/protocol/authenticateAnswer.ts';
import { NO_JOURNEY } from '../../journeys/protocol/chooseJourney.ts';
import type { PageTexts } from '../../pages/pageTexts.ts';
import type { JourneyRequest } from '../../journeys/journeyRequest.ts';
import { journeyRequestOf } from '../am/journeyRequestOf.ts';
import { findHeldToken, sessionCookie } from '../am/sessionCookie.ts';
import { goneSignal } from '../goneSignal.ts';
import { isOwnPage } from './isOwnPage.ts';
import { formOf, PageError, sendPage, type PageContext, type PageHandler } from './pageScope.ts';

export const LOGIN_PATH = '/login';
/** Where people go who did not say where to. */
const DEVICE_PATH = '/device';

/** `GET /login`: the first step of a journey. `goto` says where to go afterwards, `service` which journey, `ForceAuth` that it has to run. */
export const showLogin: PageHandler = async (request, reply, context) => {
  const visit = visitOf(request, reply, context);
  const answer = await visit.authenticate(undefined);
  return answer.is === 'refused'
    ? sendRefusal(visit, refusalText(answer, context.texts, false))
    : sendAnswer(visit, answer, undefined);
};

/** `POST /login`: the answers to a step, and what comes next. */
export const answerLogin: PageHandler = async (request, reply, context) => {
  // Another site could sign somebody in as somebody else.
  if (!isOwnPage(request, context.journeys.publicUrl)) throw new PageError(403, 'error.forged');
  const visit = visitOf(request, reply, context);
  const answer = await visit.authenticate(answeredStep(formOf(request)));
  if (answer.is !== 'refused') {
    const mark = answer.is === 'step' ? stepMark(readStep(answer.body)) : undefined;
    const isAskedAgain = mark !== undefined && mark === formOf(request).get('asked');
    return sendAnswer(visit, answer, isAskedAgain ? context.texts.say('login.failed') : undefined);
  }
  const failurePlace = placeToGo(failureUrlOf(answer), context.pages.allowedHosts);
  if (failurePlace !== undefined) return goOn(visit, failurePlace);
  // A journey that failed is over; who wants to try again needs a new one.
  const problem = refusalText(answer, context.texts, true);
  const again = await visit.authenticate(undefined);
  return again.is === 'step' ? sendAnswer(visit, again, problem) : sendRefusal(visit, problem);
};

/** One request to the login page. */
interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: PageContext;
  authenticate(body: object | undefined): Promise<AuthenticateAnswer>;
}

function visitOf(request: FastifyRequest, reply: FastifyReply, context: PageContext): Visit {
  const { journeys, pages } = context;
  const asked = journeyRequestOf(request, context.delivered());
  const signal = goneSignal(reply);
  return {
    request,
    reply,
    context,
    authenticate: (body) =>
      journeys.authenticator.authenticate({
        body,
        request: { ...asked, parameters: parametersFor(asked, pages.journey) },
        sessionToken: findHeldToken(request, journeys.cookie)?.token,
        signal,
      }),
  };
}

/** Which journey runs is for the page to say. Another session than the client's own is none of an address's business. */
function parametersFor(
  { parameters }: JourneyRequest,
  journey: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const own = new Map(parameters);
  for (const name of ['authIndexType', 'authIndexValue', 'sessionUpgradeSSOTokenId', 'noSession'])
    own.delete(name);
  const asked = own.get('service') ?? (journey === undefined ? undefined : [journey]);
  if (asked !== undefined) own.set('authIndexType', ['service']).set('authIndexValue', asked);
  return own;
}

async function sendAnswer(
  visit: Visit,
  answer: Exclude<AuthenticateAnswer, Refusal>,
  problem: string | undefined,
): Promise<unknown> {
  const { request, reply, context } = visit;
  const { texts, journeys, pages } = context;
  if (answer.is === 'step') {
    const step = readStep(answer.body);
    return sendPage(reply, loginPage({ step, texts, problem, action: selfOf(request) }), texts);
  }
  if (answer.issued !== undefined) {
    reply.header('set-cookie', sessionCookie(journeys.cookie, answer.issued.token));
  }
  const { successUrl } = answer.body;
  const own = typeof successUrl === 'string' && successUrl !== '/' ? successUrl : undefined;
  const place =
    placeToGo(gotoOf(request), pages.allowedHosts) ??
    placeToGo(own, pages.allowedHosts) ??
    placeToGo(DEVICE_PATH, []);
  return place === undefined ? reply.redirect(DEVICE_PATH, 303) : goOn(visit, place);
}

/**
 * On this host at once. To another one by a page that says so: browsers hold the answer to a form to the form's own policy, which lets
 * nothing leave.
 */
async function goOn({ reply, context: { texts } }: Visit, { href, name, isOwn }: Place): Promise<unknown> {
  if (isOwn) return reply.redirect(href, 303);
  return sendPage(
    reply,
    messagePage({
      texts,
      title: texts.say('login.done'),
      kind: 'good',
      paragraphs: [texts.say('login.doneWhere', { place: name })],
      link: { href, text: texts.say('login.go') },
      goOnTo: href,
    }),
    texts,
  );
}

/** The journey ended before it asked anything, or cannot begin anew. */
async function sendRefusal({ request, reply, context: { texts } }: Visit, problem: string): Promise<unknown> {
  return sendPage(
    reply.code(403),
    messagePage({
      texts,
      title: texts.say('login.title'),
      kind: 'error',
      paragraphs: [problem, texts.say('login.refusedWhy'), texts.say('error.reference', { id: request.id })],
      link: { href: selfOf(request), text: texts.say('login.again') },
    }),
    texts,
  );
}

/** What the protocol says in AM's words, in ours; what the journey itself says, as it says it. */
function refusalText({ status, message, detail }: Refusal, { say }: PageTexts, attempted: boolean): string {
  if (detail?.['errorCode'] !== undefined) return say('login.timedOut');
  if (message === UNKNOWN_LINK.message) return say('login.unknownLink');
  if (message === NO_JOURNEY) return say('login.notOffered');
  if (status === 400) return say('login.begunAnew');
  return message === LOGIN_FAILURE ? say(attempted ? 'login.failed' : 'login.refused') : message;
}

function failureUrlOf({ detail }: Refusal): string | undefined {
  const url = detail?.['failureUrl'];
  return typeof url === 'string' && url !== '' ? url : undefined;
}

/** `goto`, if it stands there once. */
export function gotoOf({ url }: FastifyRequest): string | undefined {
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const [goto, ...others] = new URLSearchParams(query).getAll('goto');
  return others.length === 0 ? goto : undefined;
}

/** Path and query of the page, to come back to. A link that was followed is used up. */
export function selfOf({ url }: FastifyRequest): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.delete('suspendedId');
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
