import { randomBytes } from 'node:crypto';
import { aadstsFailure } from './aadstsError.ts';
import { parseRequestedScope } from './requestedScope.ts';
import type { AadstsFailure } from './aadstsError.ts';
import type { AuthenticatedClient } from './clientAuthentication.ts';
import type { RequestedScope } from './requestedScope.ts';
import type { TokenSigner } from './tokenSigner.ts';
import type { AppRegistration, SimulatedUser, World } from './world.ts';

export interface GrantInput {
  readonly form: URLSearchParams;
  readonly client: AuthenticatedClient;
  readonly world: World;
  readonly signer: TokenSigner;
  readonly origin: string;
  readonly refreshTokens: RefreshTokens;
}

export type GrantAnswer = { readonly ok: true; readonly body: Record<string, unknown> } | AadstsFailure;

interface RefreshGrant {
  readonly clientId: string;
  readonly userPrincipalName: string;
  readonly scope: string;
}

const REMEMBERED_REFRESH_TOKENS = 10_000;

/** Refresh tokens handed out, until the simulator ends or newer ones push them out. */
export type RefreshTokens = Map<string, RefreshGrant>;

/** Every grant the token endpoint knows, by `grant_type`. */
export const TOKEN_GRANTS: ReadonlyMap<string, (input: GrantInput) => GrantAnswer> = new Map([
  ['client_credentials', clientCredentialsGrant],
  ['password', passwordGrant],
  ['refresh_token', refreshTokenGrant],
]);

function clientCredentialsGrant(input: GrantInput): GrantAnswer {
  const { client, form, world, signer } = input;
  if (!client.proven) return aadstsFailure(7000218);
  const scope = parseRequestedScope(form.get('scope'), input);
  if (!scope.ok) return scope;
  if (scope.permissions.length !== 1 || scope.permissions[0] !== '.default' || scope.signIn.length > 0) {
    return aadstsFailure(70011, { value: form.get('scope') ?? '' });
  }
  // A token is given even if nothing was granted; Graph refuses it later.
  const roles = client.app.consented ? client.app.roles : [];
  const claims = {
    ...commonClaims(client.app, world),
    idtyp: 'app',
    oid: client.app.clientId,
    sub: client.app.clientId,
    ...(roles.length > 0 ? { roles } : {}),
  };
  return { ok: true, body: tokenBody(signer, world, input.origin, scope.resource, claims) };
}

function passwordGrant(input: GrantInput): GrantAnswer {
  const { client, form, world } = input;
  if (!client.proven && !client.app.publicClient) return aadstsFailure(7000218);
  const scope = parseRequestedScope(form.get('scope'), input);
  if (!scope.ok) return scope;
  const username = form.get('username')?.toLowerCase();
  const user = world.users.find(({ userPrincipalName }) => userPrincipalName.toLowerCase() === username);
  if (user === undefined || user.password !== form.get('password')) return aadstsFailure(50126);
  return userTokens(input, user, scope, form.get('scope') ?? '');
}

function refreshTokenGrant(input: GrantInput): GrantAnswer {
  const { client, form, world, refreshTokens } = input;
  const grant = refreshTokens.get(form.get('refresh_token') ?? '');
  const user = world.users.find(({ userPrincipalName }) => userPrincipalName === grant?.userPrincipalName);
  if (grant === undefined || user === undefined || grant.clientId !== client.app.clientId) {
    return aadstsFailure(70000);
  }
  const text = form.get('scope') ?? grant.scope;
  const scope = parseRequestedScope(text, input);
  return scope.ok ? userTokens(input, user, scope, text) : scope;
}

function userTokens(
  { client: { app }, form, world, signer, origin, refreshTokens }: GrantInput,
  user: SimulatedUser,
  scope: RequestedScope,
  scopeText: string,
): GrantAnswer {
  if (user.mfaRequired) return aadstsFailure(50076);
  const granted = grantedScopes(app, scope);
  if (granted === undefined) {
    return aadstsFailure(65001, { appId: app.clientId, appName: app.displayName });
  }
  const person = {
    oid: user.objectId,
    sub: user.objectId,
    name: user.displayName,
    upn: user.userPrincipalName,
  };
  const claims = { ...commonClaims(app, world), ...person, idtyp: 'user', scp: granted.join(' ') };
  const body = tokenBody(signer, world, origin, scope.resource, claims);
  body['scope'] = [...granted.map((name) => `${scope.resource}/${name}`), ...scope.signIn].join(' ');
  if (form.get('client_info') === '1') {
    const info = JSON.stringify({ uid: user.objectId, utid: world.tenant.id });
    body['client_info'] = Buffer.from(info).toString('base64url');
  }
  if (scope.signIn.includes('offline_access')) {
    const refreshToken = `1.${randomBytes(48).toString('base64url')}`;
    refreshTokens.set(refreshToken, {
      clientId: app.clientId,
      userPrincipalName: user.userPrincipalName,
      scope: scopeText,
    });
    const [oldest] = refreshTokens.keys();
    if (oldest !== undefined && refreshTokens.size > REMEMBERED_REFRESH_TOKENS) refreshTokens.delete(oldest);
    body['refresh_token'] = refreshToken;
  }
  if (scope.signIn.includes('openid')) {
    body['id_token'] = signer.issue({
      audience: app.clientId,
      issuer: `${origin}/${world.tenant.id}/v2.0`,
      lifetimeSeconds: world.tokens.lifetimeSeconds,
      claims: {
        ...person,
        tid: world.tenant.id,
        preferred_username: user.userPrincipalName,
        ver: '2.0',
      },
    });
  }
  return { ok: true, body };
}

/** What the token may do; `undefined` without consent for everything that was asked for. */
function grantedScopes(app: AppRegistration, { permissions }: RequestedScope): readonly string[] | undefined {
  if (!app.consented) return undefined;
  if (permissions.includes('.default')) return app.scopes;
  return permissions.every((name) => app.scopes.includes(name)) ? permissions : undefined;
}

function commonClaims(app: AppRegistration, world: World): Record<string, unknown> {
  return { appid: app.clientId, app_displayname: app.displayName, tid: world.tenant.id, ver: '1.0' };
}

function tokenBody(
  signer: TokenSigner,
  world: World,
  origin: string,
  audience: string,
  claims: Record<string, unknown>,
): Record<string, unknown> {
  const { lifetimeSeconds, refreshInSeconds } = world.tokens;
  return {
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    ...(refreshInSeconds === undefined ? {} : { refresh_in: refreshInSeconds }),
    access_token: signer.issue({
      audience,
      issuer: `${origin}/${world.tenant.id}/v2.0`,
      lifetimeSeconds,
      claims,
    }),
  };
}
