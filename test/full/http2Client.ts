import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Header } from './forwardedHeaders.ts';

export interface Http2Answer {
  /** undefined: the stream or the connection was refused. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const GIVE_UP_MS = 6_000;

/** One GET over HTTP/2 with these header fields; several of one name stay several. */
export function http2Get(options: ConnectionOptions, fields: readonly Header[]): Promise<Http2Answer> {
  return new Promise((resolve) => {
    const session = connectHttp2('https://localhost', {
      createConnection: () =>
        connectTls({
          host: '127.0.0.1',
          servername: 'localhost',
          rejectUnauthorized: false,
          ALPNProtocols: ['h2'],
          ...options,
        }),
    });
    const answer: { status: number | undefined; headers: Record<string, unknown>; body: string } = {
      status: undefined,
      headers: {},
      body: '',
    };
    const timer = setTimeout(() => session.destroy(), GIVE_UP_MS);
    const finish = (): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(answer);
    };
    session.on('error', () => undefined);
    session.on('close', finish);
    try {
      const stream = session.request({ ':path': '/', ...gather(fields) });
      stream.setEncoding('utf8');
      stream.on('response', (headers) => {
        answer.status = headers[':status'];
        answer.headers = headers;
      });
      stream.on('data', (chunk: string) => {
        answer.body += chunk;
      });
      stream.on('error', () => undefined);
      stream.on('close', finish);
    } catch {
      // The client itself will not send such a field.
      finish();
    }
  });
}

function gather(fields: readonly Header[]): OutgoingHttpHeaders {
  const gathered: Record<string, string[]> = {};
  for (const [name, value] of fields) (gathered[name.toLowerCase()] ??= []).push(value);
  return gathered;
}
