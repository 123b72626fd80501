import type { FastifyRequest } from 'fastify';

/**
 * Was a form sent from a page of this origin? A browser says so in headers that no page can set: `Sec-Fetch-Site`, which speaks of what
 * the browser sees, whatever stands between; or `Origin`. One that says neither is none of the last years, and is not believed.
 *
 * @param publicUrl - origin under which clients reach the gate, if it is configured
 */
export function isOwnPage({ headers }: FastifyRequest, publicUrl: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  return origin === publicUrl || new URL(origin).host === headers.host?.toLowerCase();
}
