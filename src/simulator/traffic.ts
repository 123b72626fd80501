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

/** Logs every request of this Fastify instance, lets the world's faults happen to it, and takes the time the service takes. */
export function observeTraffic(app: FastifyInstance, context: SimulatorContext): void {
  const { world, log, now } = context;
  const pending = new WeakMap<FastifyRequest, Pending>();

  app.addHook('onRequest', (request, reply, done) => {
    const url = requestUrl(request);
    const sorted = classifyRequest(url, request.method);
    const isSignIn =
      sorted.endpoint === 'token' || sorted.endpoint === 'discovery' || sorted.endpoint === 'managedIdentity';
    const noteStatus = log.add({
      at: now(),
      method: request.method,
      path: url.pathname,
      // Sign-in queries could hold a secret by mistake; Graph's hold what tests want to see.
      ...(isSignIn ? {} : { search: url.search }),
      ...sorted,
    });
    const state: Pending = { noteStatus, cutOff: false };
    pending.set(request, state);
    const fault = world.faults.length === 0 ? undefined : takeFault(world.faults, sorted);
    const { latencyMs } = world.service;
    const goOn = (): void => {
      if (fault === undefined) done();
      else applyFault(fault, { request, reply, endpoint: sorted.endpoint, state, done });
    };
    if (latencyMs === 0) goOn();
    else after(latencyMs, goOn);
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

  /** Closing does not wait: it destroys the sockets, and what comes later comes to nothing. */
  function after(delayMs: number, run: () => void): void {
    setTimeout(() => {
      if (!context.closing.aborted) run();
    }, delayMs).unref();
  }

  function applyFault(
    fault: Fault,
    {
      request,
      reply,
      endpoint,
      state,
      done,
    }: {
      request: FastifyRequest;
      reply: FastifyReply;
      endpoint: SimulatedEndpoint;
      state: Pending;
      done: () => void;
    },
  ): void {
    switch (fault.kind) {
      case 'slow':
        after(fault.delayMs, done);
        return;
      case 'cutOff':
        state.cutOff = true;
        done();
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
        void reply.code(answer.status).headers(answer.headers).send(answer.body);
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
