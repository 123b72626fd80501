import type { RequestContext } from '../requestContext.ts';
import type { Run, Step } from '../step.ts';

export interface LoginUserOptions {
  /** Shared-state key of the login name. */
  readonly key: string;
  /** Appended as `@domain` to a login name that has none. */
  readonly domain: string | undefined;
}

/** The name of who is logging in, if the node compares it with the device's user; undefined if it does not. */
export function findLoginUser(
  options: LoginUserOptions | undefined,
  { sharedState }: RequestContext,
  { note }: Run,
): Step<string | undefined> {
  if (options === undefined) return { go: undefined };
  const { key, domain } = options;
  const value = Object.hasOwn(sharedState, key) ? sharedState[key] : undefined;
  if (typeof value !== 'string' || value.trim() === '') {
    note?.('login user', 'missing');
    return { end: { reason: 'loginUserMissing', detail: `no text under the key ${key}` } };
  }
  return { go: domain === undefined || value.includes('@') ? value : `${value}@${domain}` };
}
