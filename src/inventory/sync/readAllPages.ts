import type { DeviceFeed, FeedQuery, RawDevice } from './deviceFeed.ts';
import { SyncError } from './syncError.ts';

/** A large page of a slow tenant, with its retries. */
const PAGE_MS = 120_000;
/** More pages than the largest tenant has: a list that never ends is none. */
const MOST_PAGES = 100_000;

/** One page, and where the list goes on behind it. */
export interface ReadPage {
  readonly rows: readonly RawDevice[];
  readonly cursor: string | undefined;
}

/**
 * Reads a list page by page; while one is worked on, the next one is on its way. A cursor that Microsoft does not take any more leads
 * back to the beginning, once.
 *
 * @throws SyncError `upstream` if a page cannot be read, `stopped` if the signal aborts
 */
export async function* readAllPages(options: {
  readonly feed: DeviceFeed;
  readonly query: FeedQuery;
  readonly cursor?: string | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
}): AsyncGenerator<ReadPage> {
  const { feed, query, signal, now } = options;
  const read = (cursor: string | undefined): ReturnType<DeviceFeed['readPage']> =>
    feed.readPage(query, cursor, { signal, deadline: now() + PAGE_MS });
  let answer = await read(options.cursor);
  if (!answer.ok && options.cursor !== undefined && !signal.aborted) answer = await read(undefined);
  const seen = new Set<string>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    if (signal.aborted) throw new SyncError('stopped', 'it was asked to stop');
    if (!answer.ok) throw new SyncError('upstream', `${answer.detail} (${answer.reason})`);
    const { rows, cursor } = answer.value;
    if (cursor !== undefined && seen.has(cursor))
      throw new SyncError('upstream', 'the list leads in a circle');
    if (cursor !== undefined) seen.add(cursor);
    const next = cursor === undefined ? undefined : read(cursor);
    yield { rows, cursor };
    if (next === undefined) return;
    answer = await next;
  }
  throw new SyncError('upstream', 'the list does not end');
}
