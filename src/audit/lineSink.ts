import { setTimeout as sleep } from 'node:timers/promises';
import type { EventSink, SinkTrouble } from './eventSink.ts';
import { createLineQueue } from './lineQueue.ts';

export interface LineSinkOptions {
  /** Writes lines to their place, all of them or none. May reject; then it is asked again. */
  readonly write: (lines: readonly string[]) => Promise<void>;
  /** A line that says so many events were lost, to be written where they are missing. */
  readonly describeLoss: (count: number) => string;
  /** Called about every second, never during a `write`. May reject. */
  readonly tend?: (() => Promise<void>) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
  readonly onTrouble: (trouble: SinkTrouble) => void;
  /** How much may wait, characters. Default 64 Mi. */
  readonly mostCharacters?: number;
}

const MOST_CHARACTERS = 67_108_864;
const MOST_LINES = 2_000;
const TEND_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Writes events line by line to a place that is usually quick, and keeps them in memory while it is not. */
export function createLineSink(options: LineSinkOptions): EventSink {
  const { write, tend, onTrouble } = options;
  const queue = createLineQueue(options.mostCharacters ?? MOST_CHARACTERS);
  const leaving = new AbortController();
  let isStarted = false;
  let working: Promise<void> | undefined;
  let tending: NodeJS.Timeout | undefined;
  let delivered = 0;
  let lost = 0;
  let failures = 0;
  let pauseMs = 0;

  function work(): void {
    if (!isStarted || working !== undefined || (queue.length === 0 && queue.lost === 0)) return;
    working = drain().finally(() => {
      working = undefined;
      if (!leaving.signal.aborted) work();
    });
  }

  async function drain(): Promise<void> {
    while ((queue.length > 0 || queue.lost > 0) && !leaving.signal.aborted) {
      const lines = queue.oldest(MOST_LINES);
      // What was lost came after all that waits, so it is said after it.
      const missing = lines.length === queue.length ? queue.lost : 0;
      const done = await attempt(() =>
        write(missing === 0 ? lines : [...lines, options.describeLoss(missing)]),
      );
      if (!done) {
        await sleep(pauseMs, undefined, { signal: leaving.signal }).catch(() => undefined);
        continue;
      }
      queue.drop(lines.length);
      queue.forgetLost(missing);
      delivered += lines.length;
    }
  }

  async function attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      if (pauseMs > 0) onTrouble({ type: 'working' });
      pauseMs = 0;
      return true;
    } catch (error) {
      failures += 1;
      if (pauseMs === 0) onTrouble({ type: 'failing', detail: describe(error) });
      pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * 2), LONGEST_PAUSE_MS);
      return false;
    }
  }

  /** When nothing is under way any more, however often it begins anew. */
  async function settled(): Promise<void> {
    if (working === undefined) return;
    await working;
    await settled();
  }

  return {
    take(events) {
      if (leaving.signal.aborted) {
        lost += events.length;
        return;
      }
      const refused = queue.add(events);
      // Said once for each time that there is no room.
      if (refused > 0 && queue.lost === refused) onTrouble({ type: 'lost', count: refused });
      lost += refused;
      work();
    },
    start() {
      isStarted = true;
      work();
      if (tend === undefined || tending !== undefined) return;
      tending = setInterval(() => {
        if (working !== undefined) return;
        working = attempt(tend)
          .then(() => undefined)
          .finally(() => {
            working = undefined;
            work();
          });
      }, TEND_MS).unref();
    },
    async close(signal) {
      clearInterval(tending);
      const cut = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const finish = async (): Promise<void> => {
        isStarted = true;
        work();
        await settled();
      };
      await Promise.race([finish(), cut]);
      leaving.abort();
      const left = queue.length + queue.lost;
      if (left > 0) {
        lost += queue.length;
        onTrouble({ type: 'lost', count: left });
      }
      await Promise.race([options.close?.().catch(() => undefined), cut]);
    },
    status: () => ({
      waiting: queue.length,
      delivered,
      refused: 0,
      lost,
      failures,
      failing: pauseMs > 0,
    }),
  };
}

/** Codes of the system say what is wrong; texts might hold more than that. */
function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
