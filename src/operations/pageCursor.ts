import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Hands out the place where a list goes on, in a form that tells nothing and cannot be made up. */
export interface PageCursors {
  /** @param about what the list is, and for whom */
  seal(next: string, about: string): string;
  /** Undefined unless it was sealed here, about the same, and not too long ago. */
  open(cursor: string, about: string): string | undefined;
}

/** A listing that pauses for longer begins anew. */
const KEPT_MS = 86_400_000;
const LONGEST_CURSOR = 24_576;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM. Who shares the key, other replicas say, opens each other's cursors. */
export function createPageCursors({
  key,
  now,
}: {
  readonly key: string | Uint8Array;
  readonly now: () => number;
}): PageCursors {
  const secret = Buffer.from(hkdfSync('sha256', key, '', 'intune-gate page cursors', 32));
  return {
    seal(next, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce);
      cipher.setAAD(Buffer.from(about));
      const text = JSON.stringify([Math.floor(now()), next]);
      return Buffer.concat([
        nonce,
        cipher.update(text, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]).toString('base64url');
    },
    open(cursor, about) {
      if (cursor.length > LONGEST_CURSOR || !/^[\w-]+$/.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(about));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8');
        const [sealedAt, next] = JSON.parse(text) as [number, string];
        return Math.abs(now() - sealedAt) < KEPT_MS ? next : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
