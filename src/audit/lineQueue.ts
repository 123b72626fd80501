import type { RecordedEvent } from './eventSink.ts';

/** Lines that wait in memory, within a bound. */
export interface LineQueue {
  readonly length: number;
  /** Lines there was no room for since `forgetLost`. */
  readonly lost: number;
  /** Takes what there is room for, and says how many it had none for. */
  add(events: readonly RecordedEvent[]): number;
  /** The oldest ones; they stay until they are dropped. */
  oldest(most: number): readonly string[];
  drop(count: number): void;
  forgetLost(count: number): void;
}

/** `mostCharacters` bounds the memory: what is on the way out is small, what waits for a disk that is full need not be. */
export function createLineQueue(mostCharacters: number): LineQueue {
  let lines: string[] = [];
  let begin = 0;
  let characters = 0;
  let lost = 0;
  return {
    get length() {
      return lines.length - begin;
    },
    get lost() {
      return lost;
    },
    add(events) {
      let refused = 0;
      for (const { json } of events) {
        if (characters + json.length > mostCharacters) {
          refused += 1;
          continue;
        }
        lines.push(json);
        characters += json.length;
      }
      lost += refused;
      return refused;
    },
    oldest: (most) => lines.slice(begin, begin + most),
    drop(count) {
      for (const line of lines.slice(begin, begin + count)) characters -= line.length;
      begin += count;
      // Moving the rest for each batch would cost more than the batch.
      if (begin * 2 < lines.length) return;
      lines = lines.slice(begin);
      begin = 0;
    },
    forgetLost(count) {
      lost -= count;
    },
  };
}
