import type { RequestLog } from './requestLog.ts';
import type { ThrottleMeter } from './throttleMeter.ts';
import type { TokenSigner } from './tokenSigner.ts';
import type { World } from './world.ts';

/** What all routes of one simulator share. */
export interface SimulatorContext {
  readonly world: World;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signer: TokenSigner;
  readonly log: RequestLog;
  readonly throttle: ThrottleMeter;
  /** Aborted when the simulator closes: ends delays. */
  readonly closing: AbortSignal;
  /** Puts the world back to what it was when the simulator started. */
  readonly reset: () => void;
  /** Called after a control route changed something, before its answer is sent. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * Scheme, host and port the caller used, so that links and the issuer name the simulator as the caller knows it (a container may be
 * reached under several names).
 */
export function requestOrigin(request: { readonly protocol: string; readonly host: string }): string {
  const host = /^[\w.:[\]-]+$/.test(request.host) ? request.host : 'localhost';
  return `${request.protocol}://${host}`;
}

/** Several parts of the simulator look at the address of one request. */
const urls = new WeakMap<object, URL>();

/** Path and query of a request; the origin means nothing. Never throws. */
export function requestUrl(request: { readonly url: string }): URL {
  let url = urls.get(request);
  if (url === undefined) {
    url = parseUrl(`https://localhost${request.url}`);
    urls.set(request, url);
  }
  return url;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    return new URL('https://localhost/');
  }
}
