import { createHash, type X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';

/** The certificate the peer of a connection showed, and whose key the handshake proved that it holds. */
export interface ClientCertificate {
  readonly x509: X509Certificate;
  /** DER. */
  readonly der: Buffer;
  /** Did TLS find a path to one of the authorities of the listener? */
  readonly isAuthorized: boolean;
  /** SHA-256 of the public key (SPKI, DER), lower-case hex. */
  readonly keySha256: string;
}

/** A connection keeps its certificate: renegotiation is off on every listener. */
const known = new WeakMap<TLSSocket, ClientCertificate>();

/** The client certificate of the connection that a request came over; undefined without one. No CA takes part. */
export function clientCertificateOf({ raw: { socket } }: FastifyRequest): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const remembered = known.get(socket);
  if (remembered !== undefined) return remembered;
  const x509 = socket.getPeerX509Certificate();
  if (x509 === undefined) return undefined;
  const spki = x509.publicKey.export({ type: 'spki', format: 'der' });
  const certificate = {
    x509,
    der: x509.raw,
    isAuthorized: socket.authorized,
    keySha256: createHash('sha256').update(spki).digest('hex'),
  };
  known.set(socket, certificate);
  return certificate;
}

/** Is `now` (milliseconds since 1970) within the validity of a certificate? */
export function isCurrent({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
