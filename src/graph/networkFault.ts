import type { UpstreamReason } from '../outcomes/reason.ts';

interface FaultFacts {
  readonly reason: UpstreamReason;
  readonly words: string;
  /** Is a second try likely to go better at once? */
  readonly passing: boolean;
}

/** What can happen to a request instead of a whole answer. */
export const NETWORK_FAULTS = {
  nameNotFound: {
    reason: 'upstreamUnreachable',
    words: 'the host name was not found in DNS',
    passing: false,
  },
  refused: { reason: 'upstreamUnreachable', words: 'the connection was refused', passing: false },
  noRoute: { reason: 'upstreamUnreachable', words: 'there is no route to the host', passing: false },
  connectTimeout: {
    reason: 'upstreamUnreachable',
    words: 'no connection came about in the time allowed for it',
    passing: true,
  },
  certificateUntrusted: {
    reason: 'upstreamUnreachable',
    words:
      'the certificate of the server is not trusted (is a TLS-inspecting proxy missing from the extra CAs?)',
    passing: false,
  },
  certificateExpired: {
    reason: 'upstreamUnreachable',
    words: 'the certificate of the server has expired, or the clock of this machine is wrong',
    passing: false,
  },
  certificateNotYetValid: {
    reason: 'upstreamUnreachable',
    words: 'the certificate of the server is not valid yet, or the clock of this machine is wrong',
    passing: false,
  },
  certificateNameMismatch: {
    reason: 'upstreamUnreachable',
    words: 'the certificate of the server is for another host name',
    passing: false,
  },
  tlsFailed: { reason: 'upstreamUnreachable', words: 'the TLS handshake failed', passing: false },
  proxyRefused: {
    reason: 'upstreamUnreachable',
    words: 'the proxy refused to open a tunnel',
    passing: false,
  },
  connectFailed: { reason: 'upstreamUnreachable', words: 'the connection failed', passing: false },
  reset: {
    reason: 'upstreamUnavailable',
    words: 'the connection was closed before an answer came',
    passing: true,
  },
  answerCut: { reason: 'malformedAnswer', words: 'the answer ended early', passing: true },
  answerTooLarge: {
    reason: 'malformedAnswer',
    words: 'the answer was larger than any real one',
    passing: false,
  },
  notHttp: { reason: 'malformedAnswer', words: 'the answer was not HTTP', passing: false },
  attemptTimeout: {
    reason: 'timeout',
    words: 'no whole answer came in the time allowed for one attempt',
    passing: true,
  },
  ended: { reason: 'timeout', words: 'the deadline passed, or the caller went away', passing: false },
} as const satisfies Record<string, FaultFacts>;

export type NetworkFaultKind = keyof typeof NETWORK_FAULTS;

export interface NetworkFault {
  readonly kind: NetworkFaultKind;
  /** The error code of Node, OpenSSL or undici, if there was one. */
  readonly code?: string;
}

const KIND_BY_CODE: ReadonlyMap<string, NetworkFaultKind> = new Map<string, NetworkFaultKind>([
  ['ENOTFOUND', 'nameNotFound'],
  ['EAI_AGAIN', 'nameNotFound'],
  ['EAI_FAIL', 'nameNotFound'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'noRoute'],
  ['ENETUNREACH', 'noRoute'],
  ['EADDRNOTAVAIL', 'noRoute'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connectTimeout'],
  ['ETIMEDOUT', 'connectTimeout'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificateUntrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'certificateUntrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificateUntrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificateUntrusted'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificateUntrusted'],
  ['CERT_UNTRUSTED', 'certificateUntrusted'],
  ['CERT_REJECTED', 'certificateUntrusted'],
  ['CERT_REVOKED', 'certificateUntrusted'],
  ['INVALID_CA', 'certificateUntrusted'],
  ['INVALID_PURPOSE', 'certificateUntrusted'],
  ['CERT_SIGNATURE_FAILURE', 'certificateUntrusted'],
  ['CERT_HAS_EXPIRED', 'certificateExpired'],
  ['CERT_NOT_YET_VALID', 'certificateNotYetValid'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificateNameMismatch'],
  ['UND_ERR_PRX_TLS', 'tlsFailed'],
  ['EPROTO', 'tlsFailed'],
  ['UND_ERR_HEADERS_TIMEOUT', 'attemptTimeout'],
  ['UND_ERR_BODY_TIMEOUT', 'attemptTimeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'notHttp'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'answerCut'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'answerTooLarge'],
  // undici aborts by itself only when a proxy answers CONNECT with anything but 200; our own aborts are told apart before.
  ['UND_ERR_ABORTED', 'proxyRefused'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
]);

/** Pure: what an error thrown by undici means. `answered`: the headers of an answer had already come. */
export function networkFault(error: unknown, answered: boolean): NetworkFault {
  const code = errorCodes(error)[0];
  const kind = code === undefined ? kindOfName(error) : kindOfCode(code);
  if (answered && (kind === undefined || kind === 'reset' || kind === 'connectFailed')) {
    return code === undefined ? { kind: 'answerCut' } : { kind: 'answerCut', code };
  }
  return code === undefined ? { kind: kind ?? 'connectFailed' } : { kind: kind ?? 'connectFailed', code };
}

/** undici's parser does not always say by a code what it could not read. */
function kindOfName(error: unknown): NetworkFaultKind | undefined {
  return error instanceof Error && error.name === 'HTTPParserError' ? 'notHttp' : undefined;
}

/** In words for an operator: no URL, no message of a library. */
export function describeFault({ kind, code }: NetworkFault): string {
  const { words } = NETWORK_FAULTS[kind];
  return code === undefined ? words : `${words} (${code})`;
}

function kindOfCode(code: string): NetworkFaultKind {
  const known = KIND_BY_CODE.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'notHttp';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tlsFailed';
  return 'connectFailed';
}

/** The codes of an error, of those it bundles (one per address tried) and of its causes; codes we know come first. */
function errorCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (depth > 5 || !(value instanceof Error)) return;
    const code: unknown = Reflect.get(value, 'code');
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) codes.push(code);
    if (value instanceof AggregateError) for (const part of value.errors) visit(part, depth + 1);
    visit(value.cause, depth + 1);
  };
  visit(error, 0);
  const isKnown = (code: string): boolean => kindOfCode(code) !== 'connectFailed';
  return [...codes.filter(isKnown), ...codes.filter((code) => !isKnown(code))];
}
