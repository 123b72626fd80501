import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Shortest text that is taken for a key: 32 characters, as of `openssl rand -base64 24`. */
export const SHORTEST_STATE_KEY = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is done with the key of the state folder. The key itself stays inside. */
export interface StateKey {
  /** Encrypts with AES-256-GCM. `owner` is bound to it: under another owner it cannot be opened. */
  seal(secret: Uint8Array, owner: string): string;
  /** @returns undefined if it was not sealed with one of the keys for this owner, or was changed since */
  open(sealed: string, owner: string): Uint8Array | undefined;
  /** A hash that nobody without the key can compute, under each key, the current one first. */
  hashes(text: string, purpose: string): readonly [string, ...string[]];
}

/**
 * @param current - seals and opens; at least 32 characters
 * @param previous - opens what earlier keys sealed
 * @throws RangeError for a key that is too short
 */
export function createStateKey(current: string, previous: readonly string[] = []): StateKey {
  const first = deriveKeys(current);
  const keys = [first, ...previous.map(deriveKeys)];
  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first.sealing, nonce);
      cipher.setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return `v1.${first.id}.${sealed.toString('base64url')}`;
    },
    open(sealed, owner) {
      const [version, id, text = ''] = sealed.split('.');
      const key = keys.find((candidate) => candidate.id === id);
      const bytes = Buffer.from(text, 'base64url');
      if (version !== 'v1' || key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key.sealing, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(owner));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
    hashes: (text, purpose) => [
      hashWith(first, text, purpose),
      ...keys.slice(1).map((key) => hashWith(key, text, purpose)),
    ],
  };
}

interface DerivedKeys {
  readonly id: string;
  readonly sealing: Buffer;
  readonly hashing: Buffer;
}

/** One key for each use, and a name by which a sealed text tells which key it needs. */
function deriveKeys(text: string): DerivedKeys {
  if (text.length < SHORTEST_STATE_KEY) {
    throw new RangeError(`a key needs at least ${SHORTEST_STATE_KEY} characters`);
  }
  const derive = (use: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', text, '', `intune-gate state ${use}`, bytes));
  return {
    id: derive('name', 6).toString('base64url'),
    sealing: derive('seal', 32),
    hashing: derive('hash', 32),
  };
}

function hashWith({ hashing }: DerivedKeys, text: string, purpose: string): string {
  return createHmac('sha256', hashing).update(`${purpose}\0${text}`).digest('base64url');
}
