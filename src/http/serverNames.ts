import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';

/**
 * Was a request meant for another server? Both the name in the TLS handshake and the name in Host must be one of the listener's, so
 * that what was proved to one name is never used with another.
 *
 * @param names lower case; undefined asks for nothing
 */
export function isMisdirected(
  { raw, host }: FastifyRequest,
  names: ReadonlySet<string> | undefined,
): boolean {
  if (names === undefined) return false;
  // Not in the types of Node: the name of the handshake, or false.
  const { servername } = raw.socket as TLSSocket & { servername?: string | false };
  const asked = host.toLowerCase().replace(/:\d+$/, '');
  return typeof servername !== 'string' || !names.has(servername.toLowerCase()) || !names.has(asked);
}
