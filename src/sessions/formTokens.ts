import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Tokens that say: this form was made for this session. No other site can know one. */
export interface FormTokens {
  /** @param purpose - what the form is for; a token for one is none for another */
  readonly tokenFor: (sessionId: string, purpose: string) => string;
  readonly accepts: (token: string, sessionId: string, purpose: string) => boolean;
}

/** @param secrets - the first makes tokens, all of them accept them, so that secrets can be changed; at least one */
export function createFormTokens(secrets: readonly Uint8Array[]): FormTokens {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'intune-gate:forms', 32)));
  const [current] = keys;
  if (current === undefined) throw new Error('form tokens need a secret');
  const make = (key: Buffer, sessionId: string, purpose: string): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([purpose, sessionId]))
      .digest();
  return {
    tokenFor: (sessionId, purpose) => make(current, sessionId, purpose).toString('base64url'),
    accepts(token, sessionId, purpose) {
      const held = Buffer.from(token, 'base64url');
      return keys.some((key) => {
        const right = make(key, sessionId, purpose);
        return held.length === right.length && timingSafeEqual(held, right);
      });
    },
  };
}
