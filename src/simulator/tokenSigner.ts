import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { isSignedBy, parseJsonWebToken, signJsonWebToken } from './jsonWebToken.ts';
import type { Claims } from './jsonWebToken.ts';

/** Makes and checks the simulator's own tokens. The key lives as long as the simulator. */
export interface TokenSigner {
  issue(token: { audience: string; issuer: string; lifetimeSeconds: number; claims: Claims }): string;
  /** Signature only; times and audience are for the caller to judge. */
  verify(token: string): Claims | undefined;
  /** Public key set, RFC 7517. */
  readonly keySet: { readonly keys: readonly unknown[] };
}

const REMEMBERED_TOKENS = 1000;

export function createTokenSigner({ now }: { now: () => number }): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  // Graph sees the same token again and again; a signature is checked once.
  const verified = new Map<string, Claims>();
  return {
    issue({ audience, issuer, lifetimeSeconds, claims }) {
      const issuedAt = Math.floor(now() / 1000);
      const times = { iat: issuedAt, nbf: issuedAt, exp: issuedAt + lifetimeSeconds };
      return signJsonWebToken(
        { kid },
        { aud: audience, iss: issuer, ...times, ...claims, uti: randomUUID() },
        privateKey,
      );
    },
    verify(token) {
      const known = verified.get(token);
      if (known !== undefined) return known;
      const parsed = parseJsonWebToken(token);
      if (parsed?.header['alg'] !== 'ES256' || !isSignedBy(parsed, publicKey)) return undefined;
      if (verified.size >= REMEMBERED_TOKENS) verified.clear();
      verified.set(token, parsed.claims);
      return parsed.claims;
    },
    keySet: {
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }],
    },
  };
}
