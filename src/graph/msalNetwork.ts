import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import { httpExchange, type HttpExchange } from './httpExchange.ts';
import { parseJsonObject } from './jsonObject.ts';
import { readErrorAnswer, readLifetime, type TokenLifetime } from './tokenAnswer.ts';
import type { TokenExchange } from './tokenFailure.ts';

const MAX_BYTES = 1024 * 1024;
const RETRY_PAUSE_MS = 200;

/** Where MSAL itself sends tokens of Microsoft's own login hosts, whatever the configured authority is called. */
const MICROSOFT_LOGIN = new Set([
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
]);

export interface MsalNetworkOptions {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** The only origin, beside Microsoft's own, that credentials are posted to. Undefined: a managed identity, which has none. */
  readonly authority: string | undefined;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface MsalNetwork {
  readonly module: INetworkModule;
  /** The last exchange, whatever MSAL made of it; MSAL's own errors lose the status, the cause and `Retry-After`. */
  lastExchange(): TokenExchange | undefined;
  /** From the last answer; undefined if it had none. */
  lifetime(): TokenLifetime | undefined;
}

/** MSAL's network, made of undici: bounded in time and size, and it writes down what happened. One per acquisition. */
export function createMsalNetwork(options: MsalNetworkOptions): MsalNetwork {
  const { dispatcher, signal, timeoutMs, authority, now, random, sleep } = options;
  let last: TokenExchange | undefined;
  let lifetime: TokenLifetime | undefined;

  const stepOf = (url: string): TokenExchange['step'] => {
    if (authority === undefined) return 'managedIdentity';
    return url.includes('/.well-known/') ? 'discovery' : 'token';
  };

  const send = async <T>(
    method: 'GET' | 'POST',
    url: string,
    request: NetworkRequestOptions | undefined,
  ): Promise<NetworkResponse<T>> => {
    const step = stepOf(url);
    if (authority !== undefined && !mayReceiveCredentials(url, authority)) {
      last = { step: 'discovery', status: 200, json: true, codes: [] };
      throw new Error('The discovery document names a token endpoint of another host.');
    }
    const ask = (): Promise<HttpExchange> =>
      httpExchange({
        method,
        url,
        headers: { accept: 'application/json', ...request?.headers },
        body: request?.body,
        dispatcher,
        signal,
        timeoutMs,
        maxBytes: MAX_BYTES,
      });
    const startedAt = now();
    let answer = await ask();
    if (isWorthAnotherTry(answer)) {
      // A closed keep-alive connection or one bad server of many: asking once more is cheaper than failing every caller.
      await sleep(RETRY_PAUSE_MS * (1 + random()), signal).catch(() => undefined);
      answer = await ask();
    }
    last = recordOf(step, answer);
    if (!answer.whole) throw new Error('No whole answer came.');
    lifetime = answer.status < 300 ? readLifetime(answer.text, startedAt) : undefined;
    // What is no JSON object becomes an empty one: MSAL refuses it, and the record above says why.
    return {
      status: answer.status,
      headers: { ...answer.headers },
      body: (parseJsonObject(answer.text) ?? {}) as T,
    };
  };

  return {
    module: {
      sendGetRequestAsync: <T>(url: string, request?: NetworkRequestOptions) => send<T>('GET', url, request),
      sendPostRequestAsync: <T>(url: string, request?: NetworkRequestOptions) =>
        send<T>('POST', url, request),
    },
    lastExchange: () => last,
    lifetime: () => lifetime,
  };
}

function isWorthAnotherTry(answer: HttpExchange): boolean {
  if (!answer.whole) return answer.fault.kind === 'reset';
  return [500, 502, 503, 504].includes(answer.status) && answer.headers['retry-after'] === undefined;
}

function mayReceiveCredentials(url: string, authority: string): boolean {
  const target = URL.canParse(url) ? new URL(url).origin : '';
  return target === new URL(authority).origin || MICROSOFT_LOGIN.has(target);
}

function recordOf(step: TokenExchange['step'], answer: HttpExchange): TokenExchange {
  if (!answer.whole) return { step, status: answer.status, fault: answer.fault, json: false, codes: [] };
  return {
    step,
    status: answer.status,
    retryAfter: answer.headers['retry-after'],
    ...readErrorAnswer(answer.text),
  };
}
