import { z } from 'zod';
import type { AttemptStatus, AttemptStore } from '../identity/attemptStore.ts';
import { createJsonState, mapOf } from './jsonState.ts';
import type { StateKey } from './stateKey.ts';

/** Subjects that are remembered. Beyond it, those with the fewest failures are forgotten first, so that a flood of names hides nobody. */
const MOST_SUBJECTS = 10_000;
/** Forgetting looks at all of them, so it makes room for some time. */
const ROOM = 1_000;

const schema = z.strictObject({
  version: z.literal(1),
  /** By hash of the subject: failures, when these failures are forgotten, and until when it is locked (0: not at all). */
  subjects: mapOf(z.tuple([z.int().min(0), z.number(), z.number()])),
});

type Attempts = z.output<typeof schema>;
type Subjects = Attempts['subjects'];
type Entry = readonly [failures: number, forgottenAt: number, lockedUntil: number];

const NONE: AttemptStatus = { failures: 0, lockedUntil: undefined };

/** Failed attempts in a file, which holds hashes of subjects, not the names that were typed. Survives restarts. */
export function createAttemptFile(options: {
  readonly file: string;
  readonly key: StateKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): AttemptStore {
  const { key, now } = options;
  const state = createJsonState({
    file: options.file,
    called: 'the file of failed attempts',
    schema,
    empty: (): Attempts => ({ version: 1, subjects: new Map() }),
  });
  const hash = (subject: string): string => key.hashes(subject, 'attempts')[0];

  return {
    async status(subject) {
      return statusOf((await state.read()).subjects.get(hash(subject)), now());
    },
    fail: (subject, rule) =>
      state.update(({ subjects }) => {
        const at = hash(subject);
        const time = now();
        const entry = subjects.get(at);
        const before = statusOf(entry, time);
        if (before.lockedUntil !== undefined) return { changed: false, result: before };
        const failures = before.failures + 1;
        const isLocked = failures >= rule.failures;
        const forgottenAt = before.failures === 0 ? time + rule.windowMs : (entry?.[1] ?? 0);
        if (entry === undefined) makeRoom(subjects, time);
        subjects.set(at, [failures, forgottenAt, isLocked ? time + rule.lockMs : 0]);
        return { changed: true, result: statusOf(subjects.get(at), time) };
      }),
    clear: (subject) =>
      state.update(({ subjects }) => ({ changed: subjects.delete(hash(subject)), result: undefined })),
  };
}

function statusOf(entry: Entry | undefined, time: number): AttemptStatus {
  if (entry === undefined) return NONE;
  const [failures, forgottenAt, lockedUntil] = entry;
  if (lockedUntil > time) return { failures, lockedUntil };
  return lockedUntil !== 0 || forgottenAt <= time ? NONE : { failures, lockedUntil: undefined };
}

function makeRoom(subjects: Subjects, time: number): void {
  if (subjects.size < MOST_SUBJECTS) return;
  const forget = [...subjects]
    .toSorted(([, one], [, other]) => weight(one, time) - weight(other, time) || one[1] - other[1])
    .slice(0, subjects.size - MOST_SUBJECTS + ROOM);
  for (const [at] of forget) subjects.delete(at);
}

/** What is over weighs nothing, what is locked most. */
function weight(entry: Entry, time: number): number {
  const { failures, lockedUntil } = statusOf(entry, time);
  return lockedUntil === undefined ? failures : Number.MAX_SAFE_INTEGER;
}
