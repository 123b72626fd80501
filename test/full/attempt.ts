import type { Minted } from '../support/certificateBuilder.ts';
import type { ForwardedHeaders, Header } from './forwardedHeaders.ts';

/** Bytes that a client sends through a proxy to be taken for somebody else. */
export interface Attempt {
  readonly label: string;
  /** One character a byte. */
  readonly request: string;
}

export interface Forgery {
  readonly headers: ForwardedHeaders;
  /** The certificate of a device that may pass. Public, as every certificate is; the client does not have its key. */
  readonly stolen: Minted;
  /** What only the proxy knows. It should be of no use at the front door even to those who know it. */
  readonly secret: Header;
}

/** In every value of the headers that only the gate may set. */
export const FORGED = 'forged-by-the-client';

/** Headers that an application behind the proxy may believe. */
export const IDENTITY_HEADERS = [
  'X-Device-Outcome',
  'X-Device-Reason',
  'X-Device-Id',
  'X-Auth-User',
  'X-Auth-Level',
  'X-Decision-Id',
  'X-Device-Warning',
  'X-Device-Monitor',
];

/** A request target that only an embedded request asks for: it must never be seen behind the proxy. */
export const SMUGGLED_TARGET = '/smuggled';

export const HOST = 'Host: localhost';
export const CLOSE = 'Connection: close';

/** A GET with these lines after the Host, the connection closed at its end. */
export function get(lines: readonly string[], target = '/'): string {
  return [`GET ${target} HTTP/1.1`, HOST, ...lines, CLOSE, '', ''].join('\r\n');
}

export const lineOf = ([name, value]: Header): string => `${name}: ${value}`;

/** Every spelling of a name that some server takes for the same: each dash as it is, as an underscore, as a dot. */
export function spellingsOf(name: string): readonly string[] {
  const [first = '', ...words] = name.split('-');
  return words.reduce<readonly string[]>(
    (spellings, word) =>
      spellings.flatMap((start) => ['-', '_', '.'].map((mark) => `${start}${mark}${word}`)),
    [first],
  );
}
