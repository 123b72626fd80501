import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { createAddressRanges, isInRanges } from '../node/addressRanges.ts';
import type { HeaderLine } from '../node/requestContext.ts';
import { takeSingleHeader } from '../node/singleHeader.ts';
import { clientCertificateOf, isCurrent } from './clientCertificate.ts';

/** A proxy and what it is known by. Everything that is given must hold; within a list, one is enough. */
export interface ProxySetup {
  readonly name: string;
  /** Address ranges it connects from. */
  readonly addresses?: readonly string[] | undefined;
  /** SHA-256 of the public keys of its client certificates, hex. */
  readonly certificateSha256?: readonly string[] | undefined;
  /** It shows no client certificate. */
  readonly withoutCertificate?: true | undefined;
  /** It connects through a Unix socket. */
  readonly socket?: true | undefined;
  /** A header whose value only it knows; SHA-256 of each value, hex. */
  readonly secretHeader?: { readonly name: string; readonly sha256: readonly string[] } | undefined;
}

/** What a connection and one request on it show about who is on the other end. */
interface Shown {
  /** Address of the peer; undefined on a Unix socket, and once a connection is gone. */
  readonly address: string | undefined;
  readonly isUnixSocket: boolean;
  readonly showsCertificate: boolean;
  /** Hash of the key of its client certificate, if that is within its validity. */
  readonly keySha256: string | undefined;
  readonly headers: readonly HeaderLine[];
}

/** One way to know a proxy. */
type Proof = (shown: Shown) => boolean;

const SHORTEST_SECRET = 32;
const LONGEST_SECRET = 512;

/**
 * Which proxy a request came through.
 *
 * @param isUnixSocket does the listener that took the request listen on a Unix socket?
 * @returns the proxy's name; undefined if nobody proved to be one
 */
export type FindProxy = (
  request: FastifyRequest,
  headers: readonly HeaderLine[],
  isUnixSocket: boolean,
) => string | undefined;

/**
 * Tells which proxy a request came through, from the connection and never from what a client could have sent through the proxy. The
 * first in the order of the configuration counts. One without any proof is nobody.
 */
export function createProxyAuthentication(
  setups: readonly ProxySetup[],
  now: () => number = Date.now,
): FindProxy {
  const proxies = setups.map((setup) => ({ name: setup.name, proofs: proofsOf(setup) }));
  return (request, headers, isUnixSocket) => {
    const certificate = clientCertificateOf(request);
    const shown: Shown = {
      address: request.raw.socket.remoteAddress,
      isUnixSocket,
      showsCertificate: certificate !== undefined,
      keySha256:
        certificate !== undefined && isCurrent(certificate.x509, now()) ? certificate.keySha256 : undefined,
      headers,
    };
    return proxies.find(({ proofs }) => proofs.length > 0 && proofs.every((proof) => proof(shown)))?.name;
  };
}

function proofsOf({
  addresses,
  certificateSha256,
  withoutCertificate,
  socket,
  secretHeader,
}: ProxySetup): readonly Proof[] {
  const proofs: Proof[] = [];
  if (addresses !== undefined) {
    const ranges = createAddressRanges(addresses);
    proofs.push(({ address }) => address !== undefined && isInRanges(ranges, address));
  }
  if (certificateSha256 !== undefined) {
    const pins = new Set(certificateSha256.map((pin) => pin.toLowerCase()));
    proofs.push(({ keySha256 }) => keySha256 !== undefined && pins.has(keySha256));
  }
  if (socket === true) proofs.push((shown) => shown.isUnixSocket);
  if (secretHeader !== undefined) {
    const hashes = secretHeader.sha256.map((hash) => Buffer.from(hash, 'hex'));
    proofs.push(({ headers }) => holdsSecret(headers, secretHeader.name, hashes));
  }
  // Proves nothing by itself, so it only joins others.
  if (withoutCertificate === true && proofs.length > 0) proofs.push((shown) => !shown.showsCertificate);
  return proofs;
}

/** Two lines of the header prove nothing: one of them may be a client's guess. */
function holdsSecret(headers: readonly HeaderLine[], name: string, hashes: readonly Buffer[]): boolean {
  const taken = takeSingleHeader(headers, name);
  if (taken.is !== 'present' || typeof taken.value !== 'string') return false;
  if (taken.value.length < SHORTEST_SECRET || taken.value.length > LONGEST_SECRET) return false;
  const hash = createHash('sha256').update(taken.value).digest();
  return hashes.some((known) => timingSafeEqual(known, hash));
}
