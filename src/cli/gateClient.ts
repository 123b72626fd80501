import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isLoopbackHost } from '../config/loopbackHost.ts';
import { GateError } from '../errors.ts';
import { startTimeLimit } from '../timeLimit.ts';
import type { ExitCode, Io } from './command.ts';
import { escapeControls } from './escapeControls.ts';

/** Options of every command that talks to a running gate. */
export const GATE_OPTIONS = {
  gate: { type: 'string' },
  'key-file': { type: 'string' },
  ca: { type: 'string' },
} as const;

/** Their lines in a help text. */
export const GATE_HELP = `--gate URL       the gate to talk to; default: the environment variable INTUNE_GATE_URL
--key-file FILE  file with your API key; default: the environment variable INTUNE_GATE_KEY
--ca FILE        CA certificates of the gate, PEM; default: those Node.js brings`;

export interface GateAccess {
  readonly origin: URL;
  readonly key: string;
  /** PEM; undefined for the authorities that Node.js brings. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

export interface GateReply {
  readonly status: number;
  /** JSON, or undefined. */
  readonly body: unknown;
}

/** Longer than the gate takes for any operation. */
const ANSWER_WITHIN_MS = 130_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** @throws GateError `usage` if it is not said which gate, or with which key */
export function openGateAccess(
  values: { readonly gate?: string; readonly 'key-file'?: string; readonly ca?: string },
  { environment, stopped }: Io,
): GateAccess {
  const text = values.gate ?? environment['INTUNE_GATE_URL'] ?? '';
  const origin = URL.canParse(text) ? new URL(text) : undefined;
  if (
    origin === undefined ||
    !/^https?:$/.test(origin.protocol) ||
    origin.username + origin.password !== ''
  ) {
    throw new GateError('usage', 'say which gate: --gate URL, or INTUNE_GATE_URL');
  }
  if (origin.protocol === 'http:' && !isLoopbackHost(origin.hostname.replaceAll(/[[\]]/g, ''))) {
    throw new GateError('usage', 'the key would go over the network unencrypted; the gate needs https');
  }
  const key = (
    values['key-file'] === undefined ? (environment['INTUNE_GATE_KEY'] ?? '') : readText(values['key-file'])
  ).trim();
  if (!/^[\x21-\x7e]{1,512}$/.test(key)) {
    throw new GateError('usage', 'say with which key: --key-file FILE, or INTUNE_GATE_KEY');
  }
  return { origin, key, ca: values.ca === undefined ? undefined : readText(values.ca), signal: stopped };
}

/** One request. @throws Error if there is no answer */
export function askGate(
  { origin, key, ca, signal }: GateAccess,
  method: string,
  path: string,
  body?: object,
): Promise<GateReply> {
  const send = origin.protocol === 'https:' ? requestHttps : requestHttp;
  const limit = startTimeLimit(ANSWER_WITHIN_MS, signal);
  return new Promise<GateReply>((resolve, reject) => {
    const request = send(new URL(path, origin), {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(ca === undefined ? {} : { ca }),
    });
    request.once('error', reject);
    limit.signal.addEventListener('abort', () => request.destroy(new Error('there was no answer in time')));
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) request.destroy(new Error('the answer is too large'));
        chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString()) });
      });
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  }).finally(() => limit.end());
}

/** Tells of an answer that is none, and how the command ends with it. */
export function tellProblem({ status, body }: GateReply, command: string, io: Io): ExitCode {
  const { title, detail, errors, reason } = (body ?? {}) as {
    readonly title?: string;
    readonly detail?: string;
    readonly reason?: string;
    readonly errors?: readonly { readonly pointer?: string; readonly detail?: string }[];
  };
  const lines = [
    `${title ?? `HTTP ${status}`} ${detail ?? ''}`,
    ...(reason === undefined ? [] : [`  reason: ${reason} (docs/reasons.md)`]),
    ...(Array.isArray(errors) ? errors.map((one) => `  ${one.pointer ?? ''}: ${one.detail ?? ''}`) : []),
  ];
  io.err(`intune-gate ${command}: ${lines.map(escapeControls).join('\n')}\n`);
  if (status >= 500) return 3;
  return status === 400 || status === 401 ? 2 : 1;
}

/** For what was thrown on the way to the gate. */
export function tellUnreachable(error: unknown, { origin }: GateAccess, command: string, io: Io): ExitCode {
  const { code, message } = error as NodeJS.ErrnoException;
  io.err(`intune-gate ${command}: ${origin.host} does not answer: ${escapeControls(code ?? message)}\n`);
  return 3;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
