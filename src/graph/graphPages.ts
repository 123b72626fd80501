import type { LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { GraphEndpoint } from './graphEvent.ts';
import type { AskGraph } from './graphRequest.ts';
import type { JsonObject } from './jsonObject.ts';
import { parseNextLink } from './nextLink.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export interface PageBounds {
  readonly maxPages: number;
  readonly maxRows: number;
}

export type Pages<T> =
  /** `fetchedAt` is that of the first page: the oldest part of the whole. */
  | { readonly kind: 'rows'; readonly rows: readonly T[]; readonly fetchedAt: number }
  | { readonly kind: 'absent'; readonly fetchedAt: number }
  | { readonly kind: 'failure'; readonly failure: LookupFailure };

/**
 * Reads a list to its end. Half a list is no answer: whatever goes wrong on any page, and any bound that is reached, is a failure.
 *
 * @param parse the rows of one page, or in words why it is no such page
 */
export async function readPages<T>(
  ask: AskGraph,
  endpoint: GraphEndpoint,
  url: string,
  options: LookupOptions,
  bounds: PageBounds,
  parse: (body: JsonObject) => readonly T[] | string,
): Promise<Pages<T>> {
  const malformed = (words: string): Pages<T> => ({
    kind: 'failure',
    failure: upstreamFailure('malformedAnswer', `Graph: ${words}.`),
  });
  const rows: T[] = [];
  const seen = new Set([new URL(url).href]);
  let next = url;
  let fetchedAt: number | undefined;
  for (let page = 1; page <= bounds.maxPages; page += 1) {
    const answer = await ask(endpoint, next, options);
    if (answer.kind === 'failure') return answer;
    if (answer.kind === 'absent') return page === 1 ? answer : malformed('a page in the middle is not found');
    fetchedAt ??= answer.fetchedAt;
    const found = parse(answer.body);
    if (typeof found === 'string') return malformed(found);
    rows.push(...found);
    if (rows.length > bounds.maxRows) return malformed(`the list has more than ${bounds.maxRows} rows`);
    const link = parseNextLink(answer.body, url, seen);
    if (link.kind === 'end') return { kind: 'rows', rows, fetchedAt };
    if (link.kind === 'refused') return malformed(link.problem);
    seen.add(link.url);
    next = link.url;
  }
  return malformed(`the list has more than ${bounds.maxPages} pages`);
}
