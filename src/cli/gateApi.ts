import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { GateError } from '../errors.ts';
import { startTimeLimit } from '../timeLimit.ts';

/** A running gate, as a caller reaches it. */
export interface GateApi {
  readonly url: URL;
  readonly key: string;
  /** PEM; undefined for the authorities that Node.js brings. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

export interface GateAnswer {
  readonly status: number;
  /** The body, as far as it is JSON. */
  readonly body: unknown;
}

/** Options with which commands name a running gate. */
export const GATE_API_OPTIONS = {
  url: { type: 'string' },
  'key-file': { type: 'string' },
  ca: { type: 'string' },
} as const;

export const GATE_API_HELP = `--url URL         the running gate, e.g. https://gate.example
--key-file FILE   file with the API key of a caller
--ca FILE         CA certificates (PEM) to trust instead of those Node.js brings`;

const ANSWER_WITHIN_MS = 15_000;
const LONGEST_ANSWER = 4_194_304;

/** @throws GateError `usage` */
export function parseGateApi(
  values: Partial<Readonly<Record<keyof typeof GATE_API_OPTIONS, string | undefined>>>,
  signal: AbortSignal,
): GateApi {
  const text = values.url ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username + url.password !== '') {
    throw new GateError('usage', '--url wants the address of a gate, e.g. https://gate.example');
  }
  const keyFile = values['key-file'];
  if (keyFile === undefined) throw new GateError('usage', '--key-file FILE is required with --url');
  return {
    url,
    key: read(keyFile).trim(),
    ca: values.ca === undefined ? undefined : read(values.ca),
    signal,
  };
}

/** Calls a route of the gate. @throws GateError `gateUnreachable` if there is no answer */
export async function callGate(
  { url, key, ca, signal }: GateApi,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<GateAnswer> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const limit = startTimeLimit(ANSWER_WITHIN_MS, signal);
  try {
    return await new Promise<GateAnswer>((resolve, reject) => {
      const request = send(new URL(path, url), {
        method,
        agent: false,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(ca === undefined ? {} : { ca }),
      });
      request.once('error', reject);
      limit.signal.addEventListener('abort', () => {
        request.destroy(new Error(signal.aborted ? 'stopped' : 'there was no answer within 15 seconds'));
      });
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.length > LONGEST_ANSWER) request.destroy(new Error('the answer is too large'));
        });
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new GateError('gateUnreachable', `${url.origin} cannot be asked: ${code ?? message}`, {
      cause: error,
    });
  } finally {
    limit.end();
  }
}

/** What the gate says against it, in its own words. */
export function refusalOf({ status, body }: GateAnswer): string {
  const { detail } = (typeof body === 'object' && body !== null ? body : {}) as { detail?: unknown };
  return `the gate answered ${status}${typeof detail === 'string' ? `: ${detail}` : ''}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}
