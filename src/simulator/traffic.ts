import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { classifyRequest } from './classifyRequest.ts';
import { faultAnswer } from './faultAnswer.ts';
import { takeFault } from './faults.ts';
import { requestUrl } from './simulatorContext.ts';
import type { SimulatedEndpoint } from './classifyRequest.ts';
import type { Fault } from './faults.ts';
import type { SimulatorContext } from './simulatorContext.ts';

interface Pending {
  readonly noteStatus: (status: number) => void;
  cutOff: boolean;
}

/** Logs every request of this Fastify instance and lets the world's faults happen to it. */
export function observeTraffic(app: FastifyInstance, context: SimulatorContext): void {
  const { world, log, now } = context;
  const pending = new WeakMap<FastifyRequest, Pending>();

  app.addHook('onRequest', async (request, reply) => {
    const url = requestUrl(request);
    const { endpoint, deviceId } = classifyRequest(url);
    const isSignIn = endpoint === 'token' || endpoint === 'discovery' || endpoint === 'managedIdentity';
    const noteStatus = log.add({
      at: now(),
      method: request.method,
      path: url.pathname,
      // Sign-in queries could hold a secret by mistake; Graph's hold what tests want to see.
      ...(isSignIn || url.search === '' ? {} : { query: decodeQuery(url) }),
      endpoint,
      ...(deviceId === undefined ? {} : { deviceId }),
    });
    const state: Pending = { noteStatus, cutOff: false };
    pending.set(request, state);
    const fault = takeFault(world.faults, { endpoint, ...(deviceId === undefined ? {} : { deviceId }) });
    if (fault !== undefined) await applyFault(fault, { request, reply, endpoint, state });
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const state = pending.get(request);
    state?.noteStatus(reply.statusCode);
    if (state?.cutOff !== true) {
      done();
      return;
    }
    sendHalf(reply, payload);
  });

  async function applyFault(
    fault: Fault,
    {
      request,
      reply,
      endpoint,
      state,
    }: { request: FastifyRequest; reply: FastifyReply; endpoint: SimulatedEndpoint; state: Pending },
  ): Promise<void> {
    switch (fault.kind) {
      case 'slow':
        try {
          await delay(fault.delayMs, undefined, { signal: context.closing });
        } catch {
          reply.hijack();
          request.raw.socket.destroy();
        }
        return;
      case 'cutOff':
        state.cutOff = true;
        return;
      case 'reset':
        reply.hijack();
        request.raw.socket.destroy();
        return;
      case 'hang':
        // Nobody will ever end this reply; closing the simulator destroys its socket.
        reply.hijack();
        return;
      case 'status':
      case 'wrongJson':
      case 'replace': {
        const answer = faultAnswer(fault, { request, endpoint, now: now() });
        await reply.code(answer.status).headers(answer.headers).send(answer.body);
      }
    }
  }
}

/** Sends the headers with the true length and half of the body, then breaks the connection. */
function sendHalf(reply: FastifyReply, payload: unknown): void {
  const body = Buffer.from(typeof payload === 'string' ? payload : '');
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(reply.statusCode, { 'content-length': body.length });
  raw.write(body.subarray(0, Math.floor(body.length / 2)), () => raw.destroy());
}

function decodeQuery(url: URL): string {
  return [...url.searchParams].map(([name, value]) => `${name}=${value}`).join('&');
}
