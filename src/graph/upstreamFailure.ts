import type { LookupFailure } from '../node/deviceDirectory.ts';
import type { UpstreamReason } from '../outcomes/reason.ts';

/**
 * The cause behind a {@link LookupFailure}. Its stack reaches shared state, so it is an error of our own with our own words: what
 * MSAL or undici threw may quote a request, and is deliberately not chained.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly reason: UpstreamReason;

  constructor(reason: UpstreamReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** @param retryAfterMs only if Microsoft named a time. */
export function upstreamFailure(
  reason: UpstreamReason,
  detail: string,
  retryAfterMs?: number,
): LookupFailure {
  const failure = { ok: false, reason, detail, cause: new UpstreamError(reason, detail) } as const;
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}
