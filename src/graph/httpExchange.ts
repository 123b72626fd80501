import { request, type Dispatcher } from 'undici';
import { networkFault, type NetworkFault } from './networkFault.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly dispatcher: Dispatcher;
  /** Ends everything, also a body half read. */
  readonly signal: AbortSignal;
  /** For headers and body together. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type HttpExchange =
  | {
      readonly whole: true;
      readonly status: number;
      /** Lower-case names; of a repeated header the first value. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  | { readonly whole: false; readonly status: number | undefined; readonly fault: NetworkFault };

/**
 * One request, one answer, no redirects followed, never past its bounds. Whatever happens is a value; it never throws.
 */
export async function httpExchange(options: HttpRequest): Promise<HttpExchange> {
  const { signal, timeoutMs, maxBytes } = options;
  if (signal.aborted) return { whole: false, status: undefined, fault: { kind: 'ended' } };
  const attempt = new AbortController();
  const onEnd = (): void => attempt.abort();
  signal.addEventListener('abort', onEnd, { once: true });
  const timer = setTimeout(onEnd, timeoutMs);
  let status: number | undefined;
  try {
    const answer = await request(options.url, {
      method: options.method,
      headers: options.headers,
      body: options.body ?? null,
      dispatcher: options.dispatcher,
      signal: attempt.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    status = answer.statusCode;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      // Leaving the loop destroys the body, and with it the connection.
      if (size > maxBytes) return { whole: false, status, fault: { kind: 'answerTooLarge' } };
      chunks.push(chunk);
    }
    const text = new TextDecoder().decode(Buffer.concat(chunks));
    return { whole: true, status, headers: firstValues(answer.headers), text };
  } catch (error) {
    if (signal.aborted) return { whole: false, status, fault: { kind: 'ended' } };
    if (attempt.signal.aborted) return { whole: false, status, fault: { kind: 'attemptTimeout' } };
    return { whole: false, status, fault: networkFault(error, status !== undefined) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onEnd);
  }
}

function firstValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) flat[name.toLowerCase()] = first;
  }
  return flat;
}
