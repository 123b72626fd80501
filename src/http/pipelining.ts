import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** Requests under way on one connection. Proxies and browsers have one, since answers come in the order of the questions. */
const MOST_UNDER_WAY = 16;

const underWay = new WeakMap<Socket, { count: number }>();

/** Closes a connection that asks on and on without waiting for answers, so that nobody takes all places over one of them. */
export function limitPipelining({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): void {
  const known = underWay.get(socket) ?? { count: 0 };
  known.count += 1;
  if (known.count === 1) underWay.set(socket, known);
  raw.on('close', leave);
  if (known.count <= MOST_UNDER_WAY && !socket.destroyed) return;
  socket.destroy();
  // What else came in the same piece is still handed on.
  throw new ProblemError('tooManyAtOnce', 'Wait for answers before you ask on.');
}

/** One function for all requests. A response is closed once. */
function leave(this: ServerResponse): void {
  const known = underWay.get(this.req.socket);
  if (known !== undefined) known.count -= 1;
}
