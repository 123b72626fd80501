import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import { checkBearerToken, checkPermission } from '../graphAccess.ts';
import { graphErrorsFor, graphHeaders } from '../graphHeaders.ts';
import { parseGraphPath } from '../graphPath.ts';
import { matchPattern } from '../graphResource.ts';
import { retryAfterOf } from '../throttleMeter.ts';
import { requestOrigin, requestUrl } from '../simulatorContext.ts';
import { detectedApps } from './detectedApps.ts';
import { deviceActions } from './deviceActions.ts';
import { deviceManagement } from './deviceManagement.ts';
import { entraDevice, entraDevices } from './entraDevices.ts';
import { managedDevice, managedDevices } from './managedDevices.ts';
import { policyStates, settingStates } from './policyStates.ts';
import type { GraphAnswer, GraphErrors } from '../graphErrors.ts';
import type { Claims } from '../jsonWebToken.ts';
import type { ProtectedEndpoint } from '../world.ts';
import type { GraphResource, GraphVersion } from '../graphResource.ts';
import type { SimulatorContext } from '../simulatorContext.ts';

/** Everything of Graph that the simulator has. */
export const GRAPH_RESOURCES: readonly GraphResource[] = [
  managedDevice,
  managedDevices,
  detectedApps,
  policyStates,
  settingStates,
  deviceManagement,
  entraDevice,
  entraDevices,
  ...deviceActions,
];

/** Graph, v1.0 and beta. Takes every address nobody else takes, since a wrong version is Graph's to refuse. */
export function graphRoutes(context: SimulatorContext): FastifyPluginCallback {
  return (app, _options, done) => {
    // Bodies are never read; any type is as good as another.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, parsed) => {
      parsed(null);
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
  const { world, now } = context;
  const origin = requestOrigin(request);
  const url = requestUrl(request);
  const errors = graphErrorsFor(request, now());
  const path = parseGraphPath(url.pathname);
  if (path === undefined) return errors.plain(400, 'BadRequest', 'Bad Request - Invalid URL');
  const [versionName = '', ...below] = path;
  const version = parseVersion(versionName);
  if (version === undefined) {
    return errors.plain(404, 'ResourceNotFound', `Invalid version: ${versionName.toLowerCase()}`);
  }
  const token = checkBearerToken(request.headers.authorization, {
    signer: context.signer,
    origin,
    now: now(),
    errors,
  });
  if (!token.ok) return token.answer;

  for (const resource of GRAPH_RESOURCES) {
    if (resource.only !== undefined && resource.only !== version) continue;
    const keys = matchPattern(resource.pattern, below);
    if (keys === undefined) continue;
    if (request.method !== (resource.method ?? 'GET')) {
      return errors.plain(
        405,
        'Request_BadRequest',
        'Specified HTTP method is not allowed for the request target.',
      );
    }
    return (
      refuseBusyApp(resource.endpoint, token.claims, errors, context) ??
      checkPermission(resource.endpoint, token.claims, { world, errors }) ??
      resource.handle({
        world,
        version,
        keys,
        query: url.searchParams,
        root: `${origin}/${versionName}`,
        url: `${origin}${url.pathname}`,
        errors,
        now: now(),
      })
    );
  }
  return errors.plain(400, 'BadRequest', `Resource not found for the segment '${unknownSegment(below)}'.`);
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
