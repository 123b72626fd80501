import { z } from 'zod';
import type { OathHash } from '../../identity/oath/oathCode.ts';
import { setting } from './settings.ts';

/** AM's names of what makes codes. */
export const oathAlgorithm = setting<'TOTP' | 'HOTP'>(z.enum(['TOTP', 'HOTP']), 'TOTP');

/** Seconds one code lasts. */
export const totpTimeInterval = setting(z.int().min(1).max(3_600), 30);

const HASHES = {
  HMAC_SHA1: 'sha1',
  HMAC_SHA256: 'sha256',
  HMAC_SHA512: 'sha512',
} as const satisfies Record<string, OathHash>;

/** AM's names of hashes, read as ours. */
export const totpHashAlgorithm = setting<keyof typeof HASHES>(
  z.enum(['HMAC_SHA1', 'HMAC_SHA256', 'HMAC_SHA512']),
  'HMAC_SHA1',
).transform((name): OathHash => HASHES[name]);

/** AM's name of the method that a code, or a recovery code, proves. */
export const OATH_METHOD = 'AuthenticatorOATH';
