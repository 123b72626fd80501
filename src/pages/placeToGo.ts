import { allowedRedirect, type AllowedHosts } from '../policy/allowedRedirect.ts';

/** Where somebody may be sent. */
export interface Place {
  /** A path on this host, or an absolute URL. */
  readonly href: string;
  /** As people are told of it: the host, or the path. */
  readonly name: string;
  readonly isOwn: boolean;
}

const LONGEST_PATH = 4_096;
/** One slash, and nothing that a browser reads as a second one, or drops. */
const OWN_PATH = /^\/(?![/\\])[!#-;=?-[\]_a-z~]*$/;

/** Pure: a path on this host, or an address on one of the allowed hosts. Undefined for everything else. */
export function placeToGo(text: string | undefined, hosts: AllowedHosts): Place | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.startsWith('/')) {
    if (text.length > LONGEST_PATH || !OWN_PATH.test(text)) return undefined;
    return { href: text, name: text.replace(/[?#].*$/, ''), isOwn: true };
  }
  const url = allowedRedirect(text, hosts);
  return url === undefined ? undefined : { href: url.href, name: url.host, isOwn: false };
}
