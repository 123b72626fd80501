import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Gate } from '../compose.ts';
import type { ListenerSetup } from '../config/gateConfig.ts';
import { GateError } from '../errors.ts';
import { addressError, listen, stopListening } from './listen.ts';

/** A gate that answers. */
export interface OpenGate {
  /** Where it can be reached, in the order of the listeners: origins, and `unix:` with the path for sockets. */
  readonly origins: readonly string[];
  /** Stops listening and lets running requests finish. */
  close(): Promise<void>;
}

/**
 * Opens every listener of a gate, or none.
 *
 * @throws GateError `portTaken` if an address or a socket cannot be had
 */
export async function openGate(gate: Gate, listeners: readonly ListenerSetup[]): Promise<OpenGate> {
  const apps: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(apps.map(stopListening));
  };
  const origins: string[] = [];
  try {
    for (const listener of listeners) {
      const app = gate.buildApp(listener);
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
  return { origins, close };
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
