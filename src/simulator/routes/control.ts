import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { fieldErrorsOf, sendFieldErrors, sendProblem } from '../controlProblem.ts';
import {
  appPatch,
  entraDevicePatch,
  faultRuleBody,
  groupBody,
  servicePatch,
  tenantPatch,
  tokensPatch,
  userPatch,
} from '../controlSchemas.ts';
import { findEntraDeviceToChange } from '../deviceTable.ts';
import { describeApp, describeUser, describeWorld } from '../controlState.ts';
import { settleActions } from '../deviceActions.ts';
import { controlDeviceRoutes } from './controlDevices.ts';
import type { FaultRule } from '../faults.ts';
import type { SimulatorContext } from '../simulatorContext.ts';

interface KeyedRequest {
  Params: { key: string };
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** Changes the simulated world from outside. For callers on this machine that hold the control key. */
export function controlRoutes(options: { context: SimulatorContext; key: string }): FastifyPluginCallback {
  const { context, key } = options;
  const { world, log } = context;
  return (app, _options, done) => {
    void app.register(
      (control, _none, ready) => {
        control.addHook('onRequest', async (request, reply) => {
          if (!LOOPBACK.test(request.socket.remoteAddress ?? '')) {
            await sendProblem(reply, 403, 'Only callers on this machine may use the control routes.');
          } else if (!hasKey(request, key)) {
            await sendProblem(
              reply.header('www-authenticate', 'Bearer'),
              401,
              'The control key is missing or wrong.',
            );
          }
        });
        control.addHook('onSend', (request, reply, _payload, sent) => {
          if (request.method !== 'GET' && reply.statusCode < 300 && !request.url.endsWith('/requests'))
            context.onChange?.();
          sent();
        });
        control.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) =>
          sendProblem(reply, error.statusCode ?? 500, error.message),
        );
        controlDeviceRoutes(control, context);
        changeRoutes(control);
        groupRoutes(control);
        faultRoutes(control);
        control.get('/state', (_request, reply) => {
          settleActions(world, context.now());
          return reply.send(describeWorld(world));
        });
        control.get('/requests', (_request, reply) => reply.send({ requests: log.list() }));
        control.get('/counts', (_request, reply) => reply.send(log.counts()));
        control.delete('/requests', (_request, reply) => {
          log.clear();
          return reply.code(204).send();
        });
        control.post('/reset', (_request, reply) => {
          context.reset();
          return reply.code(204).send();
        });
        for (const rest of ['/', '/*']) {
          control.all(rest, (_request, reply) => sendProblem(reply, 404, 'There is no such control route.'));
        }
        ready();
      },
      { prefix: '/control' },
    );
    done();
  };

  function changeRoutes(control: FastifyInstance): void {
    control.patch('/tenant', (request, reply) =>
      change(request, reply, tenantPatch, ({ settings, ...rest }) => {
        Object.assign(world.tenant, rest);
        Object.assign(world.tenant.settings, settings);
        return world.tenant;
      }),
    );
    control.patch('/tokens', (request, reply) =>
      change(request, reply, tokensPatch, (patch) => Object.assign(world.tokens, patch)),
    );
    control.patch('/service', (request, reply) =>
      change(request, reply, servicePatch, (patch) => Object.assign(world.service, patch)),
    );
    control.patch<KeyedRequest>('/apps/:key', (request, reply) => {
      const app = world.apps.find(({ clientId }) => clientId === request.params.key.toLowerCase());
      if (app === undefined) return sendProblem(reply, 404, 'There is no app with this client id.');
      return change(request, reply, appPatch, (patch) => describeApp(Object.assign(app, patch)));
    });
    control.patch<KeyedRequest>('/users/:key', (request, reply) => {
      const upn = request.params.key.toLowerCase();
      const user = world.users.find(({ userPrincipalName }) => userPrincipalName.toLowerCase() === upn);
      if (user === undefined) return sendProblem(reply, 404, 'There is no user with this name.');
      return change(request, reply, userPatch, (patch) => describeUser(Object.assign(user, patch)));
    });
    control.patch<KeyedRequest>('/entraDevices/:key', (request, reply) => {
      const device = findEntraDeviceToChange(world, request.params.key.toLowerCase());
      if (device === undefined)
        return sendProblem(reply, 404, 'There is no Entra device with this deviceId.');
      return change(request, reply, entraDevicePatch, (patch) => Object.assign(device, patch));
    });
  }

  function groupRoutes(control: FastifyInstance): void {
    control.put<KeyedRequest>('/groups/:key', (request, reply) => {
      const id = request.params.key.toLowerCase();
      if (!GUID.test(id)) return sendFieldErrors(reply, [{ field: 'id', message: 'must be a GUID' }]);
      return change(request, reply, groupBody, (body) => {
        const group = { id, ...body };
        world.groups.set(id, group);
        return group;
      });
    });
    control.delete<KeyedRequest>('/groups/:key', (request, reply) =>
      world.groups.delete(request.params.key.toLowerCase())
        ? reply.code(204).send()
        : sendProblem(reply, 404, 'There is no group with this id.'),
    );
  }

  function faultRoutes(control: FastifyInstance): void {
    control.post('/faults', (request, reply) =>
      change(request, reply.code(201), faultRuleBody, (body) => {
        const rule = { id: randomUUID(), ...body } as FaultRule;
        world.faults.push(rule);
        return rule;
      }),
    );
    control.delete('/faults', (_request, reply) => {
      world.faults.length = 0;
      return reply.code(204).send();
    });
  }
}

/** Checks the body, makes the change and answers what came of it. */
function change<S extends z.ZodType>(
  request: FastifyRequest,
  reply: FastifyReply,
  schema: S,
  apply: (value: z.infer<S>) => unknown,
): FastifyReply {
  const parsed = schema.safeParse(request.body);
  return parsed.success
    ? reply.send(apply(parsed.data))
    : sendFieldErrors(reply, fieldErrorsOf(parsed.error));
}

function hasKey(request: FastifyRequest, key: string): boolean {
  const sent = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (sent === undefined) return false;
  const [left, right] = [Buffer.from(sent), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}
