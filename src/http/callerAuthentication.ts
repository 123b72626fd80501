import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Rights } from '../operations/actor.ts';
import type { Grant } from '../operations/operationClass.ts';
import { clientCertificateOf, isCurrent } from './clientCertificate.ts';

/** One principal and how it proves itself. */
export interface CallerSetup {
  readonly name: string;
  readonly apiKeySha256: readonly string[];
  readonly certificateSha256: readonly string[];
  /** Nodes it may ask. */
  readonly nodes: readonly string[];
  /** What it may do with devices and groups. Default: nothing. */
  readonly grants?: readonly Grant[];
  /** Tenants it may do that in. Default: none. */
  readonly tenants?: readonly string[];
  /** What it may do with the history of devices. Default: nothing. */
  readonly history?: HistoryRight;
}

/** `erase` includes `read`. */
export type HistoryRight = 'none' | 'read' | 'erase';

/** An authenticated principal. */
export interface Caller extends Rights {
  readonly name: string;
  readonly nodes: ReadonlySet<string>;
  readonly history: HistoryRight;
}

/** Who is calling; undefined for nobody known. */
export type FindCaller = (request: FastifyRequest) => Caller | undefined;

/** Shorter keys can be guessed from their hash; `intune-gate key` makes longer ones. */
const SHORTEST_KEY = 32;
const LONGEST_KEY = 512;

/**
 * Tells who is calling, from a bearer key or from the client certificate of the connection. Keys are known by their SHA-256 only: they
 * are random and long, so a slow hash would protect nothing, and looking a hash up leaks nothing of a key through timing.
 *
 * @returns undefined for nobody known; a request with two different identities is nobody
 */
export function createCallerAuthentication(
  setups: readonly CallerSetup[],
  now: () => number = Date.now,
): FindCaller {
  const byKey = new Map<string, Caller>();
  const byCertificate = new Map<string, Caller>();
  for (const setup of setups) {
    const { name, nodes, grants, tenants, history = 'none' } = setup;
    const caller: Caller = {
      name,
      nodes: new Set(nodes),
      grants: new Set(grants),
      tenants: new Set(tenants),
      history,
    };
    for (const pin of setup.apiKeySha256) byKey.set(pin.toLowerCase(), caller);
    for (const pin of setup.certificateSha256) byCertificate.set(pin.toLowerCase(), caller);
  }

  return (request) => {
    const authorization = request.headers.authorization;
    const certificate = clientCertificateOf(request);
    // The pin says whose key it is; no CA takes part.
    const fromCertificate = certificate && byCertificate.get(certificate.keySha256);
    if (authorization === undefined) {
      return certificate !== undefined && isCurrent(certificate.x509, now()) ? fromCertificate : undefined;
    }
    const [, key = ''] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization) ?? [];
    if (key.length < SHORTEST_KEY || key.length > LONGEST_KEY) return undefined;
    const fromKey = byKey.get(hash('sha256', key, 'hex'));
    return fromCertificate === undefined || fromCertificate === fromKey ? fromKey : undefined;
  };
}
