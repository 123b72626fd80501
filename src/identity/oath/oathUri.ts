import type { OathHash } from './oathCode.ts';
import { encodeBase32 } from './base32.ts';

export interface OathUriOptions {
  readonly algorithm: 'totp' | 'hotp';
  /** Shown by the app before the account. */
  readonly issuer: string;
  readonly account: string;
  readonly secret: Uint8Array;
  readonly digits: 6 | 8;
  /** TOTP: default 30. */
  readonly intervalSeconds?: number;
  /** TOTP: default sha1. HOTP knows no other. */
  readonly hash?: OathHash;
  /** HOTP: default 0. */
  readonly counter?: number;
  /** RGB in hex, without a hash sign. Default: AM's 032b75. */
  readonly backgroundColor?: string;
  /** Address of a picture. Default: none. */
  readonly imageUrl?: string;
  /** Name of the identity; default: left out, with `deviceId`. AM adds both. */
  readonly username?: string;
  readonly deviceId?: string;
}

/**
 * The otpauth URI that registers a device, parameter by parameter as AM writes it. Two characters of the label are escaped where AM does
 * not: a question mark, which would begin the parameters, and a colon of the issuer, which would begin the account.
 */
export function oathUri(options: OathUriOptions): string {
  const { algorithm, issuer, account, secret, digits, hash = 'sha1', username, deviceId } = options;
  const label = `${escapeFragment(issuer).replaceAll(':', '%3A')}:${escapeFragment(account)}`;
  const parameters = [
    `secret=${encodeBase32(secret)}`,
    algorithm === 'totp' ? `period=${options.intervalSeconds ?? 30}` : `counter=${options.counter ?? 0}`,
    `digits=${digits}`,
    `b=${options.backgroundColor ?? '032b75'}`,
    `image=${options.imageUrl ?? ''}`,
    ...(algorithm === 'totp' && hash !== 'sha1' ? [`algorithm=${hash.toUpperCase()}`] : []),
    ...(username === undefined || deviceId === undefined
      ? []
      : [`uid=${base64url(username)}`, `oid=${base64url(deviceId)}`]),
  ];
  return `otpauth://${algorithm}/${label}?${parameters.join('&')}`;
}

/** Escapes for a URL fragment (RFC 3986 section 3.5), less the question mark. */
function escapeFragment(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\uFFFD')).replaceAll(
    /%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g,
    (escape) => decodeURIComponent(escape),
  );
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
