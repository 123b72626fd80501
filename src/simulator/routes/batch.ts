import { z } from 'zod';
import type { GraphAnswer, GraphErrors } from '../graphErrors.ts';

const MOST_REQUESTS = 20;

const batchBody = z.object({
  requests: z.array(
    z.object({
      id: z.string().min(1),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).optional(),
    }),
  ),
});

/** One request inside a batch. */
export interface BatchedRequest {
  readonly method: string;
  /** Below the version, with its query. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `POST $batch`: each part is answered by itself, throttled parts included, and the answers come in no order to rely on. */
export function answerBatch(
  body: unknown,
  errors: GraphErrors,
  answerOne: (request: BatchedRequest) => GraphAnswer,
): GraphAnswer {
  const refuse = (message: string): GraphAnswer => errors.plain(400, 'BadRequest', message);
  const parsed = batchBody.safeParse(body);
  if (!parsed.success) return refuse('Invalid batch payload format.');
  const { requests } = parsed.data;
  if (requests.length > MOST_REQUESTS)
    return refuse(`Number of batch request steps exceeds the maximum value of ${MOST_REQUESTS}.`);
  if (new Set(requests.map(({ id }) => id.toLowerCase())).size !== requests.length)
    return refuse('Request ids must be unique, letter case aside.');
  const responses: { id: string; status: number; headers: Record<string, string>; body: unknown }[] = [];
  for (const { id, method, url, headers = {}, body: inner, dependsOn = [] } of requests) {
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const failed = dependsOn.some(
      (before) => !responses.some((response) => response.id === before && response.status < 400),
    );
    const answer = failed
      ? errors.plain(424, 'FailedDependency', 'A request this one depends on has failed.')
      : inner !== undefined && lower['content-type'] === undefined
        ? refuse('A request with a body needs a Content-Type header.')
        : answerOne({ method: method.toUpperCase(), url, headers: lower, body: inner });
    responses.push({
      id,
      status: answer.status,
      headers: { 'Cache-Control': 'no-cache', 'Content-Type': 'application/json', ...answer.headers },
      body: answer.body ?? null,
    });
  }
  return { status: 200, body: { responses: responses.toReversed() } };
}
