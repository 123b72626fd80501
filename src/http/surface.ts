import type { FastifyRequest } from 'fastify';
import type { IntuneNode } from '../node/intuneNode.ts';
import type { ConnectionCertificate } from '../node/requestContext.ts';
import type { JourneySurface } from './am/journeySurface.ts';
import { clientCertificateOf } from './clientCertificate.ts';
import { createCallerAuthentication, type CallerSetup, type FindCaller } from './callerAuthentication.ts';
import { createProxyAuthentication, type FindProxy, type ProxySetup } from './proxyAuthentication.ts';
import type { EventsSurface } from './eventsSurface.ts';
import type { Monitoring } from './monitoring.ts';
import type { PolicyException } from '../policy/policyException.ts';
import type { GuardPages } from './forwardAuth/pageLocation.ts';
import type { GuardWatch } from './forwardAuth/guardWatch.ts';
import type { GuardedPolicy } from './guardedPolicy.ts';
import type { PagesSurface } from './pages/pagesSurface.ts';
import type { OperationsSurface } from './operationsSurface.ts';

/** What the HTTP routes answer from. It is replaced as a whole when the configuration is read again; a request sees one of them. */
export interface Surface {
  readonly nodes: ReadonlyMap<string, IntuneNode>;
  /** What a proxy may ask, by the name of the policy. */
  readonly policies: ReadonlyMap<string, GuardedPolicy>;
  /** Where proxies send people. */
  readonly stepUp: GuardPages;
  readonly exceptions: readonly PolicyException[];
  /** Is told what became of what proxies ask; undefined if nobody wants to know. */
  readonly watchGuard: GuardWatch | undefined;
  /** What journeys are answered from; undefined where none are configured. */
  readonly journeys: JourneySurface | undefined;
  /** What people see; undefined where it is not configured. */
  readonly pages: PagesSurface | undefined;
  /** Devices and groups, for callers with grants; undefined where nobody has any. */
  readonly operations: OperationsSurface | undefined;
  /** Histories of devices and keys of security events; undefined if nothing is taken down. */
  readonly events: EventsSurface | undefined;
  /** For those who run the gate; undefined if no listener serves them. */
  readonly monitoring: Monitoring | undefined;
  readonly findCaller: FindCaller;
  readonly findProxy: FindProxy;
  /** The certificate of a device that connects by itself; one that a caller or proxy is known by is no device's. */
  readonly findDeviceCertificate: (request: FastifyRequest) => ConnectionCertificate | undefined;
}

export interface SurfaceOptions extends Pick<Surface, 'nodes' | 'policies'> {
  readonly journeys?: JourneySurface | undefined;
  readonly pages?: PagesSurface | undefined;
  readonly callers: readonly CallerSetup[];
  readonly proxies: readonly ProxySetup[];
  readonly events?: EventsSurface | undefined;
  readonly monitoring?: Monitoring | undefined;
  /** Default: nobody is sent anywhere. */
  readonly stepUp?: GuardPages;
  /** Default: none. */
  readonly exceptions?: readonly PolicyException[];
  readonly watchGuard?: GuardWatch | undefined;
  readonly operations?: OperationsSurface | undefined;
}

const NO_PAGES: GuardPages = { loginUrl: '/login', allowedHosts: [] };

export function createSurface({
  nodes,
  policies,
  journeys,
  pages,
  callers,
  proxies,
  events,
  monitoring,
  stepUp = NO_PAGES,
  exceptions = [],
  watchGuard,
  operations,
}: SurfaceOptions): Surface {
  const pins = new Set(
    [...callers, ...proxies]
      .flatMap(({ certificateSha256 = [] }) => certificateSha256)
      .map((pin) => pin.toLowerCase()),
  );
  return {
    nodes,
    policies,
    journeys,
    pages,
    events,
    monitoring,
    stepUp,
    exceptions,
    watchGuard,
    operations,
    findCaller: createCallerAuthentication(callers),
    findProxy: createProxyAuthentication(proxies),
    findDeviceCertificate(request) {
      const certificate = clientCertificateOf(request);
      return certificate === undefined || pins.has(certificate.keySha256) ? undefined : certificate;
    },
  };
}
