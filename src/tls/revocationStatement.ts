import type { Certificate } from './certificate.ts';

/** One step of a path: whoever issued the certificate is the one to say whether it was revoked. */
export interface PathLink {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** When a statement holds, in milliseconds since 1970, both ends included. */
export interface Window {
  readonly validFrom: number;
  readonly validUntil: number;
}

/** What one kind of evidence says about one certificate, once it is known to be authentic. */
export type RevocationStatement =
  | ({ readonly is: 'good' } & Window)
  /** What is not current still tells the truth as long as nothing newer says otherwise. */
  | { readonly is: 'revoked'; readonly isCurrent: boolean }
  | { readonly is: 'missing'; readonly detail: string };

export function missing(detail: string): RevocationStatement {
  return { is: 'missing', detail };
}
