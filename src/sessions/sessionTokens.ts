import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Session, SessionDevice } from './session.ts';
import type { SessionKey } from './sessionKeys.ts';

export interface SessionTokensOptions {
  /** The first signs; all of them verify and are published, so that keys can be changed. */
  readonly keys: readonly SessionKey[];
  /** Who issues; verifiers compare it. */
  readonly issuer: string;
  readonly realm: string;
  readonly now: () => number;
}

export interface SessionTokens {
  sign(session: Session): Promise<string>;
  /** Undefined for whatever is no token of ours, of this realm, in time. Revocation is not looked at. */
  verify(token: string): Promise<Session | undefined>;
  /** The public keys, as a JWK Set (RFC 7517). */
  jwks(): { readonly keys: readonly object[] };
}

const TYPE = 'session+jwt';
const AUDIENCE = 'intune-gate:session';
const LONGEST_TOKEN = 16_384;

/** Session tokens: JWTs that anybody can verify with the published keys. The documentation lists their claims. */
export function createSessionTokens({ keys, issuer, realm, now }: SessionTokensOptions): SessionTokens {
  const [current] = keys;
  if (current === undefined) throw new Error('session tokens need a key');
  const byId = new Map(keys.map((key) => [key.id, key]));

  return {
    sign: (session) =>
      new SignJWT(claimsOf(session))
        .setProtectedHeader({ typ: TYPE, alg: current.algorithm, kid: current.id })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setIssuedAt(Math.floor(now() / 1_000))
        .sign(current.privateKey),
    async verify(token) {
      if (token.length > LONGEST_TOKEN) return undefined;
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid, alg }) => {
            const key = byId.get(kid ?? '');
            if (key?.algorithm !== alg || key === undefined) throw new errors.JWKSNoMatchingKey();
            return key.publicKey;
          },
          {
            typ: TYPE,
            issuer,
            audience: AUDIENCE,
            algorithms: ['ES256', 'EdDSA'],
            requiredClaims: ['exp', 'sub', 'jti'],
            currentDate: new Date(now()),
          },
        );
        const session = sessionOf(payload);
        return session.realm === realm ? session : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
    jwks: () => ({
      keys: keys.map(({ id, algorithm, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid: id,
        alg: algorithm,
        use: 'sig',
      })),
    }),
  };
}

function claimsOf(session: Session): JWTPayload {
  const { device } = session;
  return {
    jti: session.id,
    sub: session.username,
    uid: session.universalId,
    realm: session.realm,
    service: session.service,
    auth_level: session.authLevel,
    amr: [...session.methods],
    ...(device === undefined
      ? {}
      : {
          device: {
            id: device.id,
            outcome: device.outcome,
            reason: device.reason,
            decision: device.decisionId,
            at: device.evaluatedAt,
          },
        }),
    properties: session.properties,
    auth_time: Math.floor(session.authenticatedAt / 1_000),
    exp: Math.floor(session.expiresAt / 1_000),
    idle: session.idleMinutes,
  };
}

/** What we signed ourselves has the shape we gave it. */
function sessionOf(claims: JWTPayload): Session {
  const device = claims['device'] as
    { id: string; outcome: string; reason: string; decision: string; at: string } | undefined;
  const sealed: SessionDevice | undefined =
    device === undefined
      ? undefined
      : {
          id: device.id,
          outcome: device.outcome,
          reason: device.reason,
          decisionId: device.decision,
          evaluatedAt: device.at,
        };
  return {
    id: claims.jti ?? '',
    username: claims.sub ?? '',
    universalId: claims['uid'] as string,
    realm: claims['realm'] as string,
    service: claims['service'] as string,
    authLevel: claims['auth_level'] as number,
    methods: claims['amr'] as readonly string[],
    ...(sealed === undefined ? {} : { device: sealed }),
    properties: claims['properties'] as Readonly<Record<string, string>>,
    authenticatedAt: (claims['auth_time'] as number) * 1_000,
    expiresAt: (claims.exp ?? 0) * 1_000,
    idleMinutes: claims['idle'] as number,
  };
}
