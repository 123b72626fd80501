import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What was sealed: a text, when it came to be, and until when it may be used, milliseconds since 1970. */
export interface Sealed {
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

/** Seals what replicas hand to each other through a place that others may read and write. */
export interface ReplicaSeal {
  /** Encrypts. What is sealed about one thing cannot be opened as something about another one. */
  seal(about: string, what: Sealed): string;
  /** Undefined if no replica sealed it about this thing, or it was changed since. Says nothing of its age. */
  open(about: string, sealed: string): Sealed | undefined;
  /** A name that tells nobody without the key what it stands for. */
  name(text: string): string;
}

/** Also stands for the form of what is sealed: whoever changes that, changes this, and replicas of both kinds do not mix them up. */
const VERSION = '1';
const FORM = /^1\.([\w-]{8})\.(\d{1,15})\.(\d{1,15})\.([\w-]+)$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM. Each thing has a key of its own, so that no key meets so many messages that random nonces could meet each other.
 *
 * @param current - seals and opens
 * @param previous - open what earlier keys sealed
 */
export function createReplicaSeal(current: string, previous: readonly string[] = []): ReplicaSeal {
  const first = deriveKeys(current);
  const keys = new Map([...previous.map(deriveKeys), first].map((key) => [key.id, key]));
  return {
    seal(about, { text, from, until }) {
      const head = `${VERSION}.${first.id}.${Math.floor(from)}.${Math.floor(until)}`;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyAbout(first, about), nonce);
      cipher.setAAD(Buffer.from(`${head}.${about}`));
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${head}.${body.toString('base64url')}`;
    },
    open(about, sealed) {
      const [, id = '', from = '', until = '', body = ''] = FORM.exec(sealed) ?? [];
      const key = keys.get(id);
      const bytes = Buffer.from(body, 'base64url');
      if (key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv(
          'aes-256-gcm',
          keyAbout(key, about),
          bytes.subarray(0, NONCE_BYTES),
          { authTagLength: TAG_BYTES },
        );
        decipher.setAAD(Buffer.from(`${VERSION}.${id}.${from}.${until}.${about}`));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8');
        return { text, from: Number(from), until: Number(until) };
      } catch {
        return undefined;
      }
    },
    name: (text) =>
      createHmac('sha256', first.naming).update(text).digest().subarray(0, 18).toString('base64url'),
  };
}

interface DerivedKeys {
  readonly id: string;
  readonly sealing: Buffer;
  readonly naming: Buffer;
}

/** One key for each use, and a name by which what is sealed tells which key it needs. */
function deriveKeys(text: string): DerivedKeys {
  const derive = (use: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', text, '', `intune-gate replicas ${use}`, bytes));
  return {
    id: derive('id', 6).toString('base64url'),
    sealing: derive('seal', 32),
    naming: derive('name', 32),
  };
}

function keyAbout({ sealing }: DerivedKeys, about: string): Buffer {
  return createHmac('sha256', sealing).update(about).digest();
}
