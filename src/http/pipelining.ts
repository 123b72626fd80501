import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Requests under way on one connection. Proxies and browsers have one, since answers come in the order of the questions. */
const MOST_UNDER_WAY = 16;

const underWay = new WeakMap<Socket, number>();

/** Closes a connection that asks on and on without waiting for answers, so that nobody takes all places over one of them. */
export function limitPipelining({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): void {
  const count = (underWay.get(socket) ?? 0) + 1;
  underWay.set(socket, count);
  raw.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
  if (count > MOST_UNDER_WAY) socket.destroy();
}
