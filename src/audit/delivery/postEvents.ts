import { request, type Dispatcher } from 'undici';
import { withinTimeLimit } from '../../timeLimit.ts';

export interface PostOptions {
  readonly url: string;
  readonly dispatcher: Dispatcher;
  /** From the request to the end of the answer, milliseconds. */
  readonly deadlineMs: number;
}

export interface PostAnswer {
  readonly status: number;
  /** How long the other side asks to be left alone, milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly body: string;
}

const LONGEST_ANSWER = 8_192;
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Posts a body and reads the answer, of which no more than a little. A redirect is an answer: events go where they were configured to go.
 *
 * @returns a word that says what went wrong, if there is no answer
 */
export async function postEvents(
  { url, dispatcher, deadlineMs }: PostOptions,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostAnswer | string> {
  try {
    return await withinTimeLimit(deadlineMs, signal, async (limit) => {
      const answer = await request(url, { method: 'POST', headers, body, dispatcher, signal: limit });
      let text = '';
      for await (const chunk of answer.body) {
        text += String(chunk);
        if (text.length > LONGEST_ANSWER) break;
      }
      const retryAfter = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        retryAfterMs: typeof retryAfter === 'string' ? parseRetryAfter(retryAfter) : undefined,
        body: text,
      };
    });
  } catch (error) {
    const { code, cause } = error as NodeJS.ErrnoException & { cause?: { code?: unknown } };
    return code ?? (typeof cause?.code === 'string' ? cause.code : 'timeout');
  }
}

/** Seconds or a date; undefined if it is neither. */
function parseRetryAfter(value: string): number | undefined {
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
