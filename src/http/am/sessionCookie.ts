import type { FastifyRequest } from 'fastify';

/** The cookie that holds the session token. */
export interface SessionCookie {
  readonly name: string;
  /** Send it over HTTPS only. */
  readonly secure: boolean;
  readonly sameSite: 'Lax' | 'Strict' | 'None';
  /** Also send it to hosts below this one; undefined for this host alone. */
  readonly domain: string | undefined;
}

/** A session token as it came with a request. */
export interface HeldToken {
  readonly token: string;
  /** A browser sends cookies by itself, so that another site may have made it send the request. */
  readonly inCookie: boolean;
}

/** Pure: the cookies of a request. One that stands there twice is left out, as nobody can say which was meant. */
export function parseCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  const twice = new Set<string>();
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim();
    if (cookies.has(name)) twice.add(name);
    cookies.set(
      name,
      part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    );
  }
  for (const name of twice) cookies.delete(name);
  return cookies;
}

/** The token in the header that is named after the cookie, or in the cookie. */
export function findHeldToken({ headers }: FastifyRequest, { name }: SessionCookie): HeldToken | undefined {
  const header = headers[name.toLowerCase()];
  if (typeof header === 'string' && header !== '') return { token: header, inCookie: false };
  const token = parseCookies(headers.cookie).get(name);
  return token === undefined || token === '' ? undefined : { token, inCookie: true };
}

/** `Set-Cookie` for a new session; it lasts as long as the browser. */
export function sessionCookie(cookie: SessionCookie, token: string): string {
  return [`${cookie.name}=${token}`, ...attributesOf(cookie)].join('; ');
}

/** `Set-Cookie` that takes the cookie away. */
export function expiredCookie(cookie: SessionCookie): string {
  return [`${cookie.name}=`, 'Max-Age=0', ...attributesOf(cookie)].join('; ');
}

function attributesOf({ secure, sameSite, domain }: SessionCookie): readonly string[] {
  return [
    'Path=/',
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSite}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
  ];
}
