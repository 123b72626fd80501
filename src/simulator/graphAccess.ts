import type { GraphAnswer, GraphErrors } from './graphErrors.ts';
import type { Claims } from './jsonWebToken.ts';
import type { TokenSigner } from './tokenSigner.ts';
import type { ProtectedEndpoint, World } from './world.ts';

const GRAPH_AUDIENCES = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'];

/** Checks the bearer token: there, ours, for Graph, in its time. */
export function checkBearerToken(
  authorization: string | undefined,
  context: { signer: TokenSigner; origin: string; now: number; errors: GraphErrors },
): { ok: true; claims: Claims } | { ok: false; answer: GraphAnswer } {
  const refuse = (message: string) => ({ ok: false as const, answer: context.errors.badToken(message) });
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return refuse('Access token is empty.');
  const claims = context.signer.verify(token);
  if (claims === undefined) return refuse('CompactToken parsing failed with error code: 80049217');
  if (![...GRAPH_AUDIENCES, context.origin].includes(String(claims['aud']))) {
    return refuse('Access token validation failure. Invalid audience.');
  }
  const seconds = context.now / 1000;
  if (typeof claims['exp'] !== 'number' || claims['exp'] <= seconds) {
    return refuse('Lifetime validation failed, the token is expired.');
  }
  return { ok: true, claims };
}

/** Checks permissions, the tenant's licence and the user's role. Returns the refusal, or `undefined` if there is none. */
export function checkPermission(
  endpoint: ProtectedEndpoint,
  claims: Claims,
  { world, errors }: { world: World; errors: GraphErrors },
): GraphAnswer | undefined {
  const accepted = world.acceptedScopes[endpoint];
  const permitted = isPermitted(endpoint, claims, world);
  if (OF_THE_DIRECTORY.has(endpoint)) {
    return permitted
      ? undefined
      : errors.plain(
          403,
          'Authorization_RequestDenied',
          'Insufficient privileges to complete the operation.',
        );
  }
  if (!permitted) return errors.missingScope(accepted);
  return world.tenant.licensed && hasIntuneRole(claims, world) ? undefined : errors.intuneRefusal();
}

const OF_THE_DIRECTORY: ReadonlySet<ProtectedEndpoint> = new Set(['entraDevice', 'groups', 'users']);

/** Does the token hold one of the permissions that will do? */
export function isPermitted(endpoint: ProtectedEndpoint, claims: Claims, world: World): boolean {
  const granted = new Set([...namesIn(claims['roles']), ...namesIn(claims['scp'])]);
  return world.acceptedScopes[endpoint].some((name) => granted.has(name));
}

/** Apps need no role inside Intune, users do. */
function hasIntuneRole(claims: Claims, world: World): boolean {
  if (claims['idtyp'] !== 'user') return true;
  return world.users.some(({ objectId, intuneRole }) => objectId === claims['oid'] && intuneRole);
}

function namesIn(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  return typeof claim === 'string' ? claim.split(' ') : [];
}
