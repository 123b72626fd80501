import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One span, as far as tests look at it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** 2 server, 3 client. */
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
}

export interface Collector {
  readonly url: string;
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  readonly spans: () => readonly ReceivedSpan[];
  readonly serviceNames: () => readonly string[];
  /** What it answers from now on. */
  status: number;
  close(): Promise<void>;
}

type Value = { stringValue?: string; intValue?: number | string; boolValue?: boolean; doubleValue?: number };
type Attributes = { key: string; value: Value }[];
interface Body {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: {
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        kind: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: Attributes;
        status: { code?: number };
      }[];
    }[];
  }[];
}

const plain = ({ stringValue, intValue, boolValue, doubleValue }: Value): string | number | boolean =>
  stringValue ?? boolValue ?? doubleValue ?? Number(intValue);
const record = (attributes: Attributes): Record<string, string | number | boolean> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));

/** A collector of traces that keeps what it is sent: OTLP over HTTP, in JSON. */
export async function startCollector(): Promise<Collector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      collector.requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const bodies = (): readonly Body[] => collector.requests.map(({ body }) => JSON.parse(body) as Body);
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    status: 200,
    spans: () =>
      bodies()
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .map((span) => ({
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId,
          kind: span.kind,
          start: BigInt(span.startTimeUnixNano),
          end: BigInt(span.endTimeUnixNano),
          attributes: record(span.attributes),
          isError: span.status.code === 2,
        })),
    serviceNames: () =>
      bodies()
        .flatMap(({ resourceSpans }) => resourceSpans)
        .map(({ resource }) => String(record(resource.attributes)['service.name'])),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return collector;
}
