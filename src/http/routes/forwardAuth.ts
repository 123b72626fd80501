import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../node/decision.ts';
import { judgeRequest, type Verdict } from '../../policy/judgeRequest.ts';
import { hasFallen, provesDevice } from '../../policy/login.ts';
import type { Policy } from '../../policy/policy.ts';
import { decideFor } from '../decideFor.ts';
import { deliveredRequest, type DeliveredRequest, type ListenerTrust } from '../deliveredRequest.ts';
import { decisionHeaders, identityHeaders } from '../forwardAuth/answerHeaders.ts';
import { CONTRACTS, type Contract } from '../forwardAuth/contract.ts';
import { heldSession } from '../forwardAuth/heldSession.ts';
import { originalRequestOf, type OriginalRequest } from '../forwardAuth/originalRequest.ts';
import { challenge, deny, refuse } from '../forwardAuth/refusals.ts';
import { hasTooManyHeaders } from '../requestHeaders.ts';
import type { Session } from '../../sessions/session.ts';
import { loginState } from '../loginState.ts';
import type { Surface } from '../surface.ts';

const DEFAULT_POLICY = 'default';
/** A session that is used all the time is noted as used once in this time, milliseconds, or in half of the time it may rest. */
const NOTED_EACH_MS = 60_000;

/**
 * May this request pass? A proxy asks before it passes a request on: nginx `auth_request`, Traefik and Caddy forward auth, Envoy
 * ext_authz. 200 allows, whatever else happens denies; nothing of a body is ever read. The path that the proxy calls chooses the
 * policy, and nothing that a client sends does.
 */
export function registerForwardAuth(
  app: FastifyInstance,
  surface: () => Surface,
  listener: ListenerTrust,
  now: () => number = Date.now,
): void {
  async function answer(request: FastifyRequest, reply: FastifyReply, contract: Contract): Promise<void> {
    const current = surface();
    const guarded = current.policies.get(policyNameOf(request));
    if (guarded === undefined) return deny(reply, 'There is no policy of this name.');
    const { policy, node } = guarded;
    const delivered = deliveredRequest(request, current, listener);
    const held = current.journeys && (await heldSession(request, current.journeys));
    let judged: Judged | undefined;
    const decision = await decideFor(
      request,
      reply,
      node,
      { ...delivered, sharedState: await loginState(node, delivered, held?.session) },
      (made) => {
        judged = judge(policy, made);
        return describe(policy, judged);
      },
    );
    // Nobody waits any more.
    if (judged === undefined) return deny(reply, 'The request was given up.');
    const { verdict, hasEnded } = judged;
    if (held !== undefined && hasEnded) await current.journeys?.sessions.revoke(held.session);
    current.watchGuard?.({ policy, decision, verdict, ended: hasEnded ? held?.session : undefined });
    reply.headers(decisionHeaders(decision));
    if (verdict.is === 'pass') {
      if (
        held !== undefined &&
        verdict.login !== undefined &&
        now() - held.lastUsedAt > notedEachMs(held.session)
      ) {
        await current.journeys?.sessions.use(held.session);
      }
      // Last, and by the verdict alone.
      await reply.headers(identityHeaders(decision, verdict)).code(200).send();
      return;
    }
    const original = originalOf(request, delivered, contract);
    if (verdict.is === 'stepUp') await challenge(reply, policy, original, current.stepUp, contract);
    else await refuse(reply, decision, original, current.stepUp, contract);

    function judge(chosen: Policy, made: Decision): Judged {
      const asked = { ...made, deviceIds: idsOf(made) };
      const hasFallenSince =
        held !== undefined && provesDevice(held.session, asked) && hasFallen(held.session, asked);
      const question = {
        ...asked,
        login: hasFallenSince ? undefined : held?.session,
        exceptions: current.exceptions,
        now: now(),
      };
      return { verdict: judgeRequest(chosen, question), hasEnded: hasFallenSince };
    }
  }

  void app.register(async (scope) => {
    scope.addHook('onResponse', (request, reply, done) => {
      surface().monitoring?.countForwardAuth(contractOf(request), reply.statusCode);
      done();
    });
    const known = new Set(scope.supportedMethods);
    for (const method of METHODS) if (!known.has(method)) scope.addHttpMethod(method);
    scope.setErrorHandler(async (error, request, reply) => {
      if (!hasTooManyHeaders(request)) request.log.error({ err: error }, 'request failed');
      await denyUnreadable(reply);
    });
    const route = (
      url: string,
      respond: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
    ): void => {
      scope.route({
        method: scope.supportedMethods,
        url,
        // Answered before a body would be read: some proxies announce one that they do not send.
        async onRequest(request, reply) {
          if (announcesBody(request)) reply.header('connection', 'close');
          await respond(request, reply);
        },
        handler: () => undefined,
      });
    };
    for (const contract of CONTRACTS) {
      const respond = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
        answer(request, reply, contract);
      route(`/auth/${contract}`, respond);
      route(`/auth/policies/:policy/${contract}`, respond);
    }
    route('/auth', (_, reply) => deny(reply, 'There is no such contract.'));
    route('/auth/*', (_, reply) => deny(reply, 'There is no such contract.'));
    await Promise.resolve();
  });
}

interface Judged {
  readonly verdict: Verdict;
  /** The session that came along is over, as its device has become worse. */
  readonly hasEnded: boolean;
}

/**
 * Envoy appends the path that the client asked for to its own, escapes and all. It is cut off before anybody tries to read it.
 *
 * @param url path and query as they were sent
 */
export function cutExtAuthzPath(url: string): string {
  const [prefix] = /^\/auth\/(?:policies\/[^/?]*\/)?ext-authz(?=[/?])/.exec(url) ?? [];
  return prefix ?? url;
}

/** Was a path below `/auth` asked for, readable or not? Everything there is answered in the words of the contracts. */
export function isForwardAuth({ raw: { url = '' } }: FastifyRequest): boolean {
  return /^\/auth(?:[/?]|$)/.test(url);
}

export async function denyUnreadable(reply: FastifyReply): Promise<void> {
  await deny(reply, 'The request cannot be judged.');
}

/** Of the path that was asked for, the name of its contract; `none` if there is no such contract. */
function contractOf({ routeOptions: { url = '' } }: FastifyRequest): string {
  return CONTRACTS.find((contract) => url.endsWith(`/${contract}`)) ?? 'none';
}

function policyNameOf(request: FastifyRequest): string {
  const { policy } = request.params as { policy?: string };
  return policy ?? DEFAULT_POLICY;
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** A device may be known by several ids, of which a session or an exception knows one. */
function idsOf({ deviceId, managedDeviceId, azureADDeviceId }: Decision): readonly string[] {
  return [deviceId, managedDeviceId, azureADDeviceId].filter((id) => id !== null);
}

/** For the log. Who is logged in stays out. */
function describe({ name }: Policy, { verdict, hasEnded }: Judged): object {
  const { is, action, exception, monitored } = verdict;
  return {
    policy: name,
    action,
    verdict: is,
    ...(monitored === undefined ? {} : { monitored }),
    ...(exception === undefined ? {} : { exception: exception.id }),
    ...(hasEnded ? { sessionEnded: true } : {}),
  };
}

const UNKNOWN: OriginalRequest = { url: undefined, isNavigation: false };

/** What was asked for is for a proxy to say. */
function originalOf(
  request: FastifyRequest,
  { caller, headers }: DeliveredRequest,
  contract: Contract,
): OriginalRequest {
  return caller === undefined ? UNKNOWN : originalRequestOf(request, headers, contract);
}

function notedEachMs({ idleMinutes }: Session): number {
  return Math.min(NOTED_EACH_MS, idleMinutes * 30_000);
}
