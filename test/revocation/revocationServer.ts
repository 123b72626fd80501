import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string | undefined;
  readonly path: string;
  readonly type: string | undefined;
  readonly body: Buffer;
}

export type Answer = (received: Received, response: ServerResponse) => void;

/** A server on loopback that says what a test tells it to say, and counts who asked. */
export interface RevocationServer {
  /** `localhost:PORT`, as an allow-list would name it. */
  readonly host: string;
  url(path: string): string;
  /** What is answered under a path from now on. */
  answer(path: string, answer: Answer | Buffer): void;
  readonly received: readonly Received[];
  count(path: string): number;
  close(): Promise<void>;
}

export async function startRevocationServer(): Promise<RevocationServer> {
  const answers = new Map<string, Answer>();
  const received: Received[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const type = request.headers['content-type'];
    const one = { method: request.method, path, type, body: await readBody(request) };
    received.push(one);
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(404).end();
    else answer(one, response);
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `localhost:${port}`,
    url: (path) => `http://localhost:${port}${path}`,
    answer(path, answer) {
      answers.set(path, Buffer.isBuffer(answer) ? (_, response) => response.end(answer) : answer);
    },
    received,
    count: (path) => received.filter((one) => one.path === path).length,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
