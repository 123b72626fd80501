import type { FastifyPluginCallback } from 'fastify';
import { requestOrigin } from '../simulatorContext.ts';
import type { SimulatorContext } from '../simulatorContext.ts';
import type { ManagedIdentity, World } from '../world.ts';

interface TokenQuery {
  Querystring: Partial<
    Record<'api-version' | 'resource' | 'client_id' | 'object_id' | 'mi_res_id' | 'msi_res_id', string>
  >;
}

/**
 * The instance metadata service of Azure machines, as far as it hands out tokens. The real one speaks plain http, so this can be mounted
 * on a server of its own.
 */
export function managedIdentityRoutes(
  context: Pick<SimulatorContext, 'world' | 'now' | 'signer'>,
): FastifyPluginCallback {
  const { world, signer, now } = context;
  return (app, _options, done) => {
    for (const path of ['/metadata/identity/oauth2/token', '/metadata/identity/oauth2/token/']) {
      app.get<TokenQuery>(path, (request, reply) => {
        // The header keeps a tricked browser or proxy from fetching a token; a forwarded request is refused for the same reason.
        if (
          request.headers['metadata']?.toString().toLowerCase() !== 'true' ||
          request.headers['x-forwarded-for'] !== undefined
        ) {
          return reply.code(400).send(refusal('Required metadata header not specified'));
        }
        const { resource } = request.query;
        if (request.query['api-version'] === undefined) {
          return reply.code(400).send(refusal("Required query variable 'api-version' is missing"));
        }
        if (!resource) return reply.code(400).send(refusal("Required query variable 'resource' is missing"));
        const identity = findIdentity(world, request.query);
        if (identity === undefined) return reply.code(400).send(refusal('Identity not found'));
        const audience = resource.replace(/\/$/, '');
        const origin = requestOrigin(request);
        if (!world.resources.includes(audience) && audience !== origin) {
          return reply.code(400).send({
            error: 'invalid_resource',
            error_description: `AADSTS500011: The resource principal named ${resource} was not found in the tenant named ${world.tenant.displayName}.`,
          });
        }
        const lifetimeSeconds = world.tokens.managedIdentityLifetimeSeconds;
        const seconds = Math.floor(now() / 1000);
        // Every number is a string here, unlike at the token endpoint.
        return reply.send({
          access_token: signer.issue({
            audience,
            issuer: `${origin}/${world.tenant.id}/v2.0`,
            lifetimeSeconds,
            claims: {
              appid: identity.clientId,
              oid: identity.objectId,
              sub: identity.objectId,
              tid: world.tenant.id,
              idtyp: 'app',
              ver: '1.0',
              xms_mirid: identity.resourceId,
              ...(identity.roles.length > 0 ? { roles: identity.roles } : {}),
            },
          }),
          client_id: identity.clientId,
          expires_in: String(lifetimeSeconds),
          expires_on: String(seconds + lifetimeSeconds),
          ext_expires_in: String(lifetimeSeconds),
          not_before: String(seconds),
          resource,
          token_type: 'Bearer',
        });
      });
    }
    done();
  };
}

function findIdentity(world: World, query: TokenQuery['Querystring']): ManagedIdentity | undefined {
  const resourceId = query.mi_res_id ?? query.msi_res_id;
  if (query.client_id !== undefined)
    return world.managedIdentities.find((each) => each.clientId === query.client_id);
  if (query.object_id !== undefined)
    return world.managedIdentities.find((each) => each.objectId === query.object_id);
  if (resourceId !== undefined) return world.managedIdentities.find((each) => each.resourceId === resourceId);
  return world.managedIdentities.find(({ systemAssigned }) => systemAssigned);
}

function refusal(description: string): { error: string; error_description: string } {
  return { error: 'invalid_request', error_description: description };
}
