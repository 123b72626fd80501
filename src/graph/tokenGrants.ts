import { parseJsonObject, stringAt, type JsonObject } from './jsonObject.ts';

/** What an access token says of itself. For diagnosis only: nothing here is verified, Graph alone decides. */
export interface TokenGrants {
  /** `application`: app roles; `delegated`: scopes of a user; `none`: neither, or no readable token. */
  readonly kind: 'application' | 'delegated' | 'none';
  /** Permission names, in the token's order. */
  readonly permissions: readonly string[];
  /** False: the token is no JWT, so `none` proves nothing. */
  readonly readable: boolean;
  readonly tenantId: string | undefined;
  readonly appId: string | undefined;
  readonly audience: string | undefined;
}

const PERMISSION = /^[A-Za-z][\w.-]{0,120}$/;

/** Never throws. */
export function parseTokenGrants(token: string): TokenGrants {
  const payload = payloadOf(token);
  if (payload === undefined) {
    return {
      kind: 'none',
      permissions: [],
      readable: false,
      tenantId: undefined,
      appId: undefined,
      audience: undefined,
    };
  }
  const about = {
    readable: true,
    tenantId: stringAt(payload, 'tid'),
    appId: stringAt(payload, 'appid') ?? stringAt(payload, 'azp'),
    audience: stringAt(payload, 'aud'),
  };
  const scopes = (stringAt(payload, 'scp') ?? '').split(' ').filter((scope) => PERMISSION.test(scope));
  if (scopes.length > 0) return { kind: 'delegated', permissions: scopes, ...about };
  const roles = payload['roles'];
  const names = Array.isArray(roles)
    ? roles.filter((role): role is string => typeof role === 'string' && PERMISSION.test(role))
    : [];
  return { kind: names.length > 0 ? 'application' : 'none', permissions: names, ...about };
}

function payloadOf(token: string): JsonObject | undefined {
  const parts = token.split('.');
  const [, payload] = parts;
  if (parts.length !== 3 || payload === undefined) return undefined;
  return parseJsonObject(Buffer.from(payload, 'base64url').toString('utf8'));
}
