import { request, type Dispatcher } from 'undici';
import { ScriptCallError } from './scriptJob.ts';

export interface ScriptHttpOptions {
  /** Origins scripts may call, e.g. `https://gate.example`. An empty list means none. */
  readonly origins: readonly string[];
  readonly dispatcher: Dispatcher;
  /** From the request to the end of the answer, in milliseconds; default 5,000. */
  readonly deadlineMs?: number;
  /** Largest answer; default 256 KiB. */
  readonly answerBytes?: number;
}

export interface ScriptHttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly body: string;
}

/** Sends what a script asks for. Redirects are answers, not followed. @throws ScriptCallError for whatever keeps an answer away */
export type ScriptHttp = (request: unknown, signal: AbortSignal) => Promise<ScriptHttpAnswer>;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
const MOST_HEADERS = 100;
/** Connections are ours: a script says what it wants, not how it travels. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

interface ScriptRequest {
  readonly url: URL;
  readonly method: (typeof METHODS)[number];
  readonly headers: readonly string[];
  readonly body: string | undefined;
}

export function createScriptHttp(options: ScriptHttpOptions): ScriptHttp {
  const { dispatcher, deadlineMs = 5_000, answerBytes = 262_144 } = options;
  const origins = new Set(options.origins);
  return async (asked, caller) => {
    const { url, method, headers, body } = parseRequest(asked);
    if (!origins.has(url.origin)) throw new ScriptCallError('scripts may not call this address');
    const signal = AbortSignal.any([caller, AbortSignal.timeout(deadlineMs)]);
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        headers: [...headers],
        body: body ?? null,
        signal,
        headersTimeout: deadlineMs,
        bodyTimeout: deadlineMs,
      });
      return {
        status: answer.statusCode,
        statusText: answer.statusText,
        headers: Object.entries(answer.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
        ),
        body: await readText(answer.body, answerBytes),
      };
    } catch (error) {
      if (error instanceof ScriptCallError) throw error;
      // What went wrong in detail may name hosts and addresses; the script needs to know that nothing came.
      throw new ScriptCallError(signal.aborted ? 'the answer took too long' : 'there is no answer');
    }
  };
}

async function readText(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new ScriptCallError('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseRequest(asked: unknown): ScriptRequest {
  const { url, method, headers, body } = (asked ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof url !== 'string' || !URL.canParse(url)) throw new ScriptCallError('this is no address');
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '')
    throw new ScriptCallError('an address with a user or a password is not allowed');
  const wanted = METHODS.find((known) => known === String(method).toUpperCase());
  if (wanted === undefined) throw new ScriptCallError('this method is not allowed');
  const lines = Array.isArray(headers) ? (headers as readonly unknown[]) : [];
  if (lines.length > MOST_HEADERS) throw new ScriptCallError('too many headers');
  return { url: parsed, method: wanted, headers: lines.flatMap(parseHeader), body: asText(body) };
}

function parseHeader(line: unknown): readonly string[] {
  const [name, value] = Array.isArray(line) ? (line as readonly unknown[]) : [];
  const isFit =
    typeof name === 'string' &&
    /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(name) &&
    typeof value === 'string' &&
    // Only what may stand in a line: no line break begins another.
    /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  if (!isFit) throw new ScriptCallError('a header is not well-formed');
  return OWN_HEADERS.has(name.toLowerCase()) ? [] : [name, value];
}

function asText(body: unknown): string | undefined {
  return typeof body === 'string' ? body : undefined;
}
