import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseGuid } from '../../node/deviceId.ts';
import type { Decision } from '../../node/decision.ts';
import { describeStanding } from '../../pages/deviceStanding.ts';
import type { Caller } from '../callerAuthentication.ts';
import { decideFor } from '../decideFor.ts';
import { requireProved } from '../pages/deviceRoute.ts';
import { contextFor, type PageContext, type PageScopeOptions } from '../pages/pageScope.ts';
import { ProblemError } from '../problem.ts';

/** A caller names a device; a person has one. */
export const deviceQuestion = z
  .strictObject({
    deviceId: z.guid().describe('The device, by the kind of id that the node of the pages expects.'),
  })
  .describe('For callers alone.');

/** How a device stands, and the way to look at it again. */
interface AskedDevice {
  readonly decision: Decision;
  readonly decideAgain: () => Promise<Decision>;
}

/**
 * What the device page does, for programs: `GET /v1/device` and `POST /v1/device/recheck` for the session of a person whose request proves
 * the device, `POST /v1/device` and `POST /v1/device/recheck` with an id for callers that `pages.callers` names. No id stands in an
 * address.
 */
export function registerDevice(app: FastifyInstance, options: PageScopeOptions): void {
  const serve =
    (find: FindDevice, use: UseDevice) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const context = contextFor(request, options);
      return use(await find(request, reply, context), context, reply);
    };
  app.get('/v1/device', serve(ofPerson, tell));
  // For the script of the page, where a proxy passes on the pages and nothing else.
  app.get('/device/state', serve(ofPerson, tell));
  app.post('/v1/device', serve(ofCaller, tell));
  app.post('/v1/device/recheck', serve(ofEither, begin));
}

type FindDevice = (
  request: FastifyRequest,
  reply: FastifyReply,
  context: PageContext,
) => Promise<AskedDevice>;
type UseDevice = (device: AskedDevice, context: PageContext, reply: FastifyReply) => Promise<unknown>;

const ofPerson: FindDevice = async (request, reply, context) => requireProved(request, reply, context);

/** A session in a header is sent by a program, which no other site can make do so; one in a cookie may be. */
const ofEither: FindDevice = async (request, reply, context) => {
  if (context.surface.findCaller(request) !== undefined) return ofCaller(request, reply, context);
  const found = await requireProved(request, reply, context);
  if (found.inCookie) {
    throw new ProblemError('notPermitted', 'Send the session in the header that is named after its cookie.');
  }
  return found;
};

const ofCaller: FindDevice = async (request, reply, context) => {
  const { surface, pages } = context;
  const caller = requireCaller(surface.findCaller(request), context);
  const parsed = deviceQuestion.safeParse(request.body);
  const deviceId = parsed.success ? parseGuid(parsed.data.deviceId) : undefined;
  if (deviceId === undefined) {
    throw new ProblemError('malformedRequest', 'Some fields are not as expected.', [
      { pointer: '/deviceId', detail: 'has to be a GUID, and the only field' },
    ]);
  }
  const node = pages.nodeFor(deviceId);
  const decide = (recheck: boolean): Promise<Decision> =>
    decideFor(request, reply, node, {
      caller: caller.name,
      headers: [],
      peerAddress: undefined,
      sharedState: {},
      recheck,
    });
  return { decision: await decide(false), decideAgain: () => decide(true) };
};

function requireCaller(caller: Caller | undefined, { pages }: PageContext): Caller {
  if (caller === undefined) throw new ProblemError('unauthenticated', 'Send a key of a caller.');
  if (!pages.callers.has(caller.name) || !caller.nodes.has(pages.nodeName)) {
    throw new ProblemError('notPermitted', 'This caller may not ask about devices of others.');
  }
  return caller;
}

async function tell(
  { decision, decideAgain }: AskedDevice,
  { pages, texts }: PageContext,
  reply: FastifyReply,
): Promise<unknown> {
  reply.header('content-language', texts.language);
  return describeStanding(await pages.desk.look(decision, decideAgain), texts);
}

const begin: UseDevice = async (device, context, reply) => {
  const earlySeconds = await context.pages.desk.recheck(device.decision);
  if (earlySeconds === undefined) {
    throw new ProblemError('notFound', 'There is no device that could be checked.');
  }
  if (earlySeconds > 0) {
    reply.header('retry-after', String(earlySeconds));
    throw new ProblemError('tooSoon', 'This device is checked already, or was a moment ago.');
  }
  return tell(device, context, reply.code(202));
};
