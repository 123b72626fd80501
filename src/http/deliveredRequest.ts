import type { FastifyRequest } from 'fastify';
import type { RequestContext } from '../node/requestContext.ts';
import { headerLinesOf } from './requestHeaders.ts';
import type { Surface } from './surface.ts';
import { traceparentOf } from './traceparentOf.ts';

/** What of a listener says how far its requests are believed. */
export interface ListenerTrust {
  readonly isUnixSocket: boolean;
  /** Devices connect here by themselves: their client certificates are their own. */
  readonly devices: boolean;
}

/** A request as it came to the gate itself, and who delivered it. */
export type DeliveredRequest = Pick<
  RequestContext,
  'caller' | 'headers' | 'clientCertificate' | 'peerAddress' | 'traceparent'
>;

/** Tells who delivered a request, from its connection, and what of the request a decision may see. */
export function deliveredRequest(
  request: FastifyRequest,
  { findProxy, findDeviceCertificate }: Pick<Surface, 'findProxy' | 'findDeviceCertificate'>,
  { isUnixSocket, devices }: ListenerTrust,
): DeliveredRequest {
  const headers = headerLinesOf(request);
  const caller = findProxy(request, headers, isUnixSocket);
  return {
    caller,
    headers,
    // A connection of a proxy is the proxy's, whatever certificate it shows.
    clientCertificate: devices && caller === undefined ? findDeviceCertificate(request) : undefined,
    peerAddress: request.raw.socket.remoteAddress,
    // Whose trace this belongs to is for a proxy to say.
    traceparent: caller === undefined ? undefined : traceparentOf(request),
  };
}
