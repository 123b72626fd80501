import type { GraphAnswer } from './graphErrors.ts';
import type { GraphRequest } from './graphResource.ts';

/** `$top`, or the default without it; never more than `maximum`. */
export function pageSizeOf(
  { query, errors }: GraphRequest,
  defaultSize: number,
  maximum: number,
): { ok: true; value: number } | { ok: false; answer: GraphAnswer } {
  const top = query.get('$top');
  if (top === null) return { ok: true, value: Math.min(defaultSize, maximum) };
  if (!/^[1-9]\d*$/.test(top)) {
    return {
      ok: false,
      answer: errors.plain(400, 'BadRequest', `Invalid value '${top}' for $top query option found.`),
    };
  }
  return { ok: true, value: Math.min(Number(top), maximum) };
}

/** The address of the next page: the same query with an (already encoded) token. */
export function nextLink({ url, query }: GraphRequest, encodedToken: string): string {
  const kept = [...query]
    .filter(([name]) => name !== '$skiptoken' && name !== '$skip')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${url}?${[...kept, `$skiptoken=${encodedToken}`].join('&')}`;
}
