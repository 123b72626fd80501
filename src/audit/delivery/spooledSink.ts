import { setTimeout as sleep } from 'node:timers/promises';
import type { EventType } from '../../events/eventTypes.ts';
import type { EventSink, SinkTrouble } from '../eventSink.ts';
import { createLineQueue } from '../lineQueue.ts';
import type { Sender } from './sender.ts';
import type { Spool } from './spool.ts';

export interface SpooledSinkOptions {
  readonly spool: Spool;
  readonly sender: Sender;
  /** The types that are sent; undefined for all of them. */
  readonly types?: ReadonlySet<EventType> | undefined;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly onTrouble: (trouble: SinkTrouble) => void;
  /** The first pause after a failed attempt, milliseconds; default 1,000. */
  readonly firstPauseMs?: number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** What waits for the disk of the spool, characters. */
const MOST_CHARACTERS = 16_777_216;
const MOST_LINES = 2_000;

/**
 * Hands events over to somebody who may be slow or away. They wait on disk, in order, and go as often as it takes: at least once, each
 * under its own id.
 */
export function createSpooledSink(options: SpooledSinkOptions): EventSink {
  const { spool, sender, types, random, onTrouble, firstPauseMs = FIRST_PAUSE_MS } = options;
  const queue = createLineQueue(MOST_CHARACTERS);
  const leaving = new AbortController();
  const counts = { delivered: 0, refused: 0, lost: 0, failures: 0 };
  let isFull = false;
  let isOpen = false;
  let isStarted = false;
  let pauseMs = 0;
  let spooling: Promise<void> | undefined;
  let sending: Promise<void> | undefined;
  /** The spool does one thing at a time. */
  let turn: Promise<unknown> = Promise.resolve();

  async function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = turn.then(task);
    turn = mine.catch(() => undefined);
    return mine;
  }

  function loseSome(count: number): void {
    counts.lost += count;
    if (!isFull) onTrouble({ type: 'lost', count });
    isFull = true;
  }

  function work(): void {
    if (!isStarted || leaving.signal.aborted) return;
    if (spooling === undefined && (queue.length > 0 || !isOpen)) {
      spooling = spoolAll().finally(() => {
        spooling = undefined;
        if (queue.length > 0) work();
      });
    }
    if (sending === undefined && isOpen && spool.length > 0) {
      sending = sendAll().finally(() => {
        sending = undefined;
        if (spool.length > 0) work();
      });
    }
  }

  async function spoolAll(): Promise<void> {
    let pause = firstPauseMs;
    const isDone = (): boolean => isOpen && queue.length === 0;
    while (!isDone() && !leaving.signal.aborted) {
      try {
        await inTurn(async () => {
          if (!isOpen) await spool.open();
          isOpen = true;
          const lines = queue.oldest(MOST_LINES);
          const refused = lines.length === 0 ? 0 : await spool.add(lines);
          queue.drop(lines.length);
          if (refused > 0) loseSome(refused);
          else isFull = false;
        });
        pause = firstPauseMs;
      } catch (error) {
        fail(`spool: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
        await rest(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
      if (sending === undefined) work();
    }
  }

  async function sendAll(): Promise<void> {
    while (spool.length > 0 && !leaving.signal.aborted) {
      try {
        const lines = await inTurn(() => spool.oldest(sender.most));
        const result = await sender.send(lines, leaving.signal);
        if (leaving.signal.aborted && result.type === 'failed') return;
        if (result.type === 'failed') {
          fail(result.detail);
          await rest(Math.max(result.afterMs ?? 0, pauseMs * (0.5 + 0.5 * random())));
          continue;
        }
        if (result.type === 'delivered') await drop(lines.length);
        else await sortOut(lines);
      } catch (error) {
        fail(`spool: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
        await rest(pauseMs);
      }
    }
  }

  async function drop(count: number): Promise<void> {
    await inTurn(() => spool.drop(count));
    counts.delivered += count;
    if (pauseMs > 0) onTrouble({ type: 'working' });
    pauseMs = 0;
  }

  /** One event that is not taken must not keep back those after it. */
  async function sortOut(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const result = await sender.send([line], leaving.signal);
      if (result.type === 'failed') return;
      if (result.type === 'delivered') {
        await drop(1);
        continue;
      }
      await inTurn(async () => {
        await spool.setAside(line);
        await spool.drop(1);
      });
      counts.refused += 1;
      onTrouble({ type: 'refused', count: 1, detail: result.detail });
    }
  }

  function fail(detail: string): void {
    counts.failures += 1;
    if (pauseMs === 0) onTrouble({ type: 'failing', detail });
    pauseMs = Math.min(Math.max(firstPauseMs, pauseMs * 2), LONGEST_PAUSE_MS);
  }

  async function rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: leaving.signal }).catch(() => undefined);
  }

  /** When all that was taken is on disk. */
  async function spooled(): Promise<void> {
    if (spooling === undefined) return;
    await spooling;
    await spooled();
  }

  return {
    take(events) {
      const wanted = types === undefined ? events : events.filter(({ event }) => types.has(event.type));
      if (leaving.signal.aborted) {
        counts.lost += wanted.length;
        return;
      }
      const refused = queue.add(wanted);
      if (refused > 0) loseSome(refused);
      work();
    },
    start() {
      isStarted = true;
      work();
    },
    async close(signal) {
      const cut = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const finish = async (): Promise<void> => {
        isStarted = true;
        work();
        // On disk they are safe; what the other side takes right away need not wait for the next start.
        await spooled();
        leaving.abort();
        await sending;
        await inTurn(() => spool.close());
      };
      await Promise.race([finish().catch(() => undefined), cut]);
      leaving.abort();
      if (queue.length > 0) {
        counts.lost += queue.length;
        onTrouble({ type: 'lost', count: queue.length });
      }
      await Promise.race([sender.close(), cut]);
    },
    status: () => ({
      waiting: queue.length + (isOpen ? spool.length : 0),
      ...counts,
      failing: pauseMs > 0,
    }),
  };
}
