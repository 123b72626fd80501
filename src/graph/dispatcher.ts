import tls, { createSecureContext, rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';

/** As the environment variables of the same names would say it; the gate's configuration hands them in. */
export interface ProxyOptions {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Hosts reached directly, comma separated; `*` for all. */
  readonly noProxy?: string;
}

export interface DispatcherOptions {
  readonly extraCaPems?: readonly string[] | undefined;
  readonly proxy?: ProxyOptions | undefined;
  /** Bound of TCP and TLS set-up. */
  readonly connectTimeoutMs: number;
}

/** One call at a time on each, so this is how many calls wait for Microsoft at once: 256 at 50 ms are 5,000 a second. */
const MAX_CONNECTIONS_PER_ORIGIN = 256;
const KEEP_ALIVE_MS = 30_000;

/**
 * The connections to Microsoft. Everything is said explicitly, so nothing in the environment can loosen it: certificates are checked
 * even under NODE_TLS_REJECT_UNAUTHORIZED=0, and proxies are those of the configuration, never HTTPS_PROXY.
 */
export function createDispatcher({ extraCaPems, proxy, connectTimeoutMs }: DispatcherOptions): Dispatcher {
  const connect = {
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
    // One context for all connections: parsing some 150 root certificates for each would cost more than the handshake.
    ...(extraCaPems && extraCaPems.length > 0
      ? { secureContext: createSecureContext({ ca: [...trustedByDefault(), ...extraCaPems] }) }
      : {}),
  };
  const shared = {
    connect,
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = proxy ?? {};
  if (httpProxy === '' && httpsProxy === '') return new Agent(shared);
  // Empty strings, not absent ones: for what is absent undici looks into the environment.
  return new EnvHttpProxyAgent({
    ...shared,
    requestTls: connect,
    proxyTls: connect,
    httpProxy,
    httpsProxy,
    noProxy,
  });
}

/**
 * Naming any CA replaces Node's own list, NODE_EXTRA_CA_CERTS included, so that list is put back. Only newer Nodes can say what it
 * really is; on older ones it is the bundled list.
 */
function trustedByDefault(): readonly string[] {
  const ask: unknown = Reflect.get(tls, 'getCACertificates');
  const answer: unknown = typeof ask === 'function' ? Reflect.apply(ask, tls, ['default']) : undefined;
  return Array.isArray(answer) ? answer.filter((pem) => typeof pem === 'string') : rootCertificates;
}
