import { z } from 'zod';
import { GateError } from '../errors.ts';
import type { OnceStore } from '../identity/onceStore.ts';
import { createJsonState, mapOf } from './jsonState.ts';

const MOST_KEYS = 100_000;
const ROOM = 1_000;

const schema = z.strictObject({
  version: z.literal(1),
  /** By key: when it may be forgotten, milliseconds since 1970. */
  used: mapOf(z.number()),
});

type Used = z.output<typeof schema>;

/** What was used once, in a file. When it is full of what still counts, nothing is accepted any more. */
export function createOnceFile(options: {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): OnceStore {
  const state = createJsonState({
    file: options.file,
    called: 'the file of what was used once',
    schema,
    empty: (): Used => ({ version: 1, used: new Map() }),
  });
  // What is over is looked for only now and then.
  let pruneAt = ROOM;
  return {
    claim: (key, until) =>
      state.update(({ used }) => {
        if (used.has(key)) return { changed: false, result: false };
        if (used.size >= pruneAt) {
          for (const [at, end] of used) if (end < options.now()) used.delete(at);
          if (used.size >= MOST_KEYS) {
            throw new GateError(
              'identityUnavailable',
              'too many one-time passwords were used within a short time',
            );
          }
          pruneAt = Math.min(MOST_KEYS, used.size + ROOM);
        }
        used.set(key, until);
        return { changed: true, result: true };
      }),
  };
}
