import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** What a client got for the bytes it sent. */
export interface Exchange {
  /** Everything that came back, one character a byte; empty if the handshake or the connection was refused. */
  readonly raw: string;
  /** Of the first answer that is not an interim one; undefined if none came. */
  readonly status: number | undefined;
  /** Header lines of that answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bodies, framing included. */
  readonly body: string;
  readonly resumed: boolean;
}

/** A proxy that has said nothing by then is waiting for more; one that has begun is done when it is silent for a while. */
const FIRST_WORD_MS = 6_000;
const SILENCE_MS = 1_000;

/** Sends bytes over a TLS connection of its own, as they are, and collects what comes back until the other side closes. */
export function exchange(
  options: ConnectionOptions,
  request: string | Buffer,
  onSession: (session: Buffer) => void = () => undefined,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    let resumed = false;
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...options,
    });
    let timer = setTimeout(() => socket.destroy(), FIRST_WORD_MS);
    socket.on('session', onSession);
    socket.on('secureConnect', () => {
      resumed = socket.isSessionReused();
      socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), SILENCE_MS);
    });
    // An alert after the handshake is how TLS 1.3 refuses a certificate.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ ...readAnswer(Buffer.concat(received).toString('latin1')), resumed });
    });
  });
}

function readAnswer(raw: string): Omit<Exchange, 'resumed'> {
  const answer = raw.replace(/^(?:HTTP\/1\.1 1\d\d [^]*?\r\n\r\n)+/, '');
  const [, status] = /^HTTP\/\d\.\d (\d{3})/.exec(answer) ?? [];
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const headers = head.split('\r\n').flatMap((line): readonly (readonly [string, string])[] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
  });
  return {
    raw,
    status: status === undefined ? undefined : Number(status),
    headers: Object.fromEntries(headers),
    body: rest.join('\r\n\r\n'),
  };
}
