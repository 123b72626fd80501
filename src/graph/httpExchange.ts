import type { Dispatcher } from 'undici';
import type { EndSignal } from '../node/ending.ts';
import { networkFault, type NetworkFault } from './networkFault.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly dispatcher: Dispatcher;
  /** Ends everything, also a body half read. */
  readonly signal: EndSignal;
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
export function httpExchange(request: HttpRequest): Promise<HttpExchange> {
  if (request.signal.aborted)
    return Promise.resolve({ whole: false, status: undefined, fault: { kind: 'ended' } });
  return new Promise((resolve) => new Exchange(request, resolve).begin());
}

const UTF8 = new TextDecoder();

/** Hears what undici has to say of one request. Its own streams, made for bodies of any size, would double the cost of a short answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #resolve: (exchange: HttpExchange) => void;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #status: number | undefined;
  #headers: Readonly<Record<string, string>> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(request: HttpRequest, resolve: (exchange: HttpExchange) => void) {
    this.#request = request;
    this.#resolve = resolve;
  }

  begin(): void {
    const { method, url, headers, body = null, dispatcher, signal, timeoutMs } = this.#request;
    signal.addEventListener('abort', this.#onEnd);
    this.#timer = setTimeout(() => this.#breakOff({ kind: 'attemptTimeout' }), timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const path = `${pathname}${search}`;
      dispatcher.dispatch({ origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 }, this);
    } catch (error) {
      this.onResponseError(undefined, error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new BrokenOff());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 100 and its like announce an answer and are none.
    if (status < 200) return;
    this.#status = status;
    this.#headers = firstValues(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    if (this.#size > this.#request.maxBytes) this.#breakOff({ kind: 'answerTooLarge' });
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const bytes = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    const text = UTF8.decode(bytes);
    this.#settle({ whole: true, status: this.#status ?? 0, headers: this.#headers, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    const status = this.#status;
    this.#settle({ whole: false, status, fault: networkFault(error, status !== undefined) });
  }

  readonly #onEnd = (): void => this.#breakOff({ kind: 'ended' });

  /** Without the rest of the answer the connection is of no use any more; undici closes it. */
  #breakOff(fault: NetworkFault): void {
    this.#settle({ whole: false, status: this.#status, fault });
    this.#controller?.abort(new BrokenOff());
  }

  #settle(exchange: HttpExchange): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onEnd);
    this.#resolve(exchange);
  }
}

/** What undici is told; nobody else hears of it. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

function firstValues(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) flat[name.toLowerCase()] = first;
  }
  return flat;
}
