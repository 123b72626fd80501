import { z } from 'zod';
import type { LookupFailure, Lookup } from '../../node/deviceDirectory.ts';
import type { Page } from '../deviceOperations.ts';
import type { ReadingContext } from '../operation.ts';
import { refuse, type Refusal } from '../refusal.ts';

/** What every page of a list says beside its rows. */
export const pageFields = {
  cursor: z.string().nullable().describe('Hand it in to read the next page; null after the last one.'),
  has_next_page: z.boolean(),
  total: z.int().nullable().describe('How many rows all pages have, where Microsoft says so, else null.'),
};

/** Opens the cursor a caller handed in. */
export function openCursor(
  cursor: string | undefined,
  about: string,
  { cursors }: ReadingContext,
): { readonly next: string | undefined } | Refusal {
  if (cursor === undefined) return { next: undefined };
  const next = cursors.open(cursor, about);
  return next === undefined ? refuse('badCursor') : { next };
}

export function describePage(
  { next, total }: Page<unknown>,
  about: string,
  { cursors }: ReadingContext,
): { cursor: string | null; has_next_page: boolean; total: number | null } {
  return {
    cursor: next === undefined ? null : cursors.seal(next, about),
    has_next_page: next !== undefined,
    total: total ?? null,
  };
}

/** Where an answer came from and how old it is. */
export const answerSchema = z.strictObject({
  source: z.enum(['graph', 'cache', 'staleCache']),
  age_seconds: z.int().min(0).describe('Age of what Microsoft said, in seconds.'),
});

export function describeAnswer(
  answer: Exclude<Lookup<unknown>, LookupFailure>,
  now: number,
): z.output<typeof answerSchema> {
  return {
    source: answer.source,
    age_seconds: Math.max(0, Math.floor((now - answer.fetchedAt) / 1_000)),
  };
}

export function badId(pointer: string): Refusal {
  return { ...refuse('invalidInput'), errors: [{ pointer, detail: 'must be a GUID, and not all zeros' }] };
}
