import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createLiveGate, type LiveGate } from '../../src/cli/liveGate.ts';
import { openGate } from '../../src/cli/openGate.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { API_KEY, API_KEY_SHA256, configWith, simulatedTenant, type GateFolder } from '../cli/gateFolder.ts';

/** A gate that answers, asks Microsoft each time, and takes down what happens as `events` says. */
export interface RecordingGate {
  readonly live: LiveGate;
  readonly origin: string;
  readonly log: readonly Record<string, unknown>[];
  decide(deviceId: string, sharedState?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Calls a route with the key of the caller, who may read and erase histories. */
  call(
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** Replaces the section of events, and has the gate read it. */
  reconfigure(events: Record<string, unknown> | undefined): boolean;
  close(): Promise<void>;
}

export async function openRecordingGate(
  simulator: Simulator,
  folder: GateFolder,
  events: Record<string, unknown> | undefined,
  changes: Record<string, unknown> = {},
): Promise<RecordingGate> {
  const write = (section: Record<string, unknown> | undefined): string =>
    folder.config({
      ...configWith(simulatedTenant(simulator, folder)),
      callers: [{ name: 'journeys', apiKeySha256: [API_KEY_SHA256], nodes: ['default'], history: 'erase' }],
      listen: { port: 0, monitoring: true },
      answers: { compliantSeconds: 0, otherSeconds: 0, notFoundSeconds: 0 },
      ...(section === undefined ? {} : { events: section }),
      ...changes,
    });
  const file = write(events);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(
    'info',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (const line of chunk.toString().trim().split('\n'))
          log.push(JSON.parse(line) as Record<string, unknown>);
        done();
      },
    }),
  );
  const load = () => loadConfig(file, {});
  const config = load();
  const live = createLiveGate({ config, load, logger });
  const open = await openGate({ config, surface: () => live.current().surface, logger });
  const [origin = ''] = open.origins;
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  return {
    live,
    origin,
    log,
    async decide(deviceId, sharedState = {}) {
      const response = await fetch(`${origin}/v1/decisions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ request: { headers: { 'x-intune': [`CN=${deviceId}`] } }, sharedState }),
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async call(path, body) {
      const response = await fetch(`${origin}${path}`, {
        headers,
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    reconfigure(section) {
      write(section);
      return live.reload();
    },
    async close() {
      await open.close();
      await live.close();
    },
  };
}

/** Has Intune say something else of a device. */
export function setState(simulator: Simulator, deviceId: string, complianceState: string): void {
  const device = simulator.world.devices.get(deviceId);
  if (device === undefined) throw new Error('no such device');
  simulator.world.devices.set(deviceId, {
    ...device,
    properties: { ...device.properties, complianceState },
  });
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Takes calls, and answers each as told: a status, with headers and a body; undefined for no answer at all. */
export async function startReceiver(
  answer: (
    call: Received,
    index: number,
  ) => number | { status: number; headers?: Record<string, string>; body?: string } | undefined,
  options: { readonly tls?: { readonly cert: string; readonly key: string }; readonly port?: number } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  const handle = async (request: IncomingMessage): Promise<ReturnType<typeof answer>> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const call = { headers: request.headers, body };
    received.push(call);
    return answer(call, received.length - 1);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const what = await handle(request);
    if (what === undefined) return;
    const { status, headers = {}, body = '' } = typeof what === 'number' ? { status: what } : what;
    response.writeHead(status, headers).end(body);
  };
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    void respond(request, response);
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/events`,
    port,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
