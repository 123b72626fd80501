import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../node/decision.ts';
import type { IntuneNode } from '../../node/intuneNode.ts';
import { decideFor } from '../decideFor.ts';
import { deliveredRequest, type ListenerTrust } from '../deliveredRequest.ts';
import { hasTooManyHeaders } from '../requestHeaders.ts';
import type { Surface } from '../surface.ts';

/** What a proxy may ask: one node, whose Compliant lets the request pass. */
export interface Policy {
  readonly node: IntuneNode;
}

/** The paths of the contracts, below `/auth` and below `/auth/policies/{name}`. What Envoy appends says nothing to us. */
const CONTRACTS = ['/request', '/forward', '/ext-authz'];

const DEFAULT_POLICY = 'default';

/**
 * May this request pass? A proxy asks before it passes a request on: nginx `auth_request`, Traefik and Caddy forward auth, Envoy
 * ext_authz. 200 allows and 403 denies, whatever happens; nothing of a body is ever read. The path that the proxy calls chooses the
 * policy, and nothing that a client sends does.
 */
export function registerForwardAuth(
  app: FastifyInstance,
  surface: () => Surface,
  listener: ListenerTrust,
): void {
  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const current = surface();
    const policy = current.policies.get(policyNameOf(request));
    if (policy === undefined) return deny(reply, 'There is no policy of this name.');
    const decision = await decideFor(request, reply, policy.node, {
      ...deliveredRequest(request, current, listener),
      sharedState: {},
    });
    reply.headers(decisionHeaders(decision));
    // Last, and by the outcome alone.
    if (decision.outcome !== 'Compliant') return deny(reply, 'The device may not go on.');
    await reply.headers(identityHeaders(decision)).code(200).send();
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
    const route = (url: string, respond: typeof answer): void => {
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
      route(`/auth${contract}`, answer);
      route(`/auth/policies/:policy${contract}`, answer);
    }
    route('/auth', (_, reply) => deny(reply, 'There is no such contract.'));
    route('/auth/*', (_, reply) => deny(reply, 'There is no such contract.'));
    await Promise.resolve();
  });
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
  return CONTRACTS.find((contract) => url.endsWith(contract))?.slice(1) ?? 'none';
}

function policyNameOf(request: FastifyRequest): string {
  const { policy } = request.params as { policy?: string };
  return policy ?? DEFAULT_POLICY;
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** On every answer: what was decided, for the proxy's log and its error page. */
function decisionHeaders({ outcome, reason, decisionId }: Decision): Record<string, string> {
  return { 'x-device-outcome': outcome, 'x-device-reason': reason, 'x-decision-id': decisionId };
}

/** On answers that allow, and always all of them: a proxy that copies them overwrites whatever the client sent under these names. */
function identityHeaders({ managedDeviceId }: Decision): Record<string, string> {
  return { 'x-device-id': managedDeviceId ?? '', 'x-auth-user': '', 'x-auth-level': '' };
}

async function deny(reply: FastifyReply, title: string): Promise<void> {
  await reply
    .code(403)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'urn:intune-gate:problem:deviceDenied', title, status: 403 }));
}
