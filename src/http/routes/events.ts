import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Erasure } from '../../history/sharedHistory.ts';
import { toWire } from '../../history/wireRun.ts';
import { parseGuid } from '../../node/deviceId.ts';
import type { Caller, HistoryRight } from '../callerAuthentication.ts';
import { erasureSchema } from '../erasureSchema.ts';
import type { EventsSurface } from '../eventsSurface.ts';
import { ProblemError } from '../problem.ts';
import type { Surface } from '../surface.ts';

/**
 * `GET /v1/history/{deviceId}`: what was decided about a device. `POST /v1/history/erase`: forgets a device or a user. `GET
 * /.well-known/ssf-configuration` and `/v1/events/keys`: what receivers of security event tokens need to know.
 */
export function registerEvents(app: FastifyInstance, surface: () => Surface): void {
  app.get('/v1/history/:deviceId', async (request) => {
    const current = surface();
    requireRight(current, request, 'read');
    const { history } = eventsOf(current);
    if (history === undefined) throw new ProblemError('notFound', 'This gate keeps no history.');
    const deviceId = parseGuid((request.params as { readonly deviceId: string }).deviceId);
    if (deviceId === undefined) throw new ProblemError('malformedRequest', 'The path names no device id.');
    const since = parseSince(request.query);
    const { runs, isComplete } = await history.find(deviceId);
    return {
      deviceId,
      complete: isComplete,
      runs: runs.filter(({ last }) => last.at >= since).map(toWire),
    };
  });

  app.route({
    method: 'POST',
    url: '/v1/history/erase',
    onRequest(request, _reply, done) {
      requireRight(surface(), request, 'erase');
      done();
    },
    async handler(request) {
      const current = surface();
      const caller = requireRight(current, request, 'erase');
      const whose = parseErasure(request.body);
      const devices = await eventsOf(current).erase(whose, caller.name);
      if (devices === undefined)
        throw new ProblemError(
          'unavailable',
          'The records that replicas share cannot be reached. Ask again.',
        );
      return { devices };
    },
  });

  app.get('/.well-known/ssf-configuration', async () => {
    const [issuer] = transmitterOf(surface()).issuers;
    return {
      spec_version: '1_0',
      issuer,
      jwks_uri: `${String(issuer).replace(/\/$/, '')}/v1/events/keys`,
      delivery_methods_supported: ['urn:ietf:rfc:8935'],
    };
  });
  app.get('/v1/events/keys', async () => transmitterOf(surface()).jwks());
}

function requireRight(
  { findCaller }: Pick<Surface, 'findCaller'>,
  request: FastifyRequest,
  right: Exclude<HistoryRight, 'none'>,
): Caller {
  const caller = findCaller(request);
  if (caller === undefined) {
    throw new ProblemError(
      'unauthenticated',
      'Send a bearer key or a client certificate that is configured.',
    );
  }
  if (caller.history !== 'erase' && caller.history !== right) {
    throw new ProblemError('notPermitted', `This caller may not ${right} histories.`);
  }
  return caller;
}

function eventsOf({ events }: Surface): EventsSurface {
  if (events === undefined) throw new ProblemError('notFound', 'This gate takes nothing down.');
  return events;
}

function transmitterOf(surface: Surface): NonNullable<EventsSurface['transmitter']> {
  const transmitter = surface.events?.transmitter;
  if (transmitter === undefined) throw new ProblemError('notFound', 'This gate sends no security events.');
  return transmitter;
}

function parseSince(query: unknown): number {
  const { since } = query as { readonly since?: unknown };
  if (since === undefined) return 0;
  const at = typeof since === 'string' && /^\d{4}-\d{2}-\d{2}/.test(since) ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(at))
    throw new ProblemError('malformedRequest', '`since` must be a date or a time (ISO 8601).');
  return at;
}

function parseErasure(body: unknown): Erasure {
  const parsed = erasureSchema.safeParse(body);
  if (!parsed.success) {
    throw new ProblemError('malformedRequest', 'Send either `deviceId` or `user`.');
  }
  if ('user' in parsed.data) return parsed.data;
  const deviceId = parseGuid(parsed.data.deviceId);
  if (deviceId === undefined) {
    throw new ProblemError('malformedRequest', 'Some fields are not as expected.', [
      { pointer: '/deviceId', detail: 'is no device id' },
    ]);
  }
  return { deviceId };
}
