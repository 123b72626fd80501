import type { JsonObject } from './jsonObject.ts';

export type NextLink =
  | { readonly kind: 'end' }
  | { readonly kind: 'next'; readonly url: string }
  /** `problem` is in words and quotes nothing. */
  | { readonly kind: 'refused'; readonly problem: string };

const LONGEST_LINK = 16_384;

/**
 * Pure: where the next page is. The token is sent wherever the link points, and a link is only as good as the answer it came in, so
 * it must lead to the very resource that was asked for, on the same origin, and not in a circle.
 *
 * @param asked the URL of the first page
 * @param seen the URLs already read
 */
export function parseNextLink(body: JsonObject, asked: string, seen: ReadonlySet<string>): NextLink {
  const link = Object.hasOwn(body, '@odata.nextLink') ? body['@odata.nextLink'] : undefined;
  if (link === undefined || link === null) return { kind: 'end' };
  if (typeof link !== 'string' || link.length > LONGEST_LINK || !URL.canParse(link)) {
    return { kind: 'refused', problem: 'the link to the next page is no URL' };
  }
  const target = new URL(link);
  const origin = new URL(asked);
  if (target.origin !== origin.origin || target.username !== '' || target.password !== '') {
    return { kind: 'refused', problem: 'the link to the next page leads to another host' };
  }
  if (resourceOf(target) !== resourceOf(origin)) {
    return { kind: 'refused', problem: 'the link to the next page leads to another resource' };
  }
  if (seen.has(target.href))
    return { kind: 'refused', problem: 'the link to the next page leads in a circle' };
  return { kind: 'next', url: target.href };
}

/** Graph writes `managedDevices/{id}` and `managedDevices('{id}')` for the same thing, in any letter case. */
function resourceOf({ pathname }: URL): string {
  return pathname
    .replace(/%28/gi, '(')
    .replace(/%29/gi, ')')
    .replace(/%27/gi, "'")
    .replace(/\('([^'()/]+)'\)/g, '/$1')
    .toLowerCase();
}
