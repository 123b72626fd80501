import { abortSignalOf } from '../node/ending.ts';
import { withinDeadline } from '../node/withinDeadline.ts';
import type { AskGraph } from './graphRequest.ts';
import { createPacer, type Pacing } from './pacer.ts';
import { upstreamFailure } from './upstreamFailure.ts';

/** Of all calls: what nobody waits for leaves the rest to those who wait. */
const SHARE = 1 / 8;

/** The same way of asking, but never more than an eighth of the calls that may be made. Each of them counts as one of all. */
export function leaveRoom(
  ask: AskGraph,
  {
    pacing: { calls, windowMs },
    now,
    sleep,
  }: {
    readonly pacing: Pacing;
    readonly now: () => number;
    readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  },
): AskGraph {
  const pacer =
    calls * SHARE >= 1
      ? createPacer({ calls: Math.floor(calls * SHARE), windowMs }, now)
      : createPacer({ calls: 1, windowMs: windowMs / (calls * SHARE) }, now);
  return async (endpoint, url, asked) => {
    const at = await pacer.reserve(now(), asked.deadline);
    if (at >= asked.deadline) {
      const detail = 'The gate paces its calls for pages, and the next turn would come after the deadline.';
      const failure = upstreamFailure('throttled', detail, Math.max(1, Math.ceil(at - now())));
      return { kind: 'failure', failure };
    }
    if (at > now()) {
      const waited = await withinDeadline(asked, now, (signal) =>
        sleep(at - now(), abortSignalOf(signal)).then(
          () => !signal.aborted,
          () => false,
        ),
      );
      if (!waited) {
        const detail = 'Graph: the deadline passed, or the caller went away, before it was asked.';
        return { kind: 'failure', failure: upstreamFailure('timeout', detail) };
      }
    }
    return ask(endpoint, url, asked);
  };
}
