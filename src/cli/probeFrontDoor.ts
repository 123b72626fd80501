import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HeaderLine } from '../node/requestContext.ts';
import { startTimeLimit } from '../timeLimit.ts';
import type { ProbeRequest } from './probeRequests.ts';

/** What a front door answered. */
export interface FrontDoorAnswer {
  readonly status: number;
  /** The gate's reason, where the front door lets it through (`X-Device-Reason`). */
  readonly reason: string | undefined;
}

export interface ProbeFinding {
  readonly label: string;
  readonly answer: FrontDoorAnswer;
  /**
   * `stripped`: the gate answered as if the header had not been sent. `refused`: the proxy answered by itself. `arrived`: the gate saw
   * it. `allowed`: the request went through. `unclear`: the answer is about something else, such as too many requests or an outage.
   */
  readonly fate: 'stripped' | 'refused' | 'arrived' | 'allowed' | 'unclear';
}

export interface FrontDoor {
  readonly url: URL;
  /** PEM; undefined for the authorities that Node.js brings. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Most time for one answer, in milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** Asks the front door once, over a connection of its own and without a client certificate. @throws Error if there is no answer */
export function askFrontDoor(
  { url, ca, signal }: FrontDoor,
  headers: readonly HeaderLine[],
): Promise<FrontDoorAnswer> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const limit = startTimeLimit(ANSWER_WITHIN_MS, signal);
  return new Promise<FrontDoorAnswer>((resolve, reject) => {
    const request = send(url, {
      agent: false,
      headers: gather(headers),
      ...(ca === undefined ? {} : { ca }),
    });
    request.once('error', reject);
    limit.signal.addEventListener('abort', () => {
      request.destroy(new Error(signal.aborted ? 'stopped' : 'there was no answer within 10 seconds'));
    });
    request.once('response', (response) => {
      response.destroy();
      resolve({ status: response.statusCode ?? 0, reason: reasonOf(response.headers) });
    });
    request.end();
  }).finally(() => limit.end());
}

/** Request timeout, too early, too many requests. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429]);

/** @param baseline - the answer to a request without any forged header */
export function judgeProbe(
  { label }: ProbeRequest,
  answer: FrontDoorAnswer,
  baseline: FrontDoorAnswer,
): ProbeFinding {
  if (answer.status < 400) return { label, answer, fate: 'allowed' };
  if (answer.reason === undefined) {
    const isAboutIt = answer.status < 500 && !BUSY.has(answer.status);
    return { label, answer, fate: isAboutIt ? 'refused' : 'unclear' };
  }
  return { label, answer, fate: answer.reason === baseline.reason ? 'stripped' : 'arrived' };
}

function gather(headers: readonly HeaderLine[]): Record<string, string[]> {
  const gathered: Record<string, string[]> = {};
  for (const [name, value] of headers) (gathered[name] ??= []).push(String(value));
  return gathered;
}

function reasonOf(headers: IncomingHttpHeaders): string | undefined {
  const reason = headers['x-device-reason'];
  return typeof reason === 'string' && /^[A-Za-z]{1,40}$/.test(reason) ? reason : undefined;
}
