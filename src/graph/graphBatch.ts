import { withinDeadline } from '../node/withinDeadline.ts';
import { abortSignalOf, type EndSignal } from '../node/ending.ts';
import type { LookupOptions } from '../node/deviceDirectory.ts';
import { judgeGraphAnswer, type GraphVerdict } from './graphFailure.ts';
import type { AskGraph, GraphAnswer } from './graphRequest.ts';
import { batchUrl } from './graphUrls.ts';
import { isJsonObject, stringAt, type JsonObject } from './jsonObject.ts';
import { MAX_RETRIES, parseRetryAfter, retryDelay } from './retryPolicy.ts';
import { parseTokenGrants } from './tokenGrants.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export interface GraphBatchOptions {
  readonly graph: string;
  readonly ask: AskGraph;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Up to 20 GETs of managed devices in one call, by the names they are given; each with its own answer. */
export type AskBatch = (
  urls: ReadonlyMap<string, string>,
  options: LookupOptions,
) => Promise<ReadonlyMap<string, GraphAnswer>>;

type ItemVerdict = GraphVerdict & { readonly retryAfterMs: number | undefined };

/** Items that were throttled, or failed for now, are asked for again, without those that were answered. */
export function createGraphBatch({ graph, ask, now, random, sleep }: GraphBatchOptions): AskBatch {
  const askWithin = async (
    urls: ReadonlyMap<string, string>,
    options: LookupOptions,
  ): Promise<ReadonlyMap<string, GraphAnswer>> => {
    const answers = new Map<string, GraphAnswer>();
    let open = [...urls];
    for (let retries = 0; open.length > 0; retries += 1) {
      const requests = open.map(([id, url]) => ({ id, method: 'GET', url }));
      const answer = await ask('deviceBatch', batchUrl(graph), options, {
        method: 'POST',
        body: JSON.stringify({ requests }),
        calls: open.length,
      });
      if (answer.kind !== 'body') {
        const failure =
          answer.kind === 'failure'
            ? answer.failure
            : upstreamFailure('malformedAnswer', 'Graph: there is no $batch.');
        for (const [id] of open) if (!answers.has(id)) answers.set(id, { kind: 'failure', failure });
        break;
      }
      const verdicts = parseBatch(answer.body, now());
      const again: [string, string][] = [];
      let delayMs = 0;
      for (const [id, url] of open) {
        const verdict = verdicts.get(id) ?? MISSING;
        if (verdict.kind !== 'failed') {
          answers.set(id, { ...verdict, fetchedAt: answer.fetchedAt });
          continue;
        }
        const { reason, detail, retryAfterMs } = verdict;
        answers.set(id, { kind: 'failure', failure: upstreamFailure(reason, detail, retryAfterMs) });
        const delay = verdict.passing
          ? retryDelay({ retries, retryAfterMs, now: now(), deadline: options.deadline, random })
          : undefined;
        if (delay === undefined) continue;
        delayMs = Math.max(delayMs, delay);
        again.push([id, url]);
      }
      open = retries < MAX_RETRIES ? again : [];
      if (open.length > 0 && !(await slept(delayMs, options.signal))) break;
    }
    return answers;
  };

  const slept = async (ms: number, signal: EndSignal): Promise<boolean> => {
    try {
      await sleep(ms, abortSignalOf(signal));
    } catch {
      return false;
    }
    return !signal.aborted;
  };

  return (urls, options) => withinDeadline(options, now, (signal) => askWithin(urls, { ...options, signal }));
}

const NO_TOKEN = parseTokenGrants('');

const MISSING: ItemVerdict = {
  kind: 'failed',
  reason: 'malformedAnswer',
  detail: 'Graph: a part of the answer is missing.',
  passing: false,
  retryAfterMs: undefined,
};

/** Answers come in any order, each with a status and headers of its own. */
function parseBatch(body: JsonObject, now: number): ReadonlyMap<string, ItemVerdict> {
  const verdicts = new Map<string, ItemVerdict>();
  const responses: unknown = body['responses'];
  if (!Array.isArray(responses)) return verdicts;
  for (const item of responses as readonly unknown[]) {
    if (!isJsonObject(item)) continue;
    const id = stringAt(item, 'id');
    const status = item['status'];
    if (id === undefined || typeof status !== 'number') continue;
    const headers: Record<string, string> = {};
    if (isJsonObject(item['headers'])) {
      for (const [name, value] of Object.entries(item['headers'])) {
        if (typeof value === 'string' || typeof value === 'number')
          headers[name.toLowerCase()] = String(value);
      }
    }
    const verdict = judgeGraphAnswer({
      endpoint: 'managedDevice',
      status,
      headers,
      text: JSON.stringify(item['body'] ?? null),
      grants: () => NO_TOKEN,
    });
    // Two answers to one question are none.
    verdicts.set(
      id,
      verdicts.has(id) ? MISSING : { ...verdict, retryAfterMs: parseRetryAfter(headers['retry-after'], now) },
    );
  }
  return verdicts;
}
