import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import { classifyRequest } from '../classifyRequest.ts';
import { settleActions } from '../deviceActions.ts';
import { faultAnswer } from '../faultAnswer.ts';
import { takeFault } from '../faults.ts';
import { checkBearerToken, checkPermission, isPermitted } from '../graphAccess.ts';
import { graphErrorsFor, graphHeaders } from '../graphHeaders.ts';
import { parseGraphPath } from '../graphPath.ts';
import { matchPattern } from '../graphResource.ts';
import { retryAfterOf } from '../throttleMeter.ts';
import { requestOrigin, requestUrl } from '../simulatorContext.ts';
import { answerBatch } from './batch.ts';
import { detectedApps } from './detectedApps.ts';
import { deleteDevice, deviceActions } from './deviceActions.ts';
import { deviceManagement } from './deviceManagement.ts';
import { entraDevice, entraDevices } from './entraDevices.ts';
import { deviceMemberships, groupMembers, groups, userMemberships } from './groups.ts';
import { managedDevice, managedDevices } from './managedDevices.ts';
import { policyStates, settingStates } from './policyStates.ts';
import { userDevices } from './userDevices.ts';
import type { GraphAnswer, GraphErrors } from '../graphErrors.ts';
import type { Claims } from '../jsonWebToken.ts';
import type { ProtectedEndpoint } from '../world.ts';
import type { GraphResource, GraphVersion } from '../graphResource.ts';
import type { SimulatorContext } from '../simulatorContext.ts';

/** Everything of Graph that the simulator has, beside `$batch`. */
export const GRAPH_RESOURCES: readonly GraphResource[] = [
  managedDevice,
  managedDevices,
  detectedApps,
  policyStates,
  settingStates,
  deviceManagement,
  ...deviceActions,
  deleteDevice,
  entraDevice,
  entraDevices,
  userDevices,
  groups,
  groupMembers,
  userMemberships,
  deviceMemberships,
];

/** A request of its own, or a part of a batch. */
interface Asked {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly origin: string;
}

/** Graph, v1.0 and beta. Takes every address nobody else takes, since a wrong version is Graph's to refuse. */
export function graphRoutes(context: SimulatorContext): FastifyPluginCallback {
  return (app, _options, done) => {
    // Any type is as good as another; what is no JSON is no body.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => {
      parsed(null, parseJson(String(body)));
    });
    app.all('/*', (request, reply) => {
      const answer = answerGraph(request, context);
      return reply
        .code(answer.status)
        .headers({ ...graphHeaders(request, context.now()), ...answer.headers })
        .send(answer.body);
    });
    done();
  };
}

function answerGraph(request: FastifyRequest, context: SimulatorContext): GraphAnswer {
  const { now, world } = context;
  settleActions(world, now());
  const origin = requestOrigin(request);
  const url = requestUrl(request);
  const errors = graphErrorsFor(request, now());
  const path = parseGraphPath(url.pathname);
  if (path === undefined) return errors.plain(400, 'BadRequest', 'Bad Request - Invalid URL');
  const [versionName = ''] = path;
  if (parseVersion(versionName) === undefined) {
    return errors.plain(404, 'ResourceNotFound', `Invalid version: ${versionName.toLowerCase()}`);
  }
  const token = checkBearerToken(request.headers.authorization, {
    signer: context.signer,
    origin,
    now: now(),
    errors,
  });
  if (!token.ok) return token.answer;
  if (path.length === 2 && path[1]?.toLowerCase() === '$batch') {
    if (request.method !== 'POST') return wrongMethod(errors);
    return answerBatch(request.body, errors, (part) => {
      const partUrl = URL.canParse(`${origin}/${versionName}${part.url}`)
        ? new URL(`${origin}/${versionName}${part.url}`)
        : undefined;
      if (partUrl === undefined || !part.url.startsWith('/'))
        return errors.plain(400, 'BadRequest', 'Invalid batch request url.');
      return (
        partFault(request, partUrl, part.method, context) ??
        answerResource({ ...part, url: partUrl, origin }, token.claims, errors, context)
      );
    });
  }
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  return answerResource(
    { method: request.method, url, headers, body: request.body, origin },
    token.claims,
    errors,
    context,
  );
}

function answerResource(
  { method, url, headers, body, origin }: Asked,
  claims: Claims,
  errors: GraphErrors,
  context: SimulatorContext,
): GraphAnswer {
  const { world, now } = context;
  const [versionName = '', ...below] = parseGraphPath(url.pathname) ?? [];
  const version = parseVersion(versionName);
  let isKnown = false;
  for (const resource of GRAPH_RESOURCES) {
    if (version === undefined || (resource.only !== undefined && resource.only !== version)) continue;
    const keys = matchPattern(resource.pattern, below);
    if (keys === undefined) continue;
    isKnown = true;
    if (method !== (resource.method ?? 'GET')) continue;
    return (
      refuseBusyApp(resource.endpoint, claims, errors, context) ??
      checkPermission(resource.endpoint, claims, { world, errors }) ??
      (resource.also && checkPermission(resource.also, claims, { world, errors })) ??
      resource.handle({
        world,
        version,
        keys,
        query: url.searchParams,
        root: `${origin}/${versionName}`,
        url: `${origin}${url.pathname}`,
        errors,
        body,
        headers,
        may: (endpoint) => isPermitted(endpoint, claims, world),
        now: now(),
      })
    );
  }
  if (isKnown) return wrongMethod(errors);
  return errors.plain(400, 'BadRequest', `Resource not found for the segment '${unknownSegment(below)}'.`);
}

function wrongMethod(errors: GraphErrors): GraphAnswer {
  return errors.plain(
    405,
    'Request_BadRequest',
    'Specified HTTP method is not allowed for the request target.',
  );
}

/** Faults of a part are those that are an answer; its connection is that of the whole batch. */
function partFault(
  request: FastifyRequest,
  url: URL,
  method: string,
  { world, now }: SimulatorContext,
): GraphAnswer | undefined {
  const sorted = classifyRequest(url, method);
  const rules = world.faults.filter(({ fault }) => fault.kind === 'status' || fault.kind === 'replace');
  const fault = takeFault(rules, sorted);
  if (fault === undefined || (fault.kind !== 'status' && fault.kind !== 'replace')) return undefined;
  const { status, headers, body } = faultAnswer(fault, { request, endpoint: sorted.endpoint, now: now() });
  const retryAfter = headers['retry-after'];
  return {
    status,
    body: parseJson(body),
    ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': retryAfter } }),
  };
}

/** 429 for an app that has used up its share, while the world says that somebody counts. */
function refuseBusyApp(
  endpoint: ProtectedEndpoint,
  claims: Claims,
  errors: GraphErrors,
  { world, throttle }: SimulatorContext,
): GraphAnswer | undefined {
  const { throttling } = world.service;
  if (throttling === null) return undefined;
  const waitMs = throttle.add(String(claims['appid']), endpoint, throttling);
  if (waitMs === undefined) return undefined;
  const retryAfter = retryAfterOf(waitMs, throttling);
  return {
    ...errors.throttled(),
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
  };
}

function parseVersion(name: string): GraphVersion | undefined {
  const lower = name.toLowerCase();
  return lower === 'v1.0' || lower === 'beta' ? lower : undefined;
}

/** The first segment with which no known path goes on. */
function unknownSegment(path: readonly string[]): string {
  for (let length = 1; length <= path.length; length += 1) {
    const start = path.slice(0, length);
    const goesOn = GRAPH_RESOURCES.some(
      ({ pattern }) => matchPattern(pattern.slice(0, length), start) !== undefined,
    );
    if (!goesOn) return path[length - 1] ?? '';
  }
  return path.at(-1) ?? '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
