import type { FastifyRequest } from 'fastify';
import type { HeaderLine } from '../../node/requestContext.ts';
import { takeSingleHeader } from '../../node/singleHeader.ts';
import type { Contract } from './contract.ts';

/** What a client asked a proxy for, as the proxy says. Answers may be shaped by it; nothing is decided by it. */
export interface OriginalRequest {
  /** Absolute, not checked; undefined if the proxy did not say, or somebody said it as well. */
  readonly url: string | undefined;
  /** A person in front of a browser asks for a page, which could as well be another one. */
  readonly isNavigation: boolean;
}

/** @param headers - the lines as they came */
export function originalRequestOf(
  request: FastifyRequest,
  headers: readonly HeaderLine[],
  contract: Contract,
): OriginalRequest {
  const said: Said = (name, absent) => {
    const taken = takeSingleHeader(headers, name);
    if (taken.is === 'absent') return absent;
    return taken.is === 'present' && typeof taken.value === 'string' ? taken.value : undefined;
  };
  return { url: urlOf(request, contract, said), isNavigation: isNavigation(request, contract, said) };
}

/** The value of a header, another value where it is absent, and undefined where it is not clear what was said. */
type Said = (name: string, absent?: string) => string | undefined;

function urlOf({ originalUrl, headers }: FastifyRequest, contract: Contract, said: Said): string | undefined {
  const scheme = said('x-forwarded-proto', 'https');
  const join = (host: string | undefined, target: string | undefined): string | undefined =>
    scheme === undefined || host === undefined || target?.startsWith('/') !== true
      ? undefined
      : `${scheme}://${host}${target}`;
  switch (contract) {
    case 'request':
      return said('x-original-url') ?? join(said('x-forwarded-host'), said('x-original-uri'));
    case 'forward':
      return join(said('x-forwarded-host'), said('x-forwarded-uri'));
    case 'ext-authz':
      // Envoy keeps the host, and appends the path to its own.
      return join(headers.host, originalUrl.replace(/^\/auth\/(?:policies\/[^/?]*\/)?ext-authz/, '') || '/');
  }
}

const METHOD_HEADERS = { request: 'x-original-method', forward: 'x-forwarded-method' } as const;

function isNavigation({ method, headers }: FastifyRequest, contract: Contract, said: Said): boolean {
  const asked = contract === 'ext-authz' ? method : said(METHOD_HEADERS[contract], 'GET');
  return (
    (asked === 'GET' || asked === 'HEAD') &&
    /\btext\/html\b/i.test(headers.accept ?? '') &&
    headers['x-requested-with'] === undefined &&
    isOr(headers['sec-fetch-mode'], 'navigate') &&
    isOr(headers['sec-fetch-dest'], 'document')
  );
}

/** Browsers that are too old do not say it. */
function isOr(value: string | string[] | undefined, expected: string): boolean {
  return value === undefined || value === expected;
}
