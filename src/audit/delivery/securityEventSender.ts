import { SignJWT } from 'jose';
import type { CloudEvent } from '../../events/cloudEvent.ts';
import { postEvents, type PostOptions } from './postEvents.ts';
import { securityEventOf, type SecurityEventOptions } from './securityEvent.ts';
import { publicJwkOf, type SecurityEventKey } from './securityEventKey.ts';
import type { Sender, SendResult } from './sender.ts';

export interface SecurityEventSenderOptions extends PostOptions, SecurityEventOptions {
  readonly key: SecurityEventKey;
  /** Sent as a bearer token. */
  readonly token: string | undefined;
}

/** Pushes changes of compliance as security event tokens (RFC 8935), one in each call. */
export function createSecurityEventSender(options: SecurityEventSenderOptions): Sender {
  const { key, token } = options;
  let keyId: Promise<string | undefined> | undefined;

  async function sign(line: string): Promise<string> {
    keyId ??= publicJwkOf(key).then(({ kid }) => kid);
    const kid = await keyId;
    return new SignJWT(securityEventOf(JSON.parse(line) as CloudEvent, options))
      .setProtectedHeader({ alg: key.algorithm, typ: 'secevent+jwt', ...(kid !== undefined && { kid }) })
      .sign(key.privateKey);
  }

  return {
    most: 1,
    async send([line = ''], signal) {
      let body: string;
      try {
        body = await sign(line);
      } catch {
        return { type: 'refused', detail: 'it cannot be signed' };
      }
      const headers = {
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const answer = await postEvents(options, headers, body, signal);
      if (typeof answer === 'string') return { type: 'failed', detail: answer };
      return judge(answer);
    },
    close: () => options.dispatcher.destroy(),
  };
}

/** Errors that may be put right without another event. */
const PASSING = new Set(['authentication_failed', 'access_denied']);

/** RFC 8935 section 2: 202 takes the event, 400 says in JSON what is wrong with it. */
function judge(answer: {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly body: string;
}): SendResult {
  const { status, retryAfterMs, body } = answer;
  if (status >= 200 && status < 300) return { type: 'delivered' };
  if (status !== 400) return { type: 'failed', detail: `HTTP ${status}`, afterMs: retryAfterMs };
  const error = errorOf(body);
  const detail = `HTTP 400${error === undefined ? '' : `, ${error}`}`;
  return error !== undefined && PASSING.has(error)
    ? { type: 'failed', detail, afterMs: retryAfterMs }
    : { type: 'refused', detail };
}

/** The code of the error, if it looks like one: what else stands there may be anything. */
function errorOf(body: string): string | undefined {
  try {
    const { err } = JSON.parse(body) as { err?: unknown };
    return typeof err === 'string' && /^[a-z_]{1,40}$/.test(err) ? err : undefined;
  } catch {
    return undefined;
  }
}
