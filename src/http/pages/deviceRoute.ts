import type { FastifyReply, FastifyRequest } from 'fastify';
import { devicePage } from '../../pages/devicePage.ts';
import { messagePage } from '../../pages/pageFrame.ts';
import { placeToGo } from '../../pages/placeToGo.ts';
import { isOwnPage } from './isOwnPage.ts';
import { gotoOf, LOGIN_PATH, selfOf } from './loginRoute.ts';
import { formOf, PageError, sendPage, type PageContext, type PageHandler } from './pageScope.ts';
import { findSignedInDevice, type SignedInDevice } from './signedInDevice.ts';
import { ProblemError } from '../problem.ts';

export const DEVICE_PATH = '/device';
const RECHECK = 'recheck';

type Unproved = Extract<SignedInDevice, { readonly is: 'unproved' }>;

/** `GET /device`: how the device of this request stands, for the person who signed in with it. */
export const showDevice: PageHandler = async (request, reply, context) => {
  const { pages, journeys, texts } = context;
  const found = await findSignedInDevice(request, reply, context);
  if (found.is === 'nobody') return reply.redirect(loginAddress(request, context), 303);
  if (found.is === 'unproved') return sendUnproved(request, reply, context, found);
  const { session, decision, decideAgain } = found;
  await journeys.sessions.use(session);
  const standing = await pages.desk.look(decision, decideAgain);
  return sendPage(
    reply,
    devicePage({
      standing,
      texts,
      username: session.username,
      formToken: pages.formTokens.tokenFor(session.id, RECHECK),
      goto: placeToGo(gotoOf(request), pages.allowedHosts),
      self: selfOf(request),
      canTell: pages.canTell,
      now: pages.now(),
    }),
    texts,
  );
};

/** `POST /device/recheck`, from the form of the page: begins a recheck, and goes back to the page, which shows how it goes. */
export const recheckDevice: PageHandler = async (request, reply, context) => {
  const { pages, journeys } = context;
  if (!isOwnPage(request, journeys.publicUrl)) throw new PageError(403, 'error.forged');
  const form = formOf(request);
  const found = await findSignedInDevice(request, reply, context);
  if (found.is === 'nobody') return reply.redirect(loginAddress(request, context), 303);
  if (!pages.formTokens.accepts(form.get('token') ?? '', found.session.id, RECHECK)) {
    throw new PageError(403, 'error.forged');
  }
  if (found.is === 'unproved') return sendUnproved(request, reply, context, found);
  // Too early is no error: the page says when.
  await pages.desk.recheck(found.decision);
  const back = form.get('back') ?? '';
  return reply.redirect(/^\/device(?:$|\?)/.test(back) && placeToGo(back, []) ? back : DEVICE_PATH, 303);
};

/** @throws ProblemError without a session, or without its device */
export async function requireProved(
  request: FastifyRequest,
  reply: FastifyReply,
  context: PageContext,
): Promise<Extract<SignedInDevice, { readonly is: 'proved' }>> {
  const found = await findSignedInDevice(request, reply, context);
  if (found.is === 'proved') return found;
  if (found.is === 'nobody')
    throw new ProblemError('unauthenticated', 'Send a session, or a key of a caller.');
  throw new ProblemError(
    'notPermitted',
    'The request does not prove the device that the session was made with.',
  );
}

/** Says what is missing, and nothing about any device. */
async function sendUnproved(
  request: FastifyRequest,
  reply: FastifyReply,
  context: PageContext,
  { showsDevice }: Unproved,
): Promise<unknown> {
  const { texts } = context;
  const kind = showsDevice ? 'otherDevice' : 'noDevice';
  return sendPage(
    reply.code(403),
    messagePage({
      texts,
      title: texts.say(`device.${kind}`),
      kind: 'warning',
      paragraphs: [texts.say(`device.${kind}Why`)],
      link: showsDevice
        ? { href: loginAddress(request, context, { ForceAuth: 'true' }), text: texts.say('device.signIn') }
        : undefined,
    }),
    texts,
  );
}

/** The login page, and back here from there. */
function loginAddress(
  request: FastifyRequest,
  { pages: { deviceJourney } }: PageContext,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(parameters);
  if (deviceJourney !== undefined) query.set('service', deviceJourney);
  query.set('goto', request.method === 'GET' ? selfOf(request) : DEVICE_PATH);
  return `${LOGIN_PATH}?${query.toString()}`;
}
