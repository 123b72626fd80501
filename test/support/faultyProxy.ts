import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { Agent, request, type Dispatcher } from 'undici';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import { classifyRequest, type SimulatedEndpoint } from '../../src/simulator/classifyRequest.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { WireAnswer, WireFault } from './wireFault.ts';

/** Stands between a gate and the simulator, speaks TLS with a certificate of the simulator's authority, and can do everything wrong. */
export interface FaultyProxy {
  readonly origin: string;
  /** Undefined: everything is passed on as it is. */
  fault: WireFault | undefined;
  /** Requests by endpoint since the last clear, those that were never passed on included. */
  requests(): Readonly<Partial<Record<SimulatedEndpoint, number>>>;
  /** TCP connections since the last clear. */
  connections(): number;
  clear(): void;
  /** Ends every connection, so that the next request needs a new one. */
  hangUp(): void;
  close(): Promise<void>;
}

const DAY = 86_400_000;

export async function startFaultyProxy(simulator: Simulator): Promise<FaultyProxy> {
  const agent = new Agent({ connect: { ca: simulator.caPem } });
  /** By the port of the other side, which a TLS connection knows as well. */
  const sockets = new Map<number, Socket>();
  let counts: Partial<Record<SimulatedEndpoint, number>> = {};
  let connections = 0;
  let happened = 0;
  let current: WireFault | undefined;

  const servers = createTlsServers(simulator, serve);
  const tcp = createServer((socket) => {
    connections += 1;
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
    // The other side may go away at any moment.
    socket.on('error', () => undefined);
    if (current?.layer === 'tcp') current.happen(socket);
    else servers[current?.layer === 'tls' ? current.certificate : 'good'].emit('connection', socket);
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const host = `127.0.0.1:${(tcp.address() as AddressInfo).port}`;

  /** One connection: request after request, each answered before the next is read. */
  function serve(socket: Socket): void {
    let waiting = Buffer.alloc(0);
    let busy = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      void next();
    });

    async function next(): Promise<void> {
      const asked = busy ? undefined : parseRequest(waiting);
      if (asked === undefined) return;
      busy = true;
      waiting = waiting.subarray(asked.length);
      const { endpoint } = classifyRequest(new URL(asked.target, simulator.origin));
      counts[endpoint] = (counts[endpoint] ?? 0) + 1;
      const answer = await forward(asked);
      if (socket.destroyed) return;
      if (strikes(endpoint) && current?.layer === 'http') {
        happened += 1;
        current.happen({
          socket,
          answer,
          reset: () => void sockets.get(socket.remotePort ?? 0)?.resetAndDestroy(),
        });
      } else {
        socket.write(answer.head);
        socket.write(answer.body);
        if (!answer.isWhole) socket.end();
      }
      busy = false;
      void next();
    }
  }

  function strikes(endpoint: SimulatedEndpoint): boolean {
    if (current?.layer !== 'http') return false;
    const { endpoint: only = endpoint, times = Infinity } = current;
    return only === endpoint && happened < times;
  }

  async function forward({ method, target, headers, body }: AskedRequest): Promise<Forwarded> {
    const chunks: Uint8Array[] = [];
    let head = '';
    try {
      const answer = await request(`${simulator.origin}${target}`, {
        dispatcher: agent,
        method: method as 'GET',
        // With the host it was asked by, which the simulator repeats in its links.
        headers: { ...headers, host },
        body: body.length === 0 ? null : body,
      });
      head = headOf(answer);
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    } catch {
      return { head, body: Buffer.concat(chunks), isWhole: false };
    }
    return { head, body: Buffer.concat(chunks), isWhole: true };
  }

  return {
    origin: `https://${host}`,
    get fault() {
      return current;
    },
    set fault(fault) {
      current = fault;
      happened = 0;
    },
    requests: () => ({ ...counts }),
    connections: () => connections,
    clear() {
      counts = {};
      connections = 0;
    },
    hangUp() {
      for (const socket of sockets.values()) socket.destroy();
    },
    async close() {
      for (const socket of sockets.values()) socket.destroy();
      tcp.close();
      await once(tcp, 'close');
      await agent.destroy();
    },
  };
}

/** `isWhole`: false if the simulator itself broke off, which is passed on. */
type Forwarded = WireAnswer & { readonly isWhole: boolean };

const OF_ONE_CONNECTION = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding']);

function headOf({ statusCode, headers }: Dispatcher.ResponseData): string {
  const lines = Object.entries(headers)
    .filter(([name]) => !OF_ONE_CONNECTION.has(name))
    .map(([name, value]) => `${name}: ${String(value)}\r\n`);
  const length = String(headers['content-length'] ?? 0);
  return `HTTP/1.1 ${statusCode} \r\n${lines.join('')}content-length: ${length}\r\n\r\n`;
}

type Presented = 'good' | Extract<WireFault, { layer: 'tls' }>['certificate'];

/** They never listen themselves: connections are handed to the one whose certificate is wanted. */
function createTlsServers(
  { certificateAuthority }: Simulator,
  serve: (socket: Socket) => void,
): Record<Presented, TlsServer> {
  const stranger = createCertificateAuthority({ commonName: 'somebody else', now: Date.now });
  const usual = { commonName: 'proxy', usage: 'server', ipAddresses: ['127.0.0.1'] } as const;
  const valid = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
  const past = { notBefore: new Date(Date.now() - 3 * DAY), notAfter: new Date(Date.now() - DAY) };
  const speakingAs = ({
    certificatePem,
    privateKeyPem,
  }: ReturnType<typeof certificateAuthority.issue>): TlsServer => {
    const server = createTlsServer({ cert: certificatePem, key: privateKeyPem }, serve);
    // Clients that do not like the certificate leave in the middle.
    server.on('tlsClientError', () => undefined);
    return server;
  };
  return {
    good: speakingAs(certificateAuthority.issue({ ...usual, ...valid })),
    otherAuthority: speakingAs(stranger.issue({ ...usual, ...valid })),
    otherName: speakingAs(
      certificateAuthority.issue({
        ...valid,
        commonName: 'proxy',
        usage: 'server',
        dnsNames: ['other.example'],
      }),
    ),
    expired: speakingAs(certificateAuthority.issue({ ...usual, ...past })),
  };
}

interface AskedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  /** Bytes of head and body together. */
  readonly length: number;
}

/** The gate's requests have a content-length or no body. Undefined while there is more to come. */
function parseRequest(bytes: Buffer): AskedRequest | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [method = '', target = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < length) return undefined;
  const { connection: _connection, 'content-length': _length, ...passedOn } = headers;
  return { method, target, headers: passedOn, body: bytes.subarray(end + 4, length), length };
}
