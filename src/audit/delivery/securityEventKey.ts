import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

/** A key that signs security event tokens. */
export interface SecurityEventKey {
  readonly algorithm: 'RS256' | 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const SHORTEST_RSA = 2_048;

/** @throws Error if it is no private key of RSA (2,048 bits or more), P-256 or Ed25519, as PEM without a passphrase */
export function parseSecurityEventKey(pem: string): SecurityEventKey {
  const privateKey = createPrivateKey(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = privateKey;
  const algorithm =
    type === 'rsa' && (details.modulusLength ?? 0) >= SHORTEST_RSA
      ? 'RS256'
      : type === 'ec' && details.namedCurve === 'prime256v1'
        ? 'ES256'
        : type === 'ed25519'
          ? 'EdDSA'
          : undefined;
  if (algorithm === undefined) throw new Error('neither RSA of 2,048 bits, P-256 nor Ed25519');
  return { algorithm, privateKey, publicKey: createPublicKey(privateKey) };
}

/** The public key as receivers fetch it. */
export async function publicJwkOf({ publicKey, algorithm }: SecurityEventKey): Promise<JWK> {
  const jwk = await exportJWK(publicKey);
  return { ...jwk, alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}
