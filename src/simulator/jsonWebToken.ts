import { constants, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type Claims = { [name: string]: unknown };

export interface JsonWebToken {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signedPart: string;
  readonly signature: Buffer;
}

/** Takes a compact JWS apart. `undefined` if it is none. Says nothing about the signature. */
export function parseJsonWebToken(token: string): JsonWebToken | undefined {
  const [header, claims, signature, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || !signature || rest.length > 0) return undefined;
  const parsedHeader = parseObject(header);
  const parsedClaims = parseObject(claims);
  if (parsedHeader === undefined || parsedClaims === undefined) return undefined;
  return {
    header: parsedHeader,
    claims: parsedClaims,
    signedPart: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** True if the token is signed with this key by RS256, PS256 or ES256, whichever its header names and the key can do. */
export function isSignedBy({ header, signedPart, signature }: JsonWebToken, key: KeyObject): boolean {
  const data = Buffer.from(signedPart);
  switch (header['alg']) {
    case 'RS256':
      return key.asymmetricKeyType === 'rsa' && verify('sha256', data, key, signature);
    case 'PS256':
      return key.asymmetricKeyType === 'rsa' && verify('sha256', data, { key, ...PSS }, signature);
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && verify('sha256', data, { key, ...P1363 }, signature);
    default:
      return false;
  }
}

/** Signs by ES256; the key is a P-256 private key. */
export function signJsonWebToken(header: Claims, claims: Claims, key: KeyObject): string {
  const signedPart = `${encode({ typ: 'JWT', alg: 'ES256', ...header })}.${encode(claims)}`;
  return `${signedPart}.${sign('sha256', Buffer.from(signedPart), { key, ...P1363 }).toString('base64url')}`;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const P1363 = { dsaEncoding: 'ieee-p1363' } as const;

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function parseObject(base64url: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}
