import type { FastifyInstance } from 'fastify';
import { GateError } from '../errors.ts';

const SWEEP_MS = 50;

/**
 * Starts listening.
 *
 * @returns the origin to reach the server at
 * @throws GateError `portTaken` if the address cannot be had
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw addressError(error, host, port);
  }
  const address = app.server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const scheme = 'setSecureContext' in app.server ? 'https' : 'http';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}

/**
 * Stops listening and lets running requests finish. Fastify ends the connections that are idle when it is told to close; one whose
 * answer goes out later would be kept alive for the next request, and hold everything up.
 */
export async function stopListening(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}

/** One line for the ways an address cannot be had; anything else stays as it is. */
export function addressError(error: unknown, host: string, port: number | string): unknown {
  const place = typeof port === 'string' ? `the socket ${port}` : `port ${port} on ${host}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new GateError(
        'portTaken',
        `${place} is taken by another program; choose another${typeof port === 'string' ? '' : ', or 0 for a free one'}`,
        { cause: error },
      );
    case 'EACCES':
      return new GateError('portTaken', `${place} needs rights this process does not have`, { cause: error });
    case 'EINVAL':
      return new GateError(
        'portTaken',
        `${host} is no address that can be listened on${host.includes(':') ? '; a link-local one needs its interface, as in fe80::1%eth0' : ''}`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new GateError('portTaken', `${host} is no address of this machine`, { cause: error });
    default:
      return error;
  }
}
