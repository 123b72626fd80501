import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** A key that signs session tokens, or once did. */
export interface SessionKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly id: string;
  readonly algorithm: 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes a key that lives as long as the process. */
export function createSessionKey(): SessionKey {
  return sessionKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** @throws Error if it is no private key of P-256 or Ed25519 */
export function parseSessionKey(pem: string): SessionKey {
  return sessionKeyOf(createPrivateKey(pem));
}

function sessionKeyOf(privateKey: KeyObject): SessionKey {
  const publicKey = createPublicKey(privateKey);
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const algorithm = crv === 'P-256' ? 'ES256' : crv === 'Ed25519' ? 'EdDSA' : undefined;
  if (algorithm === undefined) throw new Error('neither P-256 nor Ed25519');
  const members = JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y });
  return {
    id: createHash('sha256').update(members).digest('base64url'),
    algorithm,
    privateKey,
    publicKey,
  };
}
