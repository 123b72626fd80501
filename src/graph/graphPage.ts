import type { Lookup, LookupOptions } from '../node/deviceDirectory.ts';
import type { Page } from '../operations/deviceOperations.ts';
import type { GraphEndpoint } from './graphEvent.ts';
import type { AskGraph, GraphAsking } from './graphRequest.ts';
import type { JsonObject } from './jsonObject.ts';
import { parseNextLink } from './nextLink.ts';
import { upstreamFailure } from './upstreamFailure.ts';

export interface PageQuestion<T> {
  readonly endpoint: GraphEndpoint;
  /** Address of the first page: what every later page must be a page of. */
  readonly first: string;
  /** Link to the page that is wanted; undefined for the first. */
  readonly next: string | undefined;
  readonly asking?: GraphAsking;
  /** The rows of one page, or in words why it is no such page. */
  readonly parse: (body: JsonObject) => readonly T[] | string;
}

/** Reads one page of a list and where the next one is. Undefined: there is no such list. */
export async function readPage<T>(
  ask: AskGraph,
  { endpoint, first, next, asking, parse }: PageQuestion<T>,
  options: LookupOptions,
): Promise<Lookup<Page<T> | undefined>> {
  const malformed = (words: string) => upstreamFailure('malformedAnswer', `Graph: ${words}.`);
  const url = next ?? first;
  const answer = await ask(endpoint, url, options, asking);
  if (answer.kind === 'failure') return answer.failure;
  const found = { ok: true, source: 'graph', fetchedAt: answer.fetchedAt } as const;
  if (answer.kind === 'absent') return { ...found, value: undefined };
  const rows = parse(answer.body);
  if (typeof rows === 'string') return malformed(rows);
  const link = parseNextLink(answer.body, first, new Set([new URL(url).href]));
  if (link.kind === 'refused') return malformed(link.problem);
  const count = answer.body['@odata.count'];
  return {
    ...found,
    value: {
      rows,
      next: link.kind === 'next' ? link.url : undefined,
      total: typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined,
    },
  };
}
