import { Agent, request, type Dispatcher } from 'undici';
import { createLanes } from './lanes.ts';

export interface FetchRequest {
  readonly url: URL;
  /** With one, it is a POST. */
  readonly body?: { readonly type: string; readonly bytes: Buffer };
  readonly maxBytes: number;
}

export type Fetched =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `isSilent`: no answer came at all, so that asking the same place again soon is of no use. */
  | { readonly ok: false; readonly detail: string; readonly isSilent: boolean };

export interface BoundedFetchOptions {
  /** For one whole exchange, the wait for a free lane included. */
  readonly timeoutMs: number;
  /** Exchanges at once. */
  readonly concurrency: number;
  /** Replaces the network, for tests. Not closed by `close()`. */
  readonly dispatcher?: Dispatcher | undefined;
}

export interface BoundedFetch {
  /** One request, one answer, no redirects followed, never past its bounds. Whatever happens is a value; it never rejects. */
  fetch(request: FetchRequest): Promise<Fetched>;
  /** Ends what is under way and closes connections. Idempotent. */
  close(): Promise<void>;
}

const LONGEST_QUEUE = 256;
const KEEP_ALIVE_MS = 10_000;
const CONNECTIONS_PER_ORIGIN = 4;

export function createBoundedFetch(options: BoundedFetchOptions): BoundedFetch {
  const { timeoutMs, concurrency } = options;
  const owned =
    options.dispatcher === undefined
      ? new Agent({
          // Said explicitly: nothing in the environment loosens it.
          connect: { rejectUnauthorized: true, timeout: timeoutMs },
          connections: CONNECTIONS_PER_ORIGIN,
          keepAliveTimeout: KEEP_ALIVE_MS,
        })
      : undefined;
  const run = createLanes(concurrency, LONGEST_QUEUE);
  const underWay = new Set<AbortController>();
  let isClosed = false;

  async function exchange(
    asked: FetchRequest,
    dispatcher: Dispatcher,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const { url, body, maxBytes } = asked;
    const answer = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': body.type },
      body: body?.bytes ?? null,
      dispatcher,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { statusCode } = answer;
    const chunks: Uint8Array[] = [];
    let size = 0;
    if (statusCode !== 200 || Number(answer.headers['content-length'] ?? 0) > maxBytes) {
      answer.body.on('error', () => undefined).destroy();
      return failed(
        statusCode === 200
          ? 'the answer is too large'
          : statusCode >= 300 && statusCode < 400
            ? `the server redirects (${statusCode}), which is not followed`
            : `the server answers with status ${statusCode}`,
      );
    }
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      // Leaving the loop destroys the body, and with it the connection.
      if (size > maxBytes) return failed('the answer is too large');
      chunks.push(chunk);
    }
    return { ok: true, bytes: Buffer.concat(chunks) };
  }

  return {
    async fetch(asked) {
      const dispatcher = options.dispatcher ?? owned;
      if (isClosed || dispatcher === undefined) return failed('the gate is stopping');
      const bound = new AbortController();
      underWay.add(bound);
      const timer = setTimeout(() => bound.abort(), timeoutMs);
      try {
        const answer = run(() => exchange(asked, dispatcher, bound.signal));
        return (await answer) ?? failed('too many requests for revocation data are under way');
      } catch (error) {
        return {
          ok: false,
          detail: bound.signal.aborted ? 'no whole answer came in time' : describe(error),
          isSilent: true,
        };
      } finally {
        clearTimeout(timer);
        underWay.delete(bound);
      }
    },
    async close() {
      isClosed = true;
      for (const bound of underWay) bound.abort();
      await owned?.destroy();
    },
  };
}

function failed(detail: string): Fetched {
  return { ok: false, detail, isSilent: false };
}

/** The code of an error, of those it bundles (one per address tried), or of its cause. */
function describe(error: unknown): string {
  const codes: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (depth > 3 || !(value instanceof Error)) return;
    const code: unknown = Reflect.get(value, 'code');
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) codes.push(code);
    if (value instanceof AggregateError) for (const part of value.errors) visit(part, depth + 1);
    visit(value.cause, depth + 1);
  };
  visit(error, 0);
  return codes[0] === undefined ? 'the request failed' : `the request failed (${codes[0]})`;
}
