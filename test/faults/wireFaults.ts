import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Exchange, WireAnswer, WireFault } from '../support/wireFault.ts';

/** Before TLS. */
export const TCP_FAULTS = {
  'accepts and stays silent': (socket) => socket.resume(),
  'closes each connection': (socket) => socket.end(),
  'resets each connection': (socket) => socket.resetAndDestroy(),
  'breaks the TLS handshake off': (socket) => socket.once('data', () => socket.destroy()),
  'resets during the TLS handshake': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'answers TLS with garbage': (socket) => socket.once('data', () => socket.write(Buffer.alloc(4_096, 0xa5))),
  'answers TLS with plain HTTP': (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')),
  'answers TLS with an alert': (socket) =>
    socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
} as const satisfies Record<string, (socket: Socket) => unknown>;

/** Instead of an answer. */
export const HTTP_FAULTS = {
  'closes without an answer': ({ socket }) => socket.end(),
  'resets without an answer': ({ reset }) => reset(),
  'never answers': () => undefined,
  'answers after 150 ms': ({ socket, answer }) => after(socket, 150, () => send(socket, answer)),
  'answers after two seconds': ({ socket, answer }) => after(socket, 2_000, () => send(socket, answer)),
  'cuts in the middle of the headers': ({ socket, answer }) =>
    socket.end(answer.head.slice(0, answer.head.length / 2)),
  'closes after the headers': ({ socket, answer }) => socket.end(answer.head),
  'stays silent after the headers': ({ socket, answer }) => socket.write(answer.head),
  'cuts the body in half': ({ socket, answer }) => socket.end(Buffer.concat([headOf(answer), half(answer)])),
  'resets in the middle of the body': ({ socket, answer, reset }) => {
    socket.write(Buffer.concat([headOf(answer), half(answer)]));
    // A reset overtakes what was sent just before.
    after(socket, 50, reset);
  },
  'stays silent in the middle of the body': ({ socket, answer }) =>
    socket.write(Buffer.concat([headOf(answer), half(answer)])),
  'drips the headers': ({ socket, answer }) => drip(socket, headOf(answer)),
  'drips the body': ({ socket, answer }) => {
    socket.write(answer.head);
    drip(socket, answer.body);
  },
  'reorders the body': ({ socket, answer }) => {
    const first = half(answer);
    socket.write(Buffer.concat([headOf(answer), answer.body.subarray(first.length), first]));
  },
  'answers twice': ({ socket, answer }) =>
    socket.write(Buffer.concat([headOf(answer), answer.body, headOf(answer), answer.body])),
  'says a content-length that is too small': ({ socket, answer }) =>
    socket.write(Buffer.concat([headWithLength(answer, answer.body.length - 10), answer.body])),
  'says a content-length that is too large': ({ socket, answer }) =>
    socket.end(Buffer.concat([headWithLength(answer, answer.body.length + 10), answer.body])),
  'says a content-length of a petabyte': ({ socket, answer }) =>
    socket.write(Buffer.concat([headWithLength(answer, 10 ** 15), answer.body])),
  'says two content-lengths': ({ socket, answer }) =>
    socket.write(
      Buffer.concat([
        Buffer.from(answer.head.replace('\r\n\r\n', `\r\ncontent-length: ${answer.body.length - 1}\r\n\r\n`)),
        answer.body,
      ]),
    ),
  'says content-length and chunked': ({ socket, answer }) =>
    socket.write(
      Buffer.concat([
        Buffer.from(answer.head.replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n')),
        chunk(answer.body),
      ]),
    ),
  'sends a chunk size that is none': ({ socket, answer }) =>
    socket.write(Buffer.concat([chunkedHead(answer), Buffer.from('zz\r\n')])),
  'leaves out the last chunk': ({ socket, answer }) =>
    socket.end(Buffer.concat([chunkedHead(answer), chunk(answer.body)])),
  'sends garbage instead of HTTP': ({ socket }) => socket.write(Buffer.alloc(4_096, 0xa5)),
  'speaks HTTP/2': ({ socket }) => socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])),
  'switches protocols': ({ socket }) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n'),
  'floods with 100 Continue': ({ socket }) => flood(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),
  'floods with 103 Early Hints': ({ socket }) =>
    flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  'floods with headers': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    flood(socket, `x-more: ${'m'.repeat(200)}\r\n`);
  },
  'sends an endless body': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
    flood(socket, ' '.repeat(1_048_576));
  },
  'compresses unasked': ({ socket, answer }) => sendCompressed(socket, gzipSync(answer.body)),
  'sends a gzip bomb': ({ socket }) => sendCompressed(socket, BOMB),
  'redirects to itself': ({ socket }) => redirect(socket, 302, '/'),
  'redirects to another host': ({ socket }) => redirect(socket, 307, 'http://127.0.0.1:9/'),
  'redirects permanently': ({ socket }) => redirect(socket, 308, 'https://graph.example/'),
} as const satisfies Record<string, (exchange: Exchange) => unknown>;

export function tcpFault(name: keyof typeof TCP_FAULTS): WireFault {
  return { layer: 'tcp', happen: TCP_FAULTS[name] };
}

export function httpFault(
  name: keyof typeof HTTP_FAULTS,
  where: Pick<Extract<WireFault, { layer: 'http' }>, 'endpoint' | 'times'> = {},
): WireFault {
  return { layer: 'http', happen: HTTP_FAULTS[name], ...where };
}

/** 64 MiB out of 64 KiB. */
const BOMB = gzipSync(Buffer.alloc(64 * 1_048_576));

function send(socket: Socket, { head, body }: WireAnswer): void {
  socket.write(head);
  socket.write(body);
}

function after(socket: Socket, delayMs: number, run: () => void): void {
  setTimeout(() => {
    if (!socket.destroyed) run();
  }, delayMs).unref();
}

/** A byte every 50 ms. */
function drip(socket: Socket, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || sent >= bytes.length) clearInterval(timer);
    else socket.write(bytes.subarray(sent, (sent += 1)));
  }, 50);
  timer.unref();
}

/** As fast as the other side reads, and no faster than it lets others have their turn. */
function flood(socket: Socket, text: string): void {
  const portion = Buffer.from(text.repeat(Math.ceil(1_024 / text.length)));
  const pour = (): void => {
    if (socket.destroyed) return;
    if (socket.write(portion)) setTimeout(pour, 1);
    else socket.once('drain', () => setTimeout(pour, 1));
  };
  pour();
}

function redirect(socket: Socket, status: number, location: string): void {
  socket.write(`HTTP/1.1 ${status} Elsewhere\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
}

function sendCompressed(socket: Socket, body: Buffer): void {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
}

function headOf({ head }: WireAnswer): Buffer {
  return Buffer.from(head);
}

function headWithLength({ head }: WireAnswer, length: number): Buffer {
  return Buffer.from(head.replace(/content-length: \d+/, `content-length: ${length}`));
}

function chunkedHead({ head }: WireAnswer): Buffer {
  return Buffer.from(head.replace(/content-length: \d+/, 'transfer-encoding: chunked'));
}

function chunk(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}

function half({ body }: WireAnswer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}
