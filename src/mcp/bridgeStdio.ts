import { Agent, fetch as fetchWith } from 'undici';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

export interface BridgeOptions {
  readonly origin: URL;
  readonly key: string;
  /** PEM; undefined for the authorities that Node.js brings. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  /** Told in words; holds no message and no key. */
  readonly onProblem: (words: string) => void;
}

/** Hands messages between stdin, stdout and a gate until either side ends. What the gate refuses is answered as an error. */
export async function bridgeStdio({ origin, key, ca, signal, onProblem }: BridgeOptions): Promise<void> {
  const agent = new Agent(ca === undefined ? {} : { connect: { ca } });
  const http = new StreamableHTTPClientTransport(new URL('/mcp', origin), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
    fetch: ((url: string | URL, init?: RequestInit) =>
      fetchWith(url, { ...init, dispatcher: agent } as Parameters<
        typeof fetchWith
      >[1])) as unknown as FetchLike,
  });
  const stdio = new StdioServerTransport();
  // The library's transports know no listeners, only these properties.
  /* oxlint-disable unicorn/prefer-add-event-listener */
  const ended = new Promise<void>((resolve) => {
    stdio.onclose = () => resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    process.stdin.once('end', () => resolve());
  });

  const underWay = new Set<Promise<void>>();
  const handOn = async (message: JSONRPCMessage): Promise<void> => {
    try {
      await http.send(message);
    } catch (error) {
      onProblem(`the gate did not take a message: ${codeOf(error)}`);
      if ('id' in message && 'method' in message) {
        const words = `The gate did not answer: ${codeOf(error)}.`;
        await stdio.send({
          jsonrpc: '2.0',
          id: message.id,
          error: { code: ErrorCode.InternalError, message: words },
        });
      }
    }
  };
  stdio.onmessage = (message) => {
    const work = handOn(message).finally(() => underWay.delete(work));
    underWay.add(work);
  };
  http.onmessage = (message) => void stdio.send(message);
  await http.start();
  await stdio.start();
  await ended;
  await Promise.allSettled(underWay);
  await http.close();
  await stdio.close();
  await agent.destroy();
}

/** The status or the kind of the error; its text may hold an answer. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  const known = cause?.code ?? code;
  return typeof known === 'string' || typeof known === 'number' ? String(known) : 'no connection';
}
