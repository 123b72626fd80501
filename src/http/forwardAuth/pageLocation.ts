import { allowedRedirect, type AllowedHosts } from '../../policy/allowedRedirect.ts';
import type { OriginalRequest } from './originalRequest.ts';

/** The pages that people are sent to. */
export interface GuardPages {
  /** An absolute URL, or a path on the host that was asked for. */
  readonly loginUrl: string;
  /** The same, for people who are denied; undefined for none. */
  readonly deniedUrl?: string | undefined;
  /** Where people may come from, and so be sent back to. */
  readonly allowedHosts: AllowedHosts;
}

/**
 * Where a person is sent: to a page, which gets `goto` in its query, the address to come back to. The page of another host is known from
 * the configuration; the host that was asked for has to be an allowed one.
 *
 * @returns undefined if nobody can be sent anywhere
 */
export function pageLocation(
  page: string,
  { url }: OriginalRequest,
  allowedHosts: AllowedHosts,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string | undefined {
  const target = url === undefined ? undefined : allowedRedirect(url, allowedHosts);
  const base = page.startsWith('/') ? target?.origin : undefined;
  if (page.startsWith('/') && base === undefined) return undefined;
  const location = new URL(page, base);
  for (const [name, value] of Object.entries({ ...parameters, goto: target?.href })) {
    if (value !== undefined) location.searchParams.set(name, value);
  }
  return location.href;
}
