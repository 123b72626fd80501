import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { GateConfig, ListenerSetup } from '../config/gateConfig.ts';
import { GateError } from '../errors.ts';
import { buildApp, secureContextOf } from '../http/app.ts';
import type { Logger } from '../http/logging.ts';
import type { Surface } from '../http/surface.ts';
import { addressError, listen, stopListening } from './listen.ts';

/** A gate that answers. */
export interface OpenGate {
  /** Where it can be reached, in the order of the listeners: origins, and `unix:` with the path for sockets. */
  readonly origins: readonly string[];
  /** Has new connections greeted with the certificates of `listeners`, as far as they are at the places of the beginning. */
  renewCertificates(listeners: readonly ListenerSetup[]): void;
  /** Stops listening and lets running requests finish. */
  close(): Promise<void>;
  /** Ends every connection at once, whatever goes on there: for those that did not end in time. */
  abandon(): void;
}

export interface OpenGateOptions {
  /** Bounds and places to listen at, fixed for as long as the gate is open. */
  readonly config: Pick<GateConfig, 'listeners' | 'limits'>;
  readonly surface: () => Surface;
  readonly logger: Logger;
}

/**
 * Opens every listener of a gate, or none.
 *
 * @throws GateError `portTaken` if an address or a socket cannot be had
 */
export async function openGate({ config, surface, logger }: OpenGateOptions): Promise<OpenGate> {
  const apps: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(apps.map(stopListening));
  };
  const origins: string[] = [];
  try {
    for (const listener of config.listeners) {
      const app = buildApp({
        surface,
        logger,
        bodyBytes: config.limits.bodyBytes,
        listener: {
          isUnixSocket: 'socketPath' in listener,
          tls: 'tls' in listener ? listener.tls : undefined,
          monitoring: listener.monitoring,
        },
      });
      apps.push(app);
      origins.push(
        'socketPath' in listener
          ? await listenOnSocket(app, listener.socketPath, listener.mode)
          : await listen(app, listener.host, listener.port),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    origins,
    close,
    abandon() {
      for (const { server } of apps) server.closeAllConnections();
    },
    renewCertificates(listeners) {
      apps.forEach((app, index) => {
        const place = JSON.stringify(placeOf(config.listeners[index]));
        const listener = listeners.find((candidate) => JSON.stringify(placeOf(candidate)) === place);
        if (listener === undefined || !('tls' in listener) || listener.tls === undefined) return;
        if (app.server instanceof TlsServer) app.server.setSecureContext(secureContextOf(listener.tls));
      });
    },
  };
}

/** Until its permissions are set, a socket is the owner's alone under any usual umask. Node removes it at the end. */
async function listenOnSocket(app: FastifyInstance, path: string, mode: number): Promise<string> {
  await removeAbandonedSocket(path);
  try {
    await app.listen({ path });
    chmodSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EROFS' || code === 'ENOTDIR') {
      throw new GateError('portTaken', `the socket ${path} cannot be made: there is no such folder`, {
        cause: error,
      });
    }
    throw addressError(error, 'this machine', path);
  }
  return `unix:${path}`;
}

/** What a gate that was killed left behind goes; a socket that answers, or another kind of file, stays. */
async function removeAbandonedSocket(path: string): Promise<void> {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return;
  if (!facts.isSocket()) throw new GateError('portTaken', `${path} is no socket; it is left alone`);
  const isAbandoned = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(false));
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
    probe.once('connect', () => probe.destroy());
  });
  if (isAbandoned) unlinkSync(path);
}

/** What a listener cannot change while it listens. */
export function placeOf(listener: ListenerSetup | undefined): object {
  if (listener === undefined || !('tls' in listener)) return { ...listener };
  const { host, port, monitoring, tls } = listener;
  return {
    host,
    port,
    monitoring,
    tls: tls && { serverNames: tls.serverNames ?? null, devices: tls.devices },
  };
}
