import { aadstsFailure } from './aadstsError.ts';
import type { AadstsFailure } from './aadstsError.ts';
import type { World } from './world.ts';

/** Scopes that belong to the sign-in itself, not to a resource. */
const SIGN_IN_SCOPES = new Set(['openid', 'profile', 'offline_access', 'email']);
const GRAPH = 'https://graph.microsoft.com';

export interface RequestedScope {
  readonly ok: true;
  /** The resource without a trailing slash; becomes the token's audience. */
  readonly resource: string;
  /** Names of permissions; `.default` stands for all that are granted. */
  readonly permissions: readonly string[];
  readonly signIn: readonly string[];
}

/** Understands a `scope` parameter: permissions with or without their resource, of one resource, beside sign-in scopes. */
export function parseRequestedScope(
  scope: string | null,
  { world, origin }: { world: World; origin: string },
): RequestedScope | AadstsFailure {
  if (scope === null || scope.trim() === '') return aadstsFailure(900144, { value: 'scope' });
  const parts = scope.trim().split(/\s+/);
  const signIn = parts.filter((part) => SIGN_IN_SCOPES.has(part));
  const wanted = parts.filter((part) => !SIGN_IN_SCOPES.has(part)).map(splitScope);
  const resources = new Set(wanted.map(({ resource }) => resource));
  if (resources.size > 1 || wanted.some(({ permission }) => !/^[\w.-]+$/.test(permission))) {
    return aadstsFailure(70011, { value: scope });
  }
  const [resource = GRAPH] = resources;
  if (!world.resources.includes(resource) && resource !== origin) {
    return aadstsFailure(500011, { value: resource, tenant: world.tenant.displayName });
  }
  return { ok: true, resource, permissions: wanted.map(({ permission }) => permission), signIn };
}

/** A bare name is a permission of Graph. */
function splitScope(part: string): { resource: string; permission: string } {
  const slash = part.lastIndexOf('/');
  if (slash === -1) return { resource: GRAPH, permission: part };
  return { resource: part.slice(0, slash).replace(/\/$/, ''), permission: part.slice(slash + 1) };
}
