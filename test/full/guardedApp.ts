import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AppRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly allowed: boolean;
  /** Which device it is: what the gate said, or the proxy in the gate's name. */
  readonly deviceId: string | undefined;
}

/** An application behind a proxy. It remembers every request that reached it. */
export interface GuardedApp {
  readonly port: number;
  /** What came since it was last asked. */
  take(): readonly AppRequest[];
  close(): Promise<void>;
}

/** In the answer to whoever may pass. */
export const WELCOME = 'welcome to the application';

/** How an application asks the gate about the headers it got. */
export type AskGate = (rawHeaders: readonly string[]) => Promise<GateAnswer>;

export interface GateAnswer {
  readonly outcome: string;
  readonly reason: string;
  readonly deviceId: string | null;
}

const NO_ANSWER: GateAnswer = { outcome: 'none', reason: 'gateUnreachable', deviceId: null };

/** Starts the application on loopback. Without `ask` it believes its proxy: whatever arrives may pass. */
export async function startGuardedApp(ask?: AskGate): Promise<GuardedApp> {
  let requests: AppRequest[] = [];
  const server: Server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    request.resume();
    void (async () => {
      // An application that cannot ask lets nobody pass.
      const decision = await ask?.(rawHeaders).catch(() => NO_ANSWER);
      const allowed = decision === undefined || decision.outcome === 'Compliant';
      const told = request.headersDistinct['x-device-id']?.join();
      const deviceId = decision === undefined ? told : (decision.deviceId ?? undefined);
      requests.push({ method, url, rawHeaders, allowed, deviceId });
      response.writeHead(allowed ? 200 : 403, {
        ...(decision === undefined ? {} : { 'x-device-reason': decision.reason }),
        'content-type': 'text/plain',
      });
      response.end(allowed ? WELCOME : 'no');
    })();
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = requests;
      requests = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
