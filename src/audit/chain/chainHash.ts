import { createHmac, hash } from 'node:crypto';

/** How the lines of a chain are bound to each other. */
export interface ChainHash {
  readonly algorithm: 'sha256' | 'hmac-sha256';
  /** Hash of a text, 64 hex digits. */
  readonly digest: (text: string | Buffer) => string;
}

/**
 * Without a key, a plain SHA-256: whoever may write the file can make another whole chain. With a key, an HMAC: nobody without the key can.
 */
export function createChainHash(key?: string): ChainHash {
  return key === undefined
    ? { algorithm: 'sha256', digest: (text) => hash('sha256', text, 'hex') }
    : { algorithm: 'hmac-sha256', digest: (text) => createHmac('sha256', key).update(text).digest('hex') };
}
