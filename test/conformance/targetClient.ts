import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { Answer } from './checkAnswer.ts';
import type { Target } from './target.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Talks to a gate and to the simulator behind it. */
export interface TargetClient {
  send(outgoing: OutgoingRequest): Promise<Answer>;
  /** A control call. @throws Error unless it succeeds */
  control(method: OutgoingRequest['method'], path: string, body?: unknown): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 30_000;

export function createTargetClient(target: Target): TargetClient {
  const connect = target.caFile === undefined ? {} : { ca: readFileSync(target.caFile, 'utf8') };
  const agent = new Agent({ connect, headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS });

  async function send({ method, url, headers, body }: OutgoingRequest): Promise<Answer> {
    const startedAt = performance.now();
    const response = await request(url, { dispatcher: agent, method, headers, body: body ?? null });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value ?? '')]),
      ),
      text,
      durationMs: performance.now() - startedAt,
    };
  }

  return {
    send,
    async control(method, path, body) {
      const { simulatorControl } = target;
      if (simulatorControl === undefined) throw new Error('the target has no simulatorControl');
      const answer = await send({
        method,
        url: `${simulatorControl.url}${path}`,
        headers: {
          authorization: `Bearer ${simulatorControl.key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      if (answer.status >= 300)
        throw new Error(`${method} ${path} was refused: ${answer.status} ${answer.text}`);
    },
    close: () => agent.destroy(),
  };
}
