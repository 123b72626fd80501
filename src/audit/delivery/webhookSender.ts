import { createHmac } from 'node:crypto';
import { postEvents, type PostOptions } from './postEvents.ts';
import type { Sender } from './sender.ts';

export interface WebhookSenderOptions extends PostOptions {
  /** Signs what is sent, so that the receiver knows whose it is; undefined: nothing is signed. */
  readonly secret: string | undefined;
  /** Sent as a bearer token. */
  readonly token: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MOST_EVENTS = 100;

/**
 * Posts events as CloudEvents in batches (`application/cloudevents-batch+json`). The header `X-Intune-Gate-Signature: t=…,v1=…` holds the
 * time in seconds and the HMAC-SHA256 of `<t>.<body>` in hex.
 */
export function createWebhookSender(options: WebhookSenderOptions): Sender {
  const { secret, token, now } = options;
  return {
    most: MOST_EVENTS,
    async send(lines, signal) {
      const body = `[${lines.join(',')}]`;
      const answer = await postEvents(
        options,
        {
          'content-type': 'application/cloudevents-batch+json; charset=utf-8',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(secret === undefined ? {} : { 'x-intune-gate-signature': sign(secret, body, now()) }),
        },
        body,
        signal,
      );
      if (typeof answer === 'string') return { type: 'failed', detail: answer };
      const { status, retryAfterMs } = answer;
      if (status >= 200 && status < 300) return { type: 'delivered' };
      const detail = `HTTP ${status}`;
      return isAboutEvents(status)
        ? { type: 'refused', detail }
        : { type: 'failed', detail, afterMs: retryAfterMs };
    },
    close: () => options.dispatcher.destroy(),
  };
}

/** What is wrong with the address or the rights can be put right, and then the events are still wanted. */
function isAboutEvents(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

function sign(secret: string, body: string, at: number): string {
  const seconds = Math.floor(at / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
