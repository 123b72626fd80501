import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyPluginCallback } from 'fastify';
import { createCertificateAuthority } from './certificateAuthority.ts';
import { createRequestLog } from './requestLog.ts';
import { managedIdentityRoutes } from './routes/managedIdentity.ts';
import { buildSimulatorApp } from './simulatorApp.ts';
import { createThrottleMeter } from './throttleMeter.ts';
import { createTokenSigner } from './tokenSigner.ts';
import { createWorld } from './world.ts';
import type { CertificateAuthority } from './certificateAuthority.ts';
import type { LoggedRequest } from './requestLog.ts';
import type { SimulatorContext } from './simulatorContext.ts';
import type { World } from './world.ts';

const YEAR = 365 * 86_400_000;

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Default: random. */
  readonly controlKey?: string;
  /** Default: {@link createWorld}. What it is now is what a reset goes back to. */
  readonly world?: World;
  /** More names for the server certificate, beside localhost, 127.0.0.1 and ::1. */
  readonly dnsNames?: readonly string[];
  /** Called after something was changed through the control routes, before the answer to it is sent. */
  readonly onChange?: () => void;
}

export interface Simulator {
  /** Authority and Graph: one origin without a path, such as `https://127.0.0.1:8443`. */
  readonly origin: string;
  readonly caPem: string;
  readonly certificateAuthority: CertificateAuthority;
  readonly control: { readonly url: string; readonly key: string };
  /** Change it, and the next request sees the change. A reset replaces its contents, so keep `world`, not its parts. */
  readonly world: World;
  /** The newest 10,000 requests to the token endpoint, IMDS and Graph, oldest first. A copy. */
  requests(): LoggedRequest[];
  clearRequests(): void;
  /** Puts the world back to the start and clears the log. */
  reset(): void;
  /** IMDS as a Fastify plugin, to mount on a plain http server. Its tokens are good for this simulator's Graph. */
  readonly managedIdentityPlugin: FastifyPluginCallback;
  /** Does not wait for open connections or pending faults. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Microsoft's token endpoint and Graph on one HTTPS origin, with an authority of its own.
 * Rejects with node's own error if the address cannot be used (`code` EADDRINUSE).
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, now = Date.now } = options;
  const world = options.world ?? createWorld({ now });
  const initialWorld = structuredClone(world);
  const log = createRequestLog();
  const throttle = createThrottleMeter({ now });
  const closing = new AbortController();
  // Every slow answer listens to it, and takes its listener away again.
  setMaxListeners(0, closing.signal);
  const controlKey = options.controlKey ?? randomBytes(24).toString('base64url');
  const context: SimulatorContext = {
    world,
    now,
    signer: createTokenSigner({ now }),
    log,
    throttle,
    closing: closing.signal,
    onChange: options.onChange,
    reset() {
      Object.assign(world, structuredClone(initialWorld));
      log.clear();
      throttle.clear();
    },
  };
  // Clients check TLS by the real clock, gates check client certificates by the injected one: the certificates suit both.
  const earliest = Math.min(now(), Date.now());
  const latest = Math.max(now(), Date.now());
  const certificateAuthority = createCertificateAuthority({
    commonName: 'intune-gate simulator CA',
    now,
    notBefore: new Date(earliest - YEAR),
    notAfter: new Date(latest + 10 * YEAR),
  });
  const server = certificateAuthority.issue({
    commonName: 'intune-gate simulator',
    usage: 'server',
    dnsNames: ['localhost', ...(options.dnsNames ?? [])],
    ipAddresses: ['127.0.0.1', '::1'],
    notBefore: new Date(earliest - YEAR / 365),
    notAfter: new Date(latest + YEAR),
  });
  const app = await buildSimulatorApp({
    context,
    controlKey,
    tls: { cert: server.certificatePem, key: server.privateKeyPem },
  });

  // Raw sockets, so that closing also ends those that never finished their handshake.
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw error;
  }
  const origin = originOf(host, (app.server.address() as AddressInfo).port);

  return {
    origin,
    caPem: certificateAuthority.certificatePem,
    certificateAuthority,
    control: { url: `${origin}/control`, key: controlKey },
    world,
    requests: () => log.list(),
    clearRequests: () => log.clear(),
    reset: () => context.reset(),
    managedIdentityPlugin: managedIdentityRoutes(context),
    async close() {
      closing.abort();
      for (const socket of sockets) socket.destroy();
      await app.close();
    },
  };
}

/** An address that callers on this machine can use, also when the server listens on all of them. */
function originOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `https://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
