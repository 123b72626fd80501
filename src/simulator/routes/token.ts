import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { AADSTS, aadstsBody, aadstsFailure } from '../aadstsError.ts';
import { authenticateClient } from '../clientAuthentication.ts';
import { requestOrigin } from '../simulatorContext.ts';
import { TOKEN_GRANTS } from '../tokenGrants.ts';
import type { AadstsFailure } from '../aadstsError.ts';
import type { SimulatorContext } from '../simulatorContext.ts';
import type { GrantAnswer, RefreshTokens } from '../tokenGrants.ts';

interface TenantRequest {
  Params: { tenant: string };
}

const MANY_TENANTS = new Set(['common', 'organizations', 'consumers']);

/** The token endpoint v2.0 with its discovery document and keys. */
export function tokenRoutes(context: SimulatorContext): FastifyPluginCallback {
  const { world, signer } = context;
  const refreshTokens: RefreshTokens = new Map();

  return (app, _options, done) => {
    // Whatever the content type says, it is read as a form: the endpoint's own errors are more useful than a 415.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => {
      parsed(null, new URLSearchParams(body.toString()));
    });

    for (const path of [
      '/:tenant/v2.0/.well-known/openid-configuration',
      '/:tenant/.well-known/openid-configuration',
    ]) {
      app.get<TenantRequest>(path, (request, reply) => {
        const { tenant } = request.params;
        if (!isTenant(tenant) && !MANY_TENANTS.has(tenant)) {
          const failure = aadstsFailure(90002, { tenant });
          return sendFailure(context, request, reply, failure, 'invalid_tenant');
        }
        return reply.send(discoveryDocument(requestOrigin(request), tenant));
      });
    }

    app.get('/:tenant/discovery/v2.0/keys', (_request, reply) => reply.send(signer.keySet));

    app.post<TenantRequest & { Body: URLSearchParams | undefined }>(
      '/:tenant/oauth2/v2.0/token',
      (request, reply) => {
        const answer = grant(request.params.tenant, request.body ?? new URLSearchParams(), request);
        void reply.header('cache-control', 'no-store, no-cache').header('pragma', 'no-cache');
        return answer.ok ? reply.send(answer.body) : sendFailure(context, request, reply, answer);
      },
    );
    done();
  };

  function grant(tenant: string, form: URLSearchParams, request: FastifyRequest): GrantAnswer {
    const grantType = form.get('grant_type');
    if (!grantType) return aadstsFailure(900144, { value: 'grant_type' });
    const handler = TOKEN_GRANTS.get(grantType);
    if (handler === undefined) return aadstsFailure(70003, { value: grantType });
    if (MANY_TENANTS.has(tenant)) {
      if (grantType === 'client_credentials') return aadstsFailure(50059);
    } else if (!isTenant(tenant)) {
      return aadstsFailure(90002, { tenant });
    }
    const origin = requestOrigin(request);
    const client = authenticateClient(form, {
      world,
      authorization: request.headers.authorization,
      tokenEndpoints: tokenEndpoints(origin, tenant),
      now: context.now(),
    });
    return client.ok ? handler({ form, client, world, signer, origin, refreshTokens }) : client;
  }

  function isTenant(name: string): boolean {
    return [world.tenant.id, world.tenant.domain].includes(name.toLowerCase());
  }

  function tokenEndpoints(origin: string, tenant: string): string[] {
    return [tenant, world.tenant.id, world.tenant.domain].flatMap((name) => [
      `${origin}/${name}/oauth2/v2.0/token`,
      `${origin}/${name}/v2.0`,
    ]);
  }
}

function sendFailure(
  context: SimulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
  failure: AadstsFailure,
  error?: string,
): FastifyReply {
  const body = aadstsBody(failure, {
    now: context.now(),
    origin: requestOrigin(request),
    correlationId: correlationIdOf(request),
    ...(error === undefined ? {} : { error }),
  });
  return reply.code(AADSTS[failure.code].status).send(body);
}

/** MSAL sends its correlation id in the query and in the form. */
function correlationIdOf(request: FastifyRequest): string | undefined {
  const fromQuery = (request.query as Record<string, unknown>)['client-request-id'];
  const value =
    fromQuery ??
    (request.body instanceof URLSearchParams ? request.body.get('client-request-id') : undefined);
  return typeof value === 'string' && /^[0-9a-f-]{36}$/i.test(value) ? value : undefined;
}

function discoveryDocument(origin: string, tenant: string): Record<string, unknown> {
  const base = `${origin}/${tenant}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['ES256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'oid', 'preferred_username', 'name'],
    msgraph_host: origin.replace(/^https?:\/\//, ''),
  };
}
