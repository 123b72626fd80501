import type { FastifyRequest } from 'fastify';
import { AmError } from '../am/amError.ts';
import { realmPath } from '../am/amPath.ts';
import type { AmHandler } from '../am/amScope.ts';
import type { JourneySurface } from '../am/journeySurface.ts';

/**
 * `GET /oauth2/{realmPath}/.well-known/openid-configuration`: tells clients where the journeys are. The gate issues sessions and no
 * OAuth 2.0 tokens; the two endpoints of OAuth are named because clients ask for them, and answer 404.
 */
export const openidConfiguration: AmHandler = async (request, _reply, surface) => {
  const issuer = `${originOf(request, surface)}/oauth2/${realmPath(surface.realm)}`;
  return Promise.resolve({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/access_token`,
    jwks_uri: `${issuer}/connect/jwk_uri`,
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [],
  });
};

/** `GET /oauth2/{realmPath}/connect/jwk_uri`: the public keys of session tokens. */
export const jwks: AmHandler = async (_request, _reply, { tokens }) => Promise.resolve(tokens.jwks());

const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** As configured; else as the client called us, which only that client is told. */
function originOf(request: FastifyRequest, { publicUrl }: JourneySurface): string {
  if (publicUrl !== undefined) return publicUrl;
  if (!HOST.test(request.host)) throw new AmError(400, 'The Host header is no host');
  return `${request.protocol}://${request.host}`;
}
